//! When to renew (RFC 9773, section 4).

use http::{StatusCode, header::RETRY_AFTER};
use serde_json::json;

use crate::{
    authority::Authority,
    clock::rfc3339,
    exchange::{Exchange, Reply},
    faults::Fault,
    names::Identifier,
    problem::Problem,
};

pub(super) fn renewal_info(ca: &Authority, exchange: &mut Exchange, id: &str) -> Result<Reply, Problem> {
    if !id.contains('.') {
        return Err(Problem::malformed("a certificate identifier has two parts with a dot between"));
    }
    let state = ca.state();
    let found = ca.serial_of(id).and_then(|serial| state.certificates.get(&serial));
    let found = found.ok_or_else(|| Problem::not_found("certificate"))?;
    exchange.names = found.identifiers.iter().map(Identifier::text).collect();
    let window = found.suggested_window(ca.now());
    let (start, end) = match exchange.fault {
        Some(Fault::WindowReversed) => (window.end, window.start),
        _ => (window.start, window.end),
    };
    let mut document = json!({"suggestedWindow": {"start": rfc3339(start), "end": rfc3339(end)}});
    if let Some(explanation) = &window.explanation {
        document["explanationURL"] = json!(explanation);
    }
    let seconds = ca.settings.renewal_retry_after.as_secs().to_string();
    Ok(Reply::json(StatusCode::OK, &document).header(RETRY_AFTER, &seconds))
}
