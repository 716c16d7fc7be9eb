//! Answers to HTTP-01 challenges (RFC 8555, section 8.3).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use engine::Engine;
use http::{StatusCode, header};

/// Longer than any token that a certificate authority makes.
const TOKEN_LIMIT: usize = 256;

/// Answer with the key authorization; 404 where the token is not ours.
pub(super) async fn answer(State(engine): State<Engine>, Path(token): Path<String>) -> Response {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if token.len() > TOKEN_LIMIT || !token.bytes().all(is_token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match engine.key_authorization(&token).await {
        Ok(Some(text)) => {
            let fresh = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
            (fresh, text).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot answer a challenge");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
