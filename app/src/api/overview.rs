//! The Overview tab.

use super::TextJson;
use crate::error::UiError;
use engine::model::Overview;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Sum up the whole server.
///
/// # Errors
/// As [`UiError`] says.
#[server(ReadOverview, prefix = "/fn", endpoint = "overview", input = Json, output = TextJson)]
pub async fn overview() -> Result<Overview, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.overview().await.map_err(super::gate::report)
}
