//! Changing users and websites by hand.

use super::TextJson;
use crate::error::UiError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InventoryVerb {
    /// Add a user.
    AddUser,
    /// Add a website to a user.
    AddWebsite,
    /// Remove a website.
    RemoveWebsite,
    /// Add a name to a website.
    AddAlias,
    /// Remove a name from a website.
    RemoveAlias,
}

impl InventoryVerb {
    const ALL: [Self; 5] = [Self::AddUser, Self::AddWebsite, Self::RemoveWebsite, Self::AddAlias, Self::RemoveAlias];

    /// Name the change as forms and addresses spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddUser => "add_user",
            Self::AddWebsite => "add_website",
            Self::RemoveWebsite => "remove_website",
            Self::AddAlias => "add_alias",
            Self::RemoveAlias => "remove_alias",
        }
    }

    /// Read a change's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == name)
    }

    /// Say that it was done.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AddUser => "The user was added. Its page takes websites.",
            Self::AddWebsite => "The website was added. The next run secures it.",
            Self::RemoveWebsite => "The website was removed. Its files leave the services after the time of grace.",
            Self::AddAlias => "The name was added. The next run secures it.",
            Self::RemoveAlias => "The name was removed. The certificate has it until it is renewed.",
        }
    }
}

/// What a form says; fields that the change does not need are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryForm {
    /// What is changed.
    pub verb: InventoryVerb,
    /// The user's name.
    #[serde(default)]
    pub user: String,
    /// The website's primary name.
    #[serde(default)]
    pub website: String,
    /// A name, or the aliases of a new website with spaces or commas between them.
    #[serde(default)]
    pub names: String,
    /// The directory that the web server serves.
    #[serde(default)]
    pub document_root: String,
    /// Where notifications go.
    #[serde(default)]
    pub email: String,
    /// The package.
    #[serde(default)]
    pub package: String,
}

/// Change users or websites.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "change_inventory", output = TextJson)]
pub async fn change_inventory(
    /// What, and how.
    change: InventoryForm,
) -> Result<InventoryVerb, UiError> {
    let (engine, _) = super::gate::administrator()?;
    let InventoryForm { verb, user, website, names, document_root, email, package } = change;
    let (website, name) = (website.trim(), names.trim());
    let done = match verb {
        InventoryVerb::AddUser => {
            let new = engine::inventory::NewUser { name: user.trim().to_owned(), email, package, ..Default::default() };
            engine.add_user(new).await
        }
        InventoryVerb::AddWebsite => {
            let between = |character: char| character == ',' || character.is_whitespace();
            let aliases: Vec<_> = names.split(between).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
            engine.add_website(&user, website, &aliases, document_root.trim()).await
        }
        InventoryVerb::RemoveWebsite => engine.remove_website(website).await,
        InventoryVerb::AddAlias => engine.add_alias(website, name).await,
        InventoryVerb::RemoveAlias => engine.remove_alias(website, name).await,
    };
    done.map_err(super::gate::report)?;
    super::gate::answer_plain_form(verb.as_str());
    Ok(verb)
}
