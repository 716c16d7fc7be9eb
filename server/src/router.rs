//! Which path is answered by what, and what every answer has in common.

mod challenge;
mod download;
mod events;
mod files;
mod functions;
mod health;
mod pages;
mod redirect;
mod request_log;

use crate::state::AppState;
use crate::{headers, origin, session};
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Router, extract::State};
use engine::Engine;
use http::{Method, StatusCode};
use std::any::Any;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// The largest request body: a form that names thousands of users fits.
const BODY_LIMIT: usize = 1024 * 1024;
const SIGN_IN_LIMIT: usize = 16 * 1024;
/// Longer than the engine's own network timeouts, so that its reasons reach the person.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
const CHALLENGE_WITHIN: Duration = Duration::from_secs(10);

/// Build the interface: pages, server functions, streams, downloads, files.
pub(crate) fn interface(state: AppState) -> Router {
    // Pages spawn tasks; a second call changes nothing.
    let _ = any_spawner::Executor::init_tokio();
    let sign_in = post(session::sign_in.layer(RequestBodyLimitLayer::new(SIGN_IN_LIMIT))).get(pages::page);
    let timed = Router::new()
        .route("/healthz", get(health::health))
        .route("/login", sign_in)
        .route("/logout", post(session::sign_out))
        .route("/logs/{id}/txt", get(download::text))
        .route("/logs/{id}/json", get(download::json))
        .route("/fn/{*name}", any(functions::call))
        .fallback(file_or_page)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN));
    let untimed = Router::new().route("/events", get(events::events));
    timed
        .merge(untimed)
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(from_fn_with_state(state.clone(), origin::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(headers::complete))
        .layer(from_fn(request_log::record))
        .with_state(state)
}

/// Build what the plain port answers where the interface is on a TLS port only: the way there, and `/healthz`.
pub(crate) fn to_tls(state: AppState, port: u16) -> Router {
    let redirect = move |State(state): State<AppState>, request: Request| redirect::answer(state, port, request);
    Router::new()
        .route("/healthz", get(health::health))
        .fallback(redirect)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
        .layer(RequestBodyLimitLayer::new(0))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(headers::complete))
        .layer(from_fn(request_log::record))
        .with_state(state)
}

/// Build what the challenge port answers: tokens, and nothing else.
pub(crate) fn challenges(engine: Engine) -> Router {
    Router::new()
        .route("/.well-known/acme-challenge/{token}", get(challenge::answer))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, CHALLENGE_WITHIN))
        .layer(RequestBodyLimitLayer::new(0))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(engine)
}

async fn file_or_page(State(state): State<AppState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    // A body cannot be shared between tasks, which asking for a file would do.
    let (head, body) = request.into_parts();
    match files::find(&state.site, &head).await {
        Some(file) => file,
        None => Handler::call(pages::page, Request::from_parts(head, body), state).await,
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = message.unwrap_or("of an unknown kind"), "a request handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on this server; its log says more").into_response()
}
