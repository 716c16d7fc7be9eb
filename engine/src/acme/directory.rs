//! A provider's directory object (RFC 8555, section 7.1.1).

use super::AcmeError;
use super::http::AcmeHttp;
use http::Request;
use instant_acme::BodyWrapper;
use serde::Deserialize;

/// What a directory says that AutoSSL needs beside `instant-acme`.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    /// Where nonces come from.
    pub(crate) new_nonce: String,
    /// The terms of service that an account must agree to, if any.
    pub(crate) terms_of_service: Option<String>,
    /// The names that CAA records call it by (RFC 8555, section 9.7.6).
    pub(crate) caa_identities: Vec<String>,
    /// Where it tells when to renew (RFC 9773, section 3), if it does.
    pub(crate) renewal_info: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    new_nonce: String,
    renewal_info: Option<String>,
    #[serde(default)]
    meta: WireMeta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMeta {
    terms_of_service: Option<String>,
    #[serde(default)]
    caa_identities: Vec<String>,
}

/// Read the directory.
pub(super) async fn fetch(http: &AcmeHttp, url: &str) -> Result<Directory, AcmeError> {
    let request = Request::get(url).body(BodyWrapper::default());
    let response = http.send(request.map_err(|error| AcmeError::Protocol(error.to_string()))?).await?;
    let wire: Wire = serde_json::from_slice(response.body())
        .map_err(|error| AcmeError::Protocol(format!("{url} is not an ACME directory: {error}")))?;
    Ok(Directory {
        new_nonce: wire.new_nonce,
        caa_identities: wire.meta.caa_identities,
        renewal_info: wire.renewal_info,
        terms_of_service: wire.meta.terms_of_service.filter(|url| !url.is_empty()),
    })
}
