//! The plan of a run.

use super::TextJson;
use crate::error::UiError;
use engine::model::PlanSheet;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Make the plan of a run of one user, or of all where the name is empty. Nothing of it is done.
///
/// # Errors
/// As [`UiError`] says.
#[server(MakePlan, prefix = "/fn", endpoint = "plan", input = Json, output = TextJson)]
pub async fn plan(
    /// The user's name.
    user: String,
) -> Result<PlanSheet, UiError> {
    let (engine, _) = super::gate::administrator()?;
    let scope = engine::model::RunScope::of_user(user);
    Ok(engine.plan(&scope).await.map_err(super::gate::report)?.sheet())
}
