//! `/fn/…`: the server functions that pages call. Each of them authorises again, by role.

use super::pages::viewer;
use crate::session::{Visitor, login_for};
use crate::state::AppState;
use app::error::UiError;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use leptos::prelude::provide_context;

/// Run a server function for a person who is signed in.
pub(super) async fn call(State(state): State<AppState>, visitor: Visitor, request: Request) -> Response {
    if visitor.principal.is_none() {
        return sign_in_first(request.headers());
    }
    let viewer = viewer(&state, visitor);
    let engine = state.engine;
    let contexts = move || {
        provide_context(engine.clone());
        provide_context(viewer.clone());
    };
    leptos_axum::handle_server_fns_with_context(contexts, request).await.into_response()
}

/// A script learns that the session is over; a plain form is led to sign in and back to its page.
fn sign_in_first(headers: &HeaderMap) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !text(header::ACCEPT).contains("text/html") {
        return (StatusCode::UNAUTHORIZED, Json(UiError::SignedOut)).into_response();
    }
    let page: Option<Uri> = text(header::REFERER).parse().ok();
    let path = page.as_ref().and_then(Uri::path_and_query).map_or("/", |path| path.as_str());
    Redirect::to(&login_for(&[], path)).into_response()
}
