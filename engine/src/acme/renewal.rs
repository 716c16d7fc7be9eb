//! When a provider wants a certificate renewed: ACME Renewal Information (RFC 9773).

use super::AcmeError;
use super::http::{AcmeHttp, last_retry_after};
use crate::model::Timestamp;
use http::Request;
use instant_acme::{BodyWrapper, CertificateIdentifier};
use serde::Deserialize;
use std::borrow::Cow;

/// What a provider says about the renewal of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RenewalAnswer {
    /// The first moment of the suggested window.
    pub(crate) start: Timestamp,
    /// Its last moment.
    pub(crate) end: Timestamp,
    /// A page for people that explains the window.
    pub(crate) explanation_url: Option<String>,
    /// When to ask again, in seconds.
    pub(crate) retry_after: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    suggested_window: WireWindow,
    #[serde(rename = "explanationURL")]
    explanation_url: Option<String>,
}

#[derive(Deserialize)]
struct WireWindow {
    start: jiff::Timestamp,
    end: jiff::Timestamp,
}

/// Ask about one certificate. The request is a plain GET: it needs neither nonce nor signature.
pub(super) async fn fetch(http: &AcmeHttp, base: &str, identifier: &str) -> Result<RenewalAnswer, AcmeError> {
    let url = format!("{}/{identifier}", base.trim_end_matches('/'));
    let request = Request::get(&url).body(BodyWrapper::default());
    let response = http.send(request.map_err(|error| AcmeError::Protocol(error.to_string()))?).await?;
    if !response.status().is_success() {
        let problem = serde_json::from_slice(response.body());
        let problem = problem.map_err(|error| AcmeError::Protocol(format!("{url}: {error}")))?;
        return Err(instant_acme::Error::Api(problem).into());
    }
    let wire: Wire = serde_json::from_slice(response.body())
        .map_err(|error| AcmeError::Protocol(format!("{url} is no renewal information: {error}")))?;
    let moment = |moment: jiff::Timestamp| Timestamp(moment.as_second());
    Ok(RenewalAnswer {
        start: moment(wire.suggested_window.start),
        end: moment(wire.suggested_window.end),
        // It is shown as a link.
        explanation_url: wire.explanation_url.filter(|url| url.starts_with("https://")),
        retry_after: last_retry_after(),
    })
}

/// Read an identifier as RFC 9773, section 4.1, writes it; `None` where it is none.
pub(super) fn identifier(text: &str) -> Option<CertificateIdentifier<'_>> {
    let (key, serial) = text.split_once('.').filter(|(_, serial)| !serial.contains('.'))?;
    Some(CertificateIdentifier { authority_key_identifier: Cow::Borrowed(key), serial: Cow::Borrowed(serial) })
}

/// Tell whether an order was refused because of the certificate that it replaces, so that it may be made without it.
///
/// RFC 9773, section 7.4, has `alreadyReplaced`; providers use `malformed` where they do not know the certificate, and
/// `serverInternal` where they look for it and fail.
pub(super) fn is_about_replaces(error: &AcmeError) -> bool {
    match error {
        AcmeError::Refused { kind, names, .. } => {
            let kinds = ["alreadyReplaced", "malformed", "unauthorized", "serverInternal"];
            names.is_empty() && kinds.contains(&kind.as_str())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_two_parts() {
        let read = identifier("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE").unwrap();
        assert_eq!(read.to_string(), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
        assert!(identifier("aYhba4dGQEHhs3uEe6CuLN4ByNQ").is_none());
        assert!(identifier("a.b.c").is_none());
    }

    #[test]
    fn renewal_information_is_read_as_rfc_9773_writes_it() {
        let text = r#"{"suggestedWindow": {"start": "2025-01-02T04:00:00Z", "end": "2025-01-03T04:00:00Z"},
            "explanationURL": "https://acme.example.com/docs/ari"}"#;
        let wire: Wire = serde_json::from_str(text).unwrap();
        assert_eq!(wire.suggested_window.end.as_second() - wire.suggested_window.start.as_second(), 86_400);
        assert_eq!(wire.explanation_url.as_deref(), Some("https://acme.example.com/docs/ari"));
    }
}
