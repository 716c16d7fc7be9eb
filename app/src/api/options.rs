//! The Options tab.

use super::TextJson;
use crate::error::UiError;
use engine::model::OptionRow;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use std::collections::BTreeMap;

/// List every option with the value that counts.
///
/// # Errors
/// As [`UiError`] says.
#[server(ListOptions, prefix = "/fn", endpoint = "options", input = Json, output = TextJson)]
pub async fn options() -> Result<Vec<OptionRow>, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.options().await.map_err(super::gate::report)
}

/// Set every option as the page's form has it, and tell how many changed.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "save_options", output = TextJson)]
pub async fn save_options(
    /// Values by key. A switch that is missing is off: that is how browsers send a box that is not ticked.
    #[server(default)]
    values: BTreeMap<String, String>,
) -> Result<u32, UiError> {
    let (engine, principal) = super::gate::administrator()?;
    let mut wanted: Vec<(String, String)> = values.into_iter().collect();
    for option in engine::model::OPTIONS.iter().filter(|option| option.kind == engine::model::OptionKind::Switch) {
        if !wanted.iter().any(|(key, _)| key == option.key) {
            wanted.push((option.key.to_owned(), "off".to_owned()));
        }
    }
    // What has to be confirmed has a box of its own on the page, with what it means beside it.
    let changed = engine.set_options(&wanted, engine::Confirmation::Given, &principal.name).await;
    let changed = u32::try_from(changed.map_err(super::gate::report)?).unwrap_or(u32::MAX);
    super::gate::answer_plain_form(&format!("options-{changed}"));
    Ok(changed)
}
