//! Pages: rendered whole before the first byte goes out, so that status and redirects are right and no page needs
//! JavaScript to be read. The data come from the local database, so there is nothing worth streaming for.

use crate::headers;
use crate::session::{Visitor, login_for};
use crate::state::AppState;
use app::context::Viewer;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use engine::clock::{Clock, SystemClock};
use http::{StatusCode, Uri, header};
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::ResponseOptions;

/// Render the page at the request's path, or send the visitor to sign in.
pub(super) async fn page(State(state): State<AppState>, visitor: Visitor, request: Request) -> Response {
    match redirect(&state, &visitor, request.uri()).await {
        Ok(Some(location)) => Redirect::to(&location).into_response(),
        Ok(None) => render(state, visitor, request).await,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot tell whether anybody may sign in");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}

/// Tell the pages who asks, and when.
pub(super) fn viewer(state: &AppState, visitor: Visitor) -> Viewer {
    Viewer { principal: visitor.principal, peer: visitor.peer, now: SystemClock.now(), host: state.host.to_string() }
}

async fn redirect(state: &AppState, visitor: &Visitor, uri: &Uri) -> engine::EngineResult<Option<String>> {
    let path = uri.path();
    if visitor.principal.is_some() {
        return Ok((path == "/login").then(|| "/".into()));
    }
    if !state.engine.has_administrator().await? {
        let is_there = path == "/login" && uri.query() == Some("setup=1");
        return Ok((!is_there).then(|| "/login?setup=1".into()));
    }
    let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    Ok((path != "/login").then(|| login_for(&[], target)))
}

async fn render(state: AppState, visitor: Visitor, request: Request) -> Response {
    let viewer = viewer(&state, visitor);
    let options = state.site.options.clone();
    let engine = state.engine;
    let contexts = move || {
        provide_context(engine.clone());
        provide_context(viewer.clone());
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        if let Some(policy) = headers::page_policy(&nonce) {
            expect_context::<ResponseOptions>().insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    };
    let render = leptos_axum::render_app_async_with_context(contexts, move || app::shell(options.clone()));
    render(request).await
}
