//! One span a request, and one line where it is worth one: changes at `info`, failures at `warn`, the rest at `debug`.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use std::time::Instant;
use tracing::Instrument;

/// Record a request. Neither the query nor the visitor's address is written.
pub(super) async fn record(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    let span = tracing::info_span!("request", http.method = %request.method(), http.path = request.uri().path());
    async move {
        let response = next.run(request).await;
        let status = response.status();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if status.is_server_error() {
            tracing::warn!(http.status = status.as_u16(), duration_ms, "answered");
        } else if is_change {
            tracing::info!(http.status = status.as_u16(), duration_ms, "answered");
        } else {
            tracing::debug!(http.status = status.as_u16(), duration_ms, "answered");
        }
        response
    }
    .instrument(span)
    .await
}
