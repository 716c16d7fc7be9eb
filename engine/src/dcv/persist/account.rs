//! How a persistent validation record names an account.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// What stands for any domain in a hashed account (draft -02, section 4.1).
const ANY_DOMAIN: &str = "*";

/// How records name the account. Certificate authorities that advertise an `accountHashPrefix` want it hashed (draft -02); those
/// that do not want its URL (drafts -00 and -01).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersistAccount {
    /// By this URI.
    Uri(String),
    /// By a digest over the domain, the account's key and its URL.
    Hashed {
        /// What the URI begins with.
        prefix: String,
        /// The account's URL.
        url: String,
        /// The thumbprint of its key (RFC 7638), in base64url.
        thumbprint: String,
    },
}

impl PersistAccount {
    /// Write the account as the record of a domain has it.
    #[must_use]
    pub fn uri(&self, domain: &str) -> String {
        match self {
            Self::Uri(uri) => uri.clone(),
            Self::Hashed { prefix, url, thumbprint } => {
                let mut input = vec![u8::try_from(domain.len()).unwrap_or(u8::MAX)];
                for part in [domain, thumbprint, url] {
                    input.extend(part.as_bytes());
                }
                format!("{prefix}sha-256/{}", BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &input)))
            }
        }
    }

    /// Tell whether the record of a domain names this account. A hashed one may leave the domain out.
    #[must_use]
    pub fn is_named_by(&self, uri: &str, domain: &str) -> bool {
        match self {
            Self::Uri(own) => own == uri,
            Self::Hashed { .. } => [domain, ANY_DOMAIN].into_iter().any(|domain| self.uri(domain) == uri),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_account_is_as_the_draft_has_it() {
        // Draft -02, section 10.2.
        let account = PersistAccount::Hashed {
            prefix: "https://ca.example/account-hash/".into(),
            url: "https://ca.example/acct/123".into(),
            thumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".into(),
        };
        let expected = "https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw";
        assert_eq!(account.uri("example.com"), expected);
        assert!(account.is_named_by(expected, "example.com") && !account.is_named_by(expected, "www.example.com"));
        let for_any = "https://ca.example/account-hash/sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug";
        assert!(account.is_named_by(for_any, "example.com") && account.is_named_by(for_any, "a.test"));
    }
}
