//! The browser's files: compressed beforehand, and cached for as long as their content cannot change.

use crate::site::Site;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use std::path::Path;
use tower::ServiceExt;
use tower_http::services::ServeDir;

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Unhashed files may change with the next release: ask again each time, which the Last-Modified date makes cheap.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("public, no-cache");

/// Answer with a file of the site, or 404 where the path can only mean a file; `None` where it may mean a page.
pub(super) async fn find(site: &Site, request: &Parts) -> Option<Response> {
    let path = request.uri.path();
    let is_file = is_file(path);
    let found = match &site.root {
        // The names of users and logs may contain dots too.
        Some(root) if path.rsplit('/').next().is_some_and(|name| name.contains('.')) => read(root, request).await,
        _ => None,
    };
    let Some(mut response) = found else { return is_file.then(|| StatusCode::NOT_FOUND.into_response()) };
    let cache = if site.is_immutable(path) { FOREVER } else { ASK_AGAIN };
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

async fn read(root: &Path, request: &Parts) -> Option<Response> {
    let mut plain = Request::builder().method(&request.method).uri(&request.uri).body(Body::empty()).ok()?;
    *plain.headers_mut() = request.headers.clone();
    let files = ServeDir::new(root).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
    let Ok(found) = files.oneshot(plain).await;
    (found.status() != StatusCode::NOT_FOUND).then(|| found.map(Body::new).into_response())
}

/// No page is below `/pkg/` or directly below `/` with a dot, like `/favicon.ico`.
fn is_file(path: &str) -> bool {
    let name = path.trim_start_matches('/');
    path.starts_with("/pkg/") || (name.contains('.') && !name.contains('/'))
}
