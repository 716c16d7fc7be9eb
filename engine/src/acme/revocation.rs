//! Revoking certificates (RFC 8555, section 7.6).

use super::http::AcmeHttp;
use super::jws::{Signatory, SigningKey};
use super::{AcmeError, Directory};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

/// Revoke a certificate, given as DER, for a CRLReason (RFC 5280, section 5.3.1).
///
/// `key` is the account's, or the certificate's own: then `signatory` is [`Signatory::Key`].
pub(super) async fn revoke(
    http: &AcmeHttp,
    directory: &Directory,
    key: &SigningKey,
    signatory: Signatory<'_>,
    certificate: &[u8],
    reason: u8,
) -> Result<(), AcmeError> {
    let url = directory.revoke_cert.as_deref();
    let url = url.ok_or_else(|| AcmeError::Account("the provider does not offer to revoke certificates".into()))?;
    let payload = json!({ "certificate": BASE64_URL_SAFE_NO_PAD.encode(certificate), "reason": reason });
    key.post(http, directory, signatory, url, Some(&payload)).await.map(drop)
}
