//! Persistent validation records (dns-persist-01): what a directory and a challenge say of them, which `instant-acme` leaves out.

use super::jws::SigningKey;
use super::{AcmeAccount, AcmeError, http};
use crate::dcv::PersistAccount;
use serde::Deserialize;

/// The type of the challenge (draft-ietf-acme-dns-persist, section 3.1).
pub(super) const TYPE: &str = "dns-persist-01";
/// More names of issuers make a challenge malformed.
const MOST_ISSUERS: usize = 10;
const LONGEST_ISSUER: usize = 253;

/// What a challenge says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersistChallenge {
    /// The names that records may call the authority by.
    pub(crate) issuers: Vec<String>,
    /// The account as the challenge spells it (draft -01).
    pub(crate) account_uri: Option<String>,
}

#[derive(Deserialize)]
struct AuthorizationWire {
    #[serde(default)]
    challenges: Vec<ChallengeWire>,
}

#[derive(Deserialize)]
struct ChallengeWire {
    r#type: String,
    /// Drafts -00 and -01 spell it with hyphens.
    #[serde(default, rename = "issuerDomainNames", alias = "issuer-domain-names")]
    issuers: Vec<String>,
    accounturi: Option<String>,
}

impl AcmeAccount {
    /// Read the dns-persist-01 challenge of an authorization; `None` where it has none, or one that clients must refuse.
    pub(crate) async fn persist_challenge(&self, authorization: &str) -> Result<Option<PersistChallenge>, AcmeError> {
        let response = http::listening(self.post_as_get(authorization)).await?;
        Ok(serde_json::from_slice(response.body()).ok().and_then(read))
    }

    /// Tell how persistent records name this account.
    pub(crate) fn persist_account(&self) -> PersistAccount {
        match &self.directory().about.account_hash_prefix {
            None => PersistAccount::Uri(self.url().to_owned()),
            Some(prefix) => {
                let (prefix, url) = (prefix.clone(), self.url().to_owned());
                PersistAccount::Hashed { prefix, url, thumbprint: self.thumbprint() }
            }
        }
    }
}

/// Tell the thumbprint of an account's key in PKCS#8 (RFC 7638), in base64url.
pub(crate) fn thumbprint(pkcs8: &[u8]) -> Result<String, AcmeError> {
    Ok(SigningKey::from_pkcs8(pkcs8)?.thumbprint())
}

/// Take names of issuers as they have to be: lower-case A-labels without a dot at the end, ten at most (section 3.1).
pub(super) fn issuers(names: Vec<String>) -> Option<Vec<String>> {
    let is_name = |name: &String| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        (1..=LONGEST_ISSUER).contains(&name.len()) && name.bytes().all(allowed) && !name.ends_with('.')
    };
    ((1..=MOST_ISSUERS).contains(&names.len()) && names.iter().all(is_name)).then_some(names)
}

fn read(wire: AuthorizationWire) -> Option<PersistChallenge> {
    let challenge = wire.challenges.into_iter().find(|challenge| challenge.r#type == TYPE)?;
    Some(PersistChallenge { issuers: issuers(challenge.issuers)?, account_uri: challenge.accounturi })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(challenge: &str) -> Option<PersistChallenge> {
        let json = format!(r#"{{"challenges": [{{"type": "http-01", "token": "t"}}, {challenge}]}}"#);
        read(serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn a_challenge_is_read_in_the_spelling_of_each_draft() {
        let old =
            r#"{"type": "dns-persist-01", "issuer-domain-names": ["ca.test"], "accounturi": "https://ca.test/1"}"#;
        let new = r#"{"type": "dns-persist-01", "issuerDomainNames": ["ca.test", "b.test"]}"#;
        let old = parsed(old).unwrap();
        assert_eq!((old.issuers[0].as_str(), old.account_uri.as_deref()), ("ca.test", Some("https://ca.test/1")));
        assert_eq!(parsed(new).unwrap().issuers, ["ca.test", "b.test"]);
    }

    #[test]
    fn a_challenge_that_clients_must_refuse_is_none() {
        let eleven = format!("{:?}", vec!["ca.test"; 11]);
        let long = format!("[{:?}]", "a".repeat(254));
        for issuers in ["[]", "[\"CA.test\"]", "[\"ca.test.\"]", "[\"\"]", &eleven, &long] {
            let challenge = format!(r#"{{"type": "dns-persist-01", "issuerDomainNames": {issuers}}}"#);
            assert_eq!(parsed(&challenge), None, "{issuers}");
        }
        assert_eq!(parsed(r#"{"type": "dns-01", "token": "t"}"#), None);
    }
}
