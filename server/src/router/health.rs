//! `/healthz`: whether the server can do its work, for monitoring and `autossl healthcheck`.

use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;

/// Answer `ok` where the store answers.
pub(super) async fn health(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.engine.has_administrator().await {
        Ok(_) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}
