//! The Services tab.

use super::TextJson;
use crate::error::UiError;
use engine::model::ServiceReport;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Look at the services of this machine.
///
/// # Errors
/// As [`UiError`] says.
#[server(ReadServices, prefix = "/fn", endpoint = "services", input = Json, output = TextJson)]
pub async fn services() -> Result<Vec<ServiceReport>, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.services().await.map_err(super::gate::report)
}
