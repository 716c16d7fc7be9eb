//! The Manage Users tab.

use super::TextJson;
use crate::error::UiError;
use engine::model::{Override, Page, UserDetail, UserQuery, UserRow};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// Whom an override is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Targets {
    /// The named users.
    #[default]
    Listed,
    /// Every user that the filter lets through.
    Matching,
}

/// What became of an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideDone {
    /// How many users it was set for.
    pub count: u32,
    /// The override.
    pub to: Override,
}

/// List users.
///
/// # Errors
/// As [`UiError`] says.
#[server(ListUsers, prefix = "/fn", endpoint = "users", input = Json, output = TextJson)]
pub async fn users(
    /// Which, and how.
    query: UserQuery,
) -> Result<Page<UserRow>, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.users(&query).await.map_err(super::gate::report)
}

/// Show one user.
///
/// # Errors
/// As [`UiError`] says.
#[server(ReadUser, prefix = "/fn", endpoint = "user", input = Json, output = TextJson)]
pub async fn user(
    /// The user's name.
    name: String,
) -> Result<UserDetail, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.user(&name).await.map_err(super::gate::report)
}

/// Set the override of the named users, or of all that a filter lets through.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "set_override", output = TextJson)]
pub async fn set_override(
    /// The override.
    to: Override,
    /// The users' names.
    #[server(default)]
    users: Vec<String>,
    /// Whether `users` or `filter` counts.
    #[server(default)]
    who: Targets,
    /// Which users, where `who` is `matching`.
    #[server(default)]
    filter: UserQuery,
) -> Result<OverrideDone, UiError> {
    let (engine, _) = super::gate::administrator()?;
    let count = match who {
        Targets::Matching => engine.set_override_matching(&filter, to).await,
        Targets::Listed if users.is_empty() => return Err(UiError::Invalid("no user is selected".into())),
        Targets::Listed => engine.set_override(&users, to).await,
    }
    .map_err(super::gate::report)?;
    super::gate::answer_plain_form(&format!("{}-{count}", to.as_str()));
    Ok(OverrideDone { count, to })
}

/// Choose which keys the certificates of the named users get; `reset` is the server's choice.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "set_key_type", output = TextJson)]
pub async fn set_key_type(
    /// The choice as the options spell it, or `reset`.
    to: String,
    /// The users' names.
    #[server(default)]
    users: Vec<String>,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    if users.is_empty() {
        return Err(UiError::Invalid("no user is selected".into()));
    }
    engine.set_key_type(&users, &to).await.map_err(super::gate::report)?;
    super::gate::answer_plain_form("key_type");
    Ok(())
}
