//! The door of every server function: who asks, and what an error looks like from outside. Server only.

use crate::context::Viewer;
use crate::error::UiError;
use engine::model::{Principal, Role};
use engine::{Engine, EngineError, ErrorKind};
use http::{Method, StatusCode, header, request::Parts};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use std::hash::{BuildHasher, Hasher};

/// Let a server administrator in; everybody else gets 401 or 403.
pub(super) fn administrator() -> Result<(Engine, Principal), UiError> {
    match use_context::<Viewer>().and_then(|viewer| viewer.principal) {
        Some(principal) if principal.role == Role::Admin => Ok((expect_context(), principal)),
        Some(_) => Err(refuse(StatusCode::FORBIDDEN, UiError::Forbidden)),
        None => Err(refuse(StatusCode::UNAUTHORIZED, UiError::SignedOut)),
    }
}

/// Turn an engine's error into what the browser may know; internals are logged under a reference.
pub(super) fn report(error: EngineError) -> UiError {
    let message = error.to_string();
    match error.kind() {
        ErrorKind::NotFound => refuse(StatusCode::NOT_FOUND, UiError::NotFound(message)),
        ErrorKind::Invalid => refuse(StatusCode::UNPROCESSABLE_ENTITY, UiError::Invalid(message)),
        ErrorKind::Conflict => refuse(StatusCode::CONFLICT, UiError::Conflict(message)),
        ErrorKind::Throttled => refuse(StatusCode::TOO_MANY_REQUESTS, UiError::Conflict(message)),
        ErrorKind::Internal => {
            let reference = reference();
            tracing::error!(error.reference = %reference, error.causes = %causes(&error), "a request failed: {message}");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, UiError::Internal { reference })
        }
    }
}

/// As [`report`], where it may be known which field of the form was wrong.
pub(super) fn report_field(field: Option<&str>, error: EngineError) -> UiError {
    match (report(error), field) {
        (UiError::Invalid(message), Some(field)) => UiError::Field { field: field.to_owned(), message },
        (other, _) => other,
    }
}

/// Tell a browser without JavaScript what was done: back to the page that it came from, with `done` in its address.
pub(super) fn answer_plain_form(done: &str) {
    answer_plain_form_at("", done);
}

/// As [`answer_plain_form`], with the part of the page in view whose id is `anchor`; tells whether it was a plain form.
pub(super) fn answer_plain_form_at(anchor: &str, done: &str) -> bool {
    let Some(parts) = use_context::<Parts>().filter(is_plain_form) else { return false };
    let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or("/");
    let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
    leptos_axum::redirect(&(crate::notice::back_with(referer, done) + &anchor));
    true
}

fn refuse(status: StatusCode, error: UiError) -> UiError {
    // A plain form is answered by a redirect, whose status must stay.
    let plain_form = use_context::<Parts>().is_some_and(|parts| is_plain_form(&parts));
    if let Some(response) = use_context::<ResponseOptions>().filter(|_| !plain_form) {
        response.set_status(status);
    }
    error
}

fn is_plain_form(parts: &Parts) -> bool {
    let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    parts.method == Method::POST && accepts.contains("text/html")
}

fn reference() -> String {
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("{:08X}", random >> 32)
}

fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(error.source(), |cause| cause.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
