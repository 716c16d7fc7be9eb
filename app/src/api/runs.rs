//! Asking for runs and stopping them.

use super::TextJson;
use crate::error::UiError;
use engine::model::RunId;
use leptos::prelude::*;

/// Ask for a run of all users.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "run_all", output = TextJson)]
pub async fn run_all() -> Result<RunId, UiError> {
    let (engine, principal) = super::gate::administrator()?;
    let id =
        engine.request_run(engine::model::RunScope::AllUsers, &principal.name).await.map_err(super::gate::report)?;
    super::gate::answer_plain_form("run");
    Ok(id)
}

/// Ask for a check of one user.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "check_user", output = TextJson)]
pub async fn check_user(
    /// The user's name.
    user: String,
) -> Result<RunId, UiError> {
    let (engine, principal) = super::gate::administrator()?;
    let scope = engine::model::RunScope::User(user);
    let id = engine.request_run(scope, &principal.name).await.map_err(super::gate::report)?;
    super::gate::answer_plain_form("check");
    Ok(id)
}

/// Ask a run to stop after the websites that it is working on.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "stop_run", output = TextJson)]
pub async fn stop_run(
    /// The run.
    id: String,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.stop_run(&RunId(id)).await.map_err(super::gate::report)?;
    super::gate::answer_plain_form("stop");
    Ok(())
}
