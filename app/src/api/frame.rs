//! What stands above every page.

use super::TextJson;
use crate::error::UiError;
use engine::model::{Principal, ProviderSummary, RunSummary};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// What stands above every page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameData {
    /// Who is signed in.
    pub principal: Principal,
    /// The server's name for people.
    pub host: String,
    /// The provider that orders go to, if one is chosen.
    pub provider: Option<ProviderSummary>,
    /// The latest run, if there was one.
    pub run: Option<RunSummary>,
}

/// Read what stands above every page.
///
/// # Errors
/// As [`UiError`] says.
#[server(ReadFrame, prefix = "/fn", endpoint = "frame", input = Json, output = TextJson)]
pub async fn frame() -> Result<FrameData, UiError> {
    let (engine, principal) = super::gate::administrator()?;
    let provider = engine.current_provider().await.map_err(super::gate::report)?;
    let latest = engine.runs(1, 1).await.map_err(super::gate::report)?.rows.into_iter().next();
    let host = expect_context::<crate::context::Viewer>().host;
    Ok(FrameData { principal, host, provider, run: latest })
}
