//! DNS zones and persistent validation records. Each action is a form that reloads the page; secrets go in and never out.

use super::{TextJson, Ticked};
use crate::error::UiError;
use engine::model::{DnsKind, DnsZoneRow, PersistSheet};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// The zones, and what may be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsSheet {
    /// Those of the configuration file, then those that were added.
    pub zones: Vec<DnsZoneRow>,
    /// The providers that zones can be changed at.
    pub providers: Vec<String>,
    /// Whether zones that a command changes may be added here.
    pub commands: Ticked,
}

/// What is done with a zone's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsVerb {
    /// A zone is added.
    Add,
    /// A zone that was added is changed.
    Change,
}

impl DnsVerb {
    /// Name it as the form spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Change => "change",
        }
    }
}

/// A secret on its way in; it is not shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretField(pub String);

impl std::fmt::Debug for SecretField {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretField")
    }
}

/// A zone as its form says it; fields that its kind does not have are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsZoneForm {
    /// Its name.
    pub zone: String,
    /// How it is changed.
    pub kind: DnsKind,
    /// The primary server, or PowerDNS's URL.
    #[serde(default)]
    pub server: String,
    /// The provider's name.
    #[serde(default)]
    pub provider: String,
    /// The key's name.
    #[serde(default)]
    pub key_name: String,
    /// How the key signs.
    #[serde(default)]
    pub algorithm: String,
    /// The key or the token; an empty one keeps what is set.
    #[serde(default)]
    pub secret: SecretField,
    /// The program and its first arguments, one a line.
    #[serde(default)]
    pub command: String,
    /// Servers to look at, with blanks or commas between them.
    #[serde(default)]
    pub check_at: String,
    /// Seconds; empty takes the default.
    #[serde(default)]
    pub ttl: String,
    /// Seconds; empty takes the default.
    #[serde(default)]
    pub timeout: String,
    /// Seconds; empty takes the default.
    #[serde(default)]
    pub propagation_timeout: String,
    /// Whether it is saved without a trial.
    #[serde(default)]
    pub untested: Ticked,
}

/// What can be done with a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsAction {
    /// Try it.
    Test,
    /// Forget it, with its secret.
    Remove,
}

/// What can be done with a persistent record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersistAction {
    /// Publish it into a zone of ours.
    Publish,
    /// Remove what was published.
    Withdraw,
}

/// The record that is wanted, as a form says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersistForm {
    /// The domain.
    pub domain: String,
    /// Whether it is for wildcards and names below the domain, too.
    #[serde(default)]
    pub wildcard: Ticked,
    /// The day on which it ends; empty for none.
    #[serde(default)]
    pub until: String,
}

/// List the DNS zones.
///
/// # Errors
/// As [`UiError`] says.
#[server(ListDnsZones, prefix = "/fn", endpoint = "dns_zones", input = Json, output = TextJson)]
pub async fn dns_zones() -> Result<DnsSheet, UiError> {
    let (engine, _) = super::gate::administrator()?;
    Ok(DnsSheet {
        zones: engine.dns_zones().await.map_err(super::gate::report)?,
        providers: engine::dns01::DnsZones::providers(),
        commands: if engine.allows_dns_commands() { Ticked::Yes } else { Ticked::No },
    })
}

/// Add or change a DNS zone: it is tried, and saved only if it works.
///
/// # Errors
/// As [`UiError`] says; `Invalid` where it does not work, with the reason.
#[server(prefix = "/fn", endpoint = "save_dns_zone", output = TextJson)]
pub async fn save_dns_zone(
    /// Whether it is added or changed.
    verb: DnsVerb,
    /// The zone.
    form: DnsZoneForm,
) -> Result<(), UiError> {
    let (engine, principal) = super::gate::administrator()?;
    let proof = if form.untested == Ticked::Yes { engine::DnsProof::Untested } else { engine::DnsProof::Tried };
    let secret = Some(form.secret.0.clone()).filter(|secret| !secret.trim().is_empty());
    let by = engine::DnsAuthor::Interface(principal.name);
    let settings = settings(form).map_err(super::gate::report)?;
    let (done, word) = match verb {
        DnsVerb::Add => (engine.add_dns_zone(settings, secret.as_deref(), proof, &by).await, "dns_added"),
        DnsVerb::Change => (engine.change_dns_zone(settings, secret.as_deref(), proof, &by).await, "dns_changed"),
    };
    let trial = done.map_err(super::gate::report)?;
    super::gate::answer_plain_form(if trial.is_some() { word } else { "dns_untested" });
    Ok(())
}

/// Do something with a DNS zone.
///
/// # Errors
/// As [`UiError`] says; `Invalid` where a trial fails, with the reason.
#[server(prefix = "/fn", endpoint = "dns_zone_action", output = TextJson)]
pub async fn dns_zone_action(
    /// The zone.
    zone: String,
    /// What.
    action: DnsAction,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    match action {
        DnsAction::Test => {
            let trial =
                engine.test_dns_zone(&zone, engine::DnsPatience::OfABrowser).await.map_err(super::gate::report)?;
            if !trial.passed() {
                let said = format!("DNS zone {zone} does not work: {}", trial.sentences());
                return Err(super::gate::report(engine::EngineError::RefusedDnsZone(said)));
            }
            super::gate::answer_plain_form("dns_tested");
        }
        DnsAction::Remove => {
            engine.remove_dns_zone(&zone).await.map_err(super::gate::report)?;
            super::gate::answer_plain_form("dns_removed");
        }
    }
    Ok(())
}

/// Say what record validates a domain for long, and whether one does.
///
/// # Errors
/// As [`UiError`] says.
#[server(ShowPersist, prefix = "/fn", endpoint = "persist_sheet", input = Json, output = TextJson)]
pub async fn persist_sheet(
    /// The record that is wanted.
    form: PersistForm,
) -> Result<PersistSheet, UiError> {
    let (engine, _) = super::gate::administrator()?;
    let wish = wish(form).map_err(super::gate::report)?;
    engine.persistent_record(&wish).await.map_err(super::gate::report)
}

/// Do something with the persistent record of a domain.
///
/// # Errors
/// As [`UiError`] says.
#[server(ActOnPersist, prefix = "/fn", endpoint = "persist_action", output = TextJson)]
pub async fn persist_action(
    /// The record that is wanted.
    form: PersistForm,
    /// What.
    action: PersistAction,
) -> Result<(), UiError> {
    let (engine, _) = super::gate::administrator()?;
    let wish = wish(form).map_err(super::gate::report)?;
    let (done, word) = match action {
        PersistAction::Publish => (engine.publish_persistent_record(&wish).await.map(drop), "persist_published"),
        PersistAction::Withdraw => (engine.withdraw_persistent_record(&wish).await.map(drop), "persist_withdrawn"),
    };
    done.map_err(super::gate::report)?;
    super::gate::answer_plain_form(word);
    Ok(())
}

#[cfg(feature = "ssr")]
fn settings(form: DnsZoneForm) -> engine::EngineResult<engine::model::DnsZoneSettings> {
    let seconds = |name: &str, text: &str| match text.trim() {
        "" => Ok(0),
        text => text.parse().map_err(|_| {
            engine::EngineError::RefusedDnsZone(format!(
                "DNS zone {:?}: {name} is a number of seconds, not {text:?}",
                form.zone
            ))
        }),
    };
    Ok(engine::model::DnsZoneSettings {
        ttl: seconds("the time that others may remember a value", &form.ttl)?,
        timeout: seconds("the time for one change", &form.timeout)?,
        propagation_timeout: seconds("the time until all servers show it", &form.propagation_timeout)?,
        zone: form.zone,
        kind: form.kind,
        server: form.server,
        provider: form.provider,
        key_name: form.key_name,
        algorithm: form.algorithm,
        command: form.command.lines().map(|word| word.trim_end().to_owned()).collect(),
        check_at: form.check_at.split([',', ' ', '\n', '\r', '\t']).map(str::to_owned).collect(),
    })
}

#[cfg(feature = "ssr")]
fn wish(form: PersistForm) -> engine::EngineResult<engine::PersistWish> {
    let refuse = |reason| engine::EngineError::PersistentRecord { domain: form.domain.clone(), reason };
    let until = Some(form.until.trim()).filter(|until| !until.is_empty());
    Ok(engine::PersistWish {
        domain: form.domain.trim().to_owned(),
        scope: match form.wildcard {
            Ticked::Yes => engine::PersistScope::Wildcard,
            Ticked::No => engine::PersistScope::Domain,
        },
        until: until.map(engine::PersistWish::until).transpose().map_err(refuse)?,
        provider: None,
    })
}
