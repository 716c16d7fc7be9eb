//! The account's own requests: registering, binding to an external account, contact, key change, deactivation (RFC 8555, section 7.3).

use super::http::AcmeHttp;
use super::jws::{Signatory, SigningKey, sign_with_mac};
use super::{AcmeError, Directory};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurpose};
use serde_json::{Value, json};

/// Providers hand out MAC keys with padding and without.
const MAC_KEY: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A customer's account at the provider, to which an ACME account is bound (RFC 8555, section 7.3.4).
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalAccount {
    key_id: String,
    mac_key: Vec<u8>,
}

impl std::fmt::Debug for ExternalAccount {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ExternalAccount").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Why a text is no external account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExternalAccountError {
    /// No key identifier.
    #[error("the external account's key identifier is empty")]
    NoKeyId,
    /// No MAC key.
    #[error("the external account's MAC key is empty")]
    NoMacKey,
    /// A MAC key that cannot be decoded.
    #[error("the external account's MAC key is not base64url: {0}")]
    MacKey(String),
}

impl ExternalAccount {
    /// Read what a provider hands out: a key identifier, and a MAC key in base64url (plain base64 is taken, too).
    ///
    /// # Errors
    /// Where one is empty or the MAC key cannot be decoded.
    pub fn parse(key_id: &str, mac_key: &str) -> Result<Self, ExternalAccountError> {
        let (key_id, mac_key) = (key_id.trim(), mac_key.trim());
        if key_id.is_empty() {
            return Err(ExternalAccountError::NoKeyId);
        }
        if mac_key.is_empty() {
            return Err(ExternalAccountError::NoMacKey);
        }
        let decoded = if mac_key.contains(['+', '/']) { STANDARD.decode(mac_key) } else { MAC_KEY.decode(mac_key) };
        let mac_key = decoded.map_err(|error| ExternalAccountError::MacKey(error.to_string()))?;
        Ok(Self { key_id: key_id.to_owned(), mac_key })
    }

    /// Put it together from its parts.
    pub(crate) fn new(key_id: String, mac_key: Vec<u8>) -> Self {
        Self { key_id, mac_key }
    }

    /// The key identifier, which is no secret.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The MAC key.
    pub(crate) fn mac_key(&self) -> &[u8] {
        &self.mac_key
    }
}

/// What a new account is registered with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Registration<'a> {
    /// Where the provider may write to.
    pub(crate) contact: Option<&'a str>,
    /// The customer's account that it is bound to.
    pub(crate) external: Option<&'a ExternalAccount>,
}

/// Find the account of a key; `None` where the provider knows none.
pub(super) async fn find(
    http: &AcmeHttp,
    directory: &Directory,
    key: &SigningKey,
) -> Result<Option<String>, AcmeError> {
    let payload = json!({ "onlyReturnExisting": true });
    match new_account(http, directory, key, &payload).await {
        Err(AcmeError::Refused { kind, .. }) if kind == "accountDoesNotExist" => Ok(None),
        other => other.map(Some),
    }
}

/// Register a key: the person has agreed to the terms. The account's URL is the answer, of an older account where there is one.
pub(super) async fn register(
    http: &AcmeHttp,
    directory: &Directory,
    key: &SigningKey,
    registration: Registration<'_>,
) -> Result<String, AcmeError> {
    let mut payload = json!({ "termsOfServiceAgreed": true, "contact": contacts(registration.contact) });
    if let Some(external) = registration.external {
        let header = json!({ "kid": external.key_id, "url": directory.new_account });
        payload["externalAccountBinding"] = sign_with_mac(&external.mac_key, header, &key.jwk())?;
    }
    new_account(http, directory, key, &payload).await
}

/// Replace the addresses that the provider may write to (section 7.3.2).
pub(super) async fn set_contact(
    http: &AcmeHttp,
    directory: &Directory,
    key: &SigningKey,
    account: &str,
    contact: Option<&str>,
) -> Result<(), AcmeError> {
    let payload = json!({ "contact": contacts(contact) });
    key.post(http, directory, Signatory::Account(account), account, Some(&payload)).await.map(drop)
}

/// Let another key sign for the account from now on (section 7.3.5).
pub(super) async fn change_key(
    http: &AcmeHttp,
    directory: &Directory,
    account: &str,
    old: &SigningKey,
    new: &SigningKey,
) -> Result<(), AcmeError> {
    let url = directory.key_change.as_deref();
    let url = url.ok_or_else(|| AcmeError::Account("the provider does not offer to change an account's key".into()))?;
    let inner = json!({ "account": account, "oldKey": old.jwk() });
    let inner = new.sign(json!({ "jwk": new.jwk(), "url": url }), Some(&inner))?;
    old.post(http, directory, Signatory::Account(account), url, Some(&inner)).await.map(drop)
}

/// Close the account for good (section 7.3.6).
pub(super) async fn deactivate(
    http: &AcmeHttp,
    directory: &Directory,
    key: &SigningKey,
    account: &str,
) -> Result<(), AcmeError> {
    let payload = json!({ "status": "deactivated" });
    key.post(http, directory, Signatory::Account(account), account, Some(&payload)).await.map(drop)
}

async fn new_account(
    http: &AcmeHttp,
    directory: &Directory,
    key: &SigningKey,
    payload: &Value,
) -> Result<String, AcmeError> {
    let response = key.post(http, directory, Signatory::Key, &directory.new_account, Some(payload)).await?;
    let location = response.headers().get(http::header::LOCATION).and_then(|value| value.to_str().ok());
    let url = location.ok_or_else(|| AcmeError::Protocol("the provider did not say where the account is".into()))?;
    http.check_url(url)?;
    Ok(url.to_owned())
}

fn contacts(contact: Option<&str>) -> Vec<String> {
    contact.map(|address| format!("mailto:{address}")).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_key_is_read_in_every_spelling_that_providers_use() {
        let expected = vec![251, 255, 191, 1];
        for text in ["-_-_AQ", "-_-_AQ==", "+/+/AQ==", " -_-_AQ\n"] {
            assert_eq!(ExternalAccount::parse("kid", text).unwrap().mac_key(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_empty_or_not_base64_is_refused_with_the_part_that_is_wrong() {
        assert_eq!(ExternalAccount::parse(" ", "AQ").unwrap_err(), ExternalAccountError::NoKeyId);
        assert_eq!(ExternalAccount::parse("kid", "").unwrap_err(), ExternalAccountError::NoMacKey);
        let error = ExternalAccount::parse("kid", "no base64!").unwrap_err().to_string();
        assert!(error.contains("MAC key is not base64url"), "{error}");
    }

    #[test]
    fn a_mac_key_is_not_shown() {
        let shown = format!("{:?}", ExternalAccount::parse("kid", "c2VjcmV0").unwrap());
        assert!(shown.contains("kid") && !shown.contains("115") && !shown.contains("c2Vj"), "{shown}");
    }
}
