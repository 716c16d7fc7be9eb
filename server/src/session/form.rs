//! The sign-in and sign-out forms, which work without JavaScript.

use super::cookie::{self, Transport};
use super::next::{local, login_for};
use crate::channel::Channel;
use crate::state::AppState;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use engine::access::SignInError;
use engine::{EngineError, ErrorKind};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use std::net::SocketAddr;

/// What the sign-in form sends.
#[derive(Deserialize)]
pub(crate) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Sign in, set the cookie and go on to `next`; otherwise back to the form, which says why.
pub(crate) async fn sign_in(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(channel): Extension<Channel>,
    Form(form): Form<SignInForm>,
) -> Response {
    let peer = peer.ip().to_canonical().to_string();
    let error = match state.engine.sign_in(&form.name, &form.password, &peer).await {
        Ok(token) => return with_cookie(local(&form.next), cookie::set(&token, transport(&state, channel))),
        Err(error) => error,
    };
    match &error {
        EngineError::SignIn(SignInError::Throttled { retry_after_seconds }) => {
            let seconds = retry_after_seconds.to_string();
            Redirect::to(&login_for(&[("error", "throttled"), ("retry", &seconds)], &form.next)).into_response()
        }
        _ if error.kind() != ErrorKind::Internal => {
            Redirect::to(&login_for(&[("error", "wrong")], &form.next)).into_response()
        }
        _ => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot sign anybody in");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}

/// End the session and go to the sign-in page.
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    Extension(channel): Extension<Channel>,
    headers: HeaderMap,
) -> Response {
    if let Some(token) = cookie::token(&headers)
        && let Err(error) = state.engine.sign_out(token).await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "cannot end a session");
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response();
    }
    with_cookie("/login", cookie::remove(transport(&state, channel)))
}

fn with_cookie(location: &str, cookie: Option<HeaderValue>) -> Response {
    match cookie {
        Some(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(location)).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn transport(state: &AppState, channel: Channel) -> Transport {
    if channel.is_tls() || state.is_https() { Transport::TlsOnly } else { Transport::Any }
}
