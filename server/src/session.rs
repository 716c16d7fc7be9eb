//! Who asks: the session cookie, read by extractors, and the sign-in and sign-out forms.
//!
//! Passwords, throttling and the sessions themselves are the engine's.

mod cookie;
mod form;
mod next;

pub(crate) use form::{sign_in, sign_out};
pub(crate) use next::login_for;

use crate::state::AppState;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::response::{IntoResponse, Response};
use engine::model::{Principal, Role};
use http::StatusCode;
use http::request::Parts;
use std::net::SocketAddr;

/// Whoever asks, signed in or not.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Who is signed in, if anybody.
    pub(crate) principal: Option<Principal>,
    /// The address that the request came from, without the port.
    pub(crate) peer: String,
}

/// A person who is signed in; others are answered 401.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedIn;

impl Visitor {
    /// Tell whether a server administrator asks.
    pub(crate) fn is_admin(&self) -> bool {
        self.principal.as_ref().is_some_and(|principal| principal.role == Role::Admin)
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|info| info.0.ip().to_canonical().to_string()).unwrap_or_default();
        let principal = match cookie::token(&parts.headers) {
            Some(token) => state.engine.authenticate(token).await.map_err(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot tell who is signed in");
                (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
            })?,
            None => None,
        };
        Ok(Self { principal, peer })
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        if visitor.principal.is_none() {
            return Err((StatusCode::UNAUTHORIZED, "sign in first").into_response());
        }
        Ok(Self)
    }
}
