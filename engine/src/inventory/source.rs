//! What tells users and websites.

use super::apache::DiscoveryError;
use super::domain::Addresses;
use super::error::ImportError;
use super::parse::{ImportFormat, parse_with};
use crate::config::InventoryConfig;
use crate::model::InventorySource;
use crate::store::Inventory;
use async_trait::async_trait;
use std::collections::HashSet;

/// What tells users and websites. It only reads; what it says is imported by the caller.
#[async_trait]
pub trait Source: Send + Sync {
    /// Tell where the websites of this source are changed.
    fn kind(&self) -> InventorySource;

    /// Read everything that the source knows now; `None` where what is stored is all that is known.
    ///
    /// # Errors
    /// Where the source cannot be read or says what is wrong in itself. Never an empty snapshot instead.
    async fn read(&self) -> Result<Option<Snapshot>, SourceError>;
}

/// What a source knew at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Users and websites, checked: no name is there twice.
    pub inventory: Inventory,
    /// Domains of websites that the source has, but of which nothing certain can be said now. They stay as they were.
    pub unsettled: HashSet<String>,
    /// What the source has and AutoSSL does not take over, with place and reason, one line each.
    pub skipped: Vec<String>,
}

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The import file was refused.
    #[error(transparent)]
    File(#[from] ImportError),
    /// Apache could not be asked.
    #[error(transparent)]
    Apache(#[from] DiscoveryError),
}

/// The database itself: what is stored is what there is, until an import or a person changes it.
#[derive(Clone, Copy, Debug)]
pub struct Database;

/// An import file's text.
#[derive(Clone, Copy, Debug)]
pub struct ImportFile<'a> {
    /// The text.
    pub text: &'a str,
    /// How it is written.
    pub format: ImportFormat,
    /// Which addresses it may name.
    pub addresses: Addresses,
}

/// Make the source that is configured.
pub(crate) fn configured(config: &InventoryConfig) -> Box<dyn Source> {
    match config {
        InventoryConfig::Database => Box::new(Database),
        InventoryConfig::Apache(discovery) => Box::new(super::apache::Apache(discovery.clone())),
    }
}

#[async_trait]
impl Source for Database {
    fn kind(&self) -> InventorySource {
        InventorySource::Database
    }

    async fn read(&self) -> Result<Option<Snapshot>, SourceError> {
        Ok(None)
    }
}

#[async_trait]
impl Source for ImportFile<'_> {
    fn kind(&self) -> InventorySource {
        InventorySource::Database
    }

    async fn read(&self) -> Result<Option<Snapshot>, SourceError> {
        Ok(Some(Snapshot { inventory: parse_with(self.text, self.format, self.addresses)?, ..Snapshot::default() }))
    }
}
