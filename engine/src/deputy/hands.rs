//! Whose hands change services: this process's own, or the deputy's.

use super::client::Client;
use crate::install::remove::{self, Copies};
use crate::install::{InstallFailure, Installer, Item, Outcome, Pace, Promise, driver};
use crate::model::Timestamp;
use crate::vault::Vault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whose hands change services.
#[derive(Clone, Debug)]
pub(crate) enum Hands {
    /// This process does it.
    Own,
    /// The deputy is asked to.
    Deputy(Client),
}

/// What a service's part of the TLS store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contents {
    /// Websites with certificates in it.
    pub(crate) websites: Vec<String>,
    /// The names with the websites whose certificate is presented for them.
    pub(crate) names: BTreeMap<String, String>,
}

impl Contents {
    /// Read it.
    pub(super) fn read(installer: &dyn Installer) -> Result<Self, String> {
        let view = installer.place().open().and_then(|view| Ok((view.websites()?, view.names()?)));
        let (websites, names) = view.map_err(|error| format!("the TLS store of {}: {error}", installer.service()))?;
        Ok(Self { websites, names: names.into_iter().collect() })
    }
}

impl Hands {
    /// Tell whether this process may look into the TLS store itself.
    pub(crate) const fn are_own(&self) -> bool {
        matches!(self, Self::Own)
    }

    /// Tell why services cannot be changed, if that is so.
    pub(crate) async fn missing(&self) -> Option<String> {
        match self {
            Self::Own => None,
            Self::Deputy(deputy) => deputy.is_there().await.err(),
        }
    }

    /// List what is dangerous in a service's configuration.
    pub(crate) async fn warnings(&self, installer: &dyn Installer) -> Vec<String> {
        match self {
            Self::Own => installer.warnings().await,
            Self::Deputy(deputy) => deputy.warnings(installer.service()).await,
        }
    }

    /// Tell what a service's part of the TLS store holds.
    pub(crate) async fn contents(&self, installer: &dyn Installer) -> Result<Contents, String> {
        match self {
            Self::Own => Contents::read(installer),
            Self::Deputy(deputy) => deputy.contents(installer.service()).await.map_err(|failure| failure.detail),
        }
    }

    /// Install certificates of the vault's in a service; the outcomes stand in the items' order.
    pub(crate) async fn install(
        &self,
        installer: &dyn Installer,
        vault: &Vault,
        items: &[Item],
        pace: Pace<'_>,
        now: Timestamp,
    ) -> Vec<Outcome> {
        match self {
            Self::Own => driver::install(installer, vault, items, pace, now).await,
            Self::Deputy(deputy) => deputy.install(installer.service(), vault, items).await,
        }
    }

    /// Take websites out of a service.
    pub(crate) async fn remove(
        &self,
        installer: &dyn Installer,
        websites: &[String],
        copies: Copies,
        pace: Pace<'_>,
    ) -> Result<(), InstallFailure> {
        match self {
            Self::Own => remove::remove(installer, websites, copies, pace).await,
            Self::Deputy(deputy) => deputy.remove(installer.service(), websites, copies).await,
        }
    }

    /// Promise visitors what is said here, and nothing else any more.
    pub(crate) async fn promise(&self, installer: &dyn Installer, promises: &[Promise]) -> Result<(), String> {
        match self {
            Self::Own => installer.promise(promises).map_err(|error| error.to_string()),
            Self::Deputy(deputy) => {
                deputy.promise(installer.service(), promises).await.map_err(|failure| failure.detail)
            }
        }
    }
}
