//! A run's log as a file: `/logs/{id}/txt` and `/logs/{id}/json`, streamed.

use crate::session::{Visitor, login_for};
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use engine::ErrorKind;
use engine::model::{LogFormat, RunId};
use http::{StatusCode, header};
use std::io;
use tokio_util::io::ReaderStream;

/// Send the log for people.
pub(super) async fn text(
    State(state): State<AppState>,
    visitor: Visitor,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Response {
    send(&state, &visitor, uri.path(), RunId(id), LogFormat::Text).await
}

/// Send the log as one JSON record a line.
pub(super) async fn json(
    State(state): State<AppState>,
    visitor: Visitor,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Response {
    send(&state, &visitor, uri.path(), RunId(id), LogFormat::Json).await
}

async fn send(state: &AppState, visitor: &Visitor, path: &str, id: RunId, format: LogFormat) -> Response {
    if visitor.principal.is_none() {
        return Redirect::to(&login_for(&[], path)).into_response();
    }
    if !visitor.is_admin() {
        return (StatusCode::FORBIDDEN, "only administrators may download logs").into_response();
    }
    let file = match state.engine.log_path(&id, format).await {
        Ok(path) => tokio::fs::File::open(path).await,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return (StatusCode::NOT_FOUND, format!("there is no log {id}")).into_response();
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, run.id = %id, "cannot find a log");
            return (StatusCode::INTERNAL_SERVER_ERROR, "the log cannot be found").into_response();
        }
    };
    let body = match file {
        Ok(file) => Body::from_stream(ReaderStream::new(file)),
        // The run has not begun.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Body::empty(),
        Err(error) => {
            tracing::error!(%error, run.id = %id, "cannot read a log");
            return (StatusCode::INTERNAL_SERVER_ERROR, "the log cannot be read").into_response();
        }
    };
    let (content_type, extension) = match format {
        LogFormat::Text => ("text/plain; charset=utf-8", "txt"),
        LogFormat::Json => ("application/x-ndjson", "json"),
    };
    let disposition = format!("attachment; filename=\"autossl-{}.{extension}\"", file_name(&id));
    ([(header::CONTENT_TYPE, content_type), (header::CONTENT_DISPOSITION, &disposition)], body).into_response()
}

/// Colons in file names annoy other systems.
fn file_name(id: &RunId) -> String {
    id.0.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}
