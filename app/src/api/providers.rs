//! The Providers tab. Each action is a form that reloads the page: what it changes stands in the header, too.

use super::TextJson;
use crate::error::UiError;
use engine::model::ProviderDetail;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// What can be done with the account at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountAction {
    /// Ask the provider for its directory.
    Test,
    /// Register anew, with a new key.
    Recreate,
    /// Let a new key sign for the account.
    ChangeKey,
    /// Close the account for good.
    Deactivate,
    /// Forget the customer's account that the next registration would be bound to.
    Unbind,
}

/// Whether a box was ticked; browsers send nothing of one that was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ticked {
    /// It was.
    #[serde(rename = "yes")]
    Yes,
    /// It was not.
    #[default]
    #[serde(rename = "no")]
    No,
}

/// What can be done with a provider in the list of those that orders go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallbackAction {
    /// Let it come one place earlier.
    Earlier,
    /// Let it come one place later.
    Later,
    /// Take it out of the list.
    Remove,
}

/// List the providers.
///
/// # Errors
/// As [`UiError`] says.
#[server(ListProviders, prefix = "/fn", endpoint = "providers", input = Json, output = TextJson)]
pub async fn providers() -> Result<Vec<ProviderDetail>, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.providers().await.map_err(super::gate::report)
}

/// Send orders to a provider from now on.
///
/// # Errors
/// As [`UiError`] says; `Invalid` where its terms are not agreed to.
#[server(prefix = "/fn", endpoint = "select_provider", output = TextJson)]
pub async fn select_provider(
    /// The provider's short name.
    id: String,
    /// Whether the person agrees to the terms of service.
    #[server(default)]
    agree: Ticked,
    /// The key identifier of the customer's account; empty keeps what is set.
    #[server(default)]
    key_id: String,
    /// Its MAC key.
    #[server(default)]
    mac_key: String,
    /// Where the terms are that the person has read, as the page had it.
    #[server(default)]
    terms: String,
) -> Result<(), UiError> {
    let (engine, principal) = super::gate::administrator()?;
    set_external_account(&engine, &id, &key_id, &mac_key).await?;
    engine.select_provider(&id, &answer(agree, principal, terms)).await.map_err(refused)?;
    super::gate::answer_plain_form("provider");
    Ok(())
}

/// Let a provider take what those in the list cannot.
///
/// # Errors
/// As [`UiError`] says; `Invalid` where its terms are not agreed to.
#[server(prefix = "/fn", endpoint = "add_fallback", output = TextJson)]
pub async fn add_fallback(
    /// The provider's short name.
    id: String,
    /// Whether the person agrees to the terms of service.
    #[server(default)]
    agree: Ticked,
    /// The key identifier of the customer's account; empty keeps what is set.
    #[server(default)]
    key_id: String,
    /// Its MAC key.
    #[server(default)]
    mac_key: String,
    /// Where the terms are that the person has read, as the page had it.
    #[server(default)]
    terms: String,
) -> Result<(), UiError> {
    let (engine, principal) = super::gate::administrator()?;
    set_external_account(&engine, &id, &key_id, &mac_key).await?;
    engine.add_fallback(&id, &answer(agree, principal, terms)).await.map_err(refused)?;
    super::gate::answer_plain_form("fallback");
    Ok(())
}

/// Move a provider in the list of those that orders go to, or take it out.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "change_fallback", output = TextJson)]
pub async fn change_fallback(
    /// The provider's short name.
    id: String,
    /// What.
    action: FallbackAction,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    let changed = match action {
        FallbackAction::Earlier => engine.shift_provider(&id, engine::Shift::Earlier).await,
        FallbackAction::Later => engine.shift_provider(&id, engine::Shift::Later).await,
        FallbackAction::Remove => engine.remove_fallback(&id).await,
    };
    changed.map_err(super::gate::report)?;
    super::gate::answer_plain_form("fallback_changed");
    Ok(())
}

#[cfg(feature = "ssr")]
async fn set_external_account(engine: &engine::Engine, id: &str, key_id: &str, mac_key: &str) -> Result<(), UiError> {
    if key_id.trim().is_empty() && mac_key.trim().is_empty() {
        return Ok(());
    }
    let external = engine::ExternalAccount::parse(key_id, mac_key).map_err(|error| refused(error.into()))?;
    engine.set_external_account(id, Some(&external)).await.map_err(refused)
}

#[cfg(feature = "ssr")]
fn answer(agree: Ticked, principal: engine::model::Principal, terms: String) -> engine::TermsAnswer {
    match agree {
        Ticked::Yes => engine::TermsAnswer::AgreedTo { by: principal.name, url: terms },
        Ticked::No => engine::TermsAnswer::NotAsked,
    }
}

/// As the gate reports it, at the field that it is about.
#[cfg(feature = "ssr")]
fn refused(error: engine::EngineError) -> UiError {
    super::gate::report_field(field_of(&error), error)
}

/// Tell which field of the page's forms an error is about.
#[cfg(feature = "ssr")]
fn field_of(error: &engine::EngineError) -> Option<&'static str> {
    use engine::{AcmeError, EngineError, ExternalAccountError};
    match error {
        EngineError::TermsNotAgreed { .. } => Some("agree"),
        EngineError::ExternalAccount(ExternalAccountError::NoKeyId) => Some("key_id"),
        EngineError::ExternalAccount(_) => Some("mac_key"),
        // While an account is registered: what the provider says of the customer's account.
        EngineError::Acme(AcmeError::Account(_)) => Some("key_id"),
        EngineError::UnknownProfile { .. } => Some("profile"),
        _ => None,
    }
}

/// Tell which field an error is about where the directory of an authority was given.
#[cfg(feature = "ssr")]
fn directory_field(error: &engine::EngineError) -> Option<&'static str> {
    use engine::{AcmeError, EngineError};
    match error {
        EngineError::RefusedProvider { .. } => Some("id"),
        EngineError::Acme(AcmeError::Local(_)) => Some("root_pem"),
        EngineError::RefusedDirectory { .. } | EngineError::Acme(_) => Some("directory_url"),
        _ => None,
    }
}

/// Send no orders anywhere from now on.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "disable_provider", output = TextJson)]
pub async fn disable_provider() -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.disable_provider().await.map_err(super::gate::report)?;
    super::gate::answer_plain_form("provider_off");
    Ok(())
}

/// Do something with the account at a provider.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "provider_account", output = TextJson)]
pub async fn provider_account(
    /// The provider's short name.
    id: String,
    /// What.
    action: AccountAction,
    /// Whether the person has confirmed what cannot be taken back.
    #[server(default)]
    confirm: Ticked,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    let (done, word) = match action {
        AccountAction::Test => return test(&engine, &id).await,
        AccountAction::Deactivate if confirm == Ticked::No => {
            let message = "tick the box: the account is closed for good".to_owned();
            return Err(UiError::Field { field: "confirm".to_owned(), message });
        }
        AccountAction::Unbind => (engine.set_external_account(&id, None).await, "provider_unbound"),
        AccountAction::Recreate => (engine.recreate_account(&id).await, "provider_recreated"),
        AccountAction::ChangeKey => (engine.change_account_key(&id).await, "provider_key"),
        AccountAction::Deactivate => (engine.deactivate_account(&id).await, "provider_closed"),
    };
    done.map_err(super::gate::report)?;
    super::gate::answer_plain_form(word);
    Ok(())
}

/// Ask a provider for its directory. A plain form is led to where the page tells what came of it, whatever that is.
#[cfg(feature = "ssr")]
async fn test(engine: &engine::Engine, id: &str) -> Result<(), UiError> {
    let (done, outcome) = match engine.test_provider(id).await {
        Ok(test) => (format!("provider_tested-{}", test.took.as_millis()), Ok(())),
        Err(error) => ("provider_test_failed".to_owned(), Err(super::gate::report(error))),
    };
    match &outcome {
        Err(error) if !matches!(error, UiError::Invalid(_)) => outcome,
        _ if super::gate::answer_plain_form_at("health", &done) => Ok(()),
        _ => outcome,
    }
}

/// Choose how certificates of a provider are ordered, and where it may write to.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "provider_choices", output = TextJson)]
pub async fn provider_choices(
    /// The provider's short name.
    id: String,
    /// The profile; empty leaves it to the provider.
    #[server(default)]
    profile: String,
    /// The common name of the root that chains should end at; empty takes the first chain.
    #[server(default)]
    preferred_chain: String,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let choices = engine::store::OrderChoices { profile: given(profile), preferred_chain: given(preferred_chain) };
    engine.set_order_choices(&id, &choices).await.map_err(refused)?;
    super::gate::answer_plain_form("provider_saved");
    Ok(())
}

/// Tell a provider the address that it may write to; an empty one removes it.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "provider_contact", output = TextJson)]
pub async fn provider_contact(
    /// The provider's short name.
    id: String,
    /// The e-mail address.
    #[server(default)]
    contact: String,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    let contact = Some(contact.trim()).filter(|contact| !contact.is_empty());
    let refused = |error| super::gate::report_field(Some("contact"), error);
    engine.change_contact(&id, contact).await.map_err(refused)?;
    super::gate::answer_plain_form("provider_saved");
    Ok(())
}

/// Add a certificate authority by its directory's URL.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "add_provider", output = TextJson)]
pub async fn add_provider(
    /// A short name.
    id: String,
    /// A name for people; empty takes the short one.
    #[server(default)]
    name: String,
    /// The ACME directory's URL.
    directory_url: String,
    /// Whether it may be at a private address.
    #[server(default)]
    allow_private: Ticked,
    /// Roots that its server is trusted by, as PEM; empty trusts the configured ones only.
    #[server(default)]
    root_pem: String,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    let new = engine::store::AddedProvider {
        name: if name.trim().is_empty() { id.clone() } else { name.trim().to_owned() },
        id,
        directory_url: directory_url.trim().to_owned(),
        allow_private: allow_private == Ticked::Yes,
        root_pem: Some(root_pem).filter(|pem| !pem.trim().is_empty()),
    };
    let refused = |error: engine::EngineError| super::gate::report_field(directory_field(&error), error);
    engine.add_provider(&new).await.map_err(refused)?;
    super::gate::answer_plain_form("provider_added");
    Ok(())
}

/// Change a certificate authority that was added.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "change_provider", output = TextJson)]
pub async fn change_provider(
    /// The provider's short name.
    id: String,
    /// A name for people; empty takes the short one.
    #[server(default)]
    name: String,
    /// The ACME directory's URL.
    new_url: String,
    /// Whether it may be at a private address.
    #[server(default)]
    allow_private: Ticked,
    /// Roots that its server is trusted by, as PEM; empty keeps what is set.
    #[server(default)]
    new_root: String,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    let refused = |error: engine::EngineError| {
        let field = directory_field(&error).map(|field| match field {
            "root_pem" => "new_root",
            _ => "new_url",
        });
        super::gate::report_field(field, error)
    };
    let known = engine.added_provider(&id).await.map_err(super::gate::report)?;
    let changed = engine::store::AddedProvider {
        name: if name.trim().is_empty() { id } else { name.trim().to_owned() },
        directory_url: new_url.trim().to_owned(),
        allow_private: allow_private == Ticked::Yes,
        root_pem: Some(new_root).filter(|pem| !pem.trim().is_empty()).or(known.root_pem),
        id: known.id,
    };
    engine.change_provider(&changed).await.map_err(refused)?;
    super::gate::answer_plain_form("provider_changed");
    Ok(())
}

/// Remove a certificate authority that was added.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "remove_provider", output = TextJson)]
pub async fn remove_provider(
    /// The provider's short name.
    id: String,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.remove_provider(&id).await.map_err(super::gate::report)?;
    super::gate::answer_plain_form("provider_removed");
    Ok(())
}
