//! Apache as a source of the inventory.

use super::super::DomainName;
use super::super::rules::{DEFAULT_OWNER, DEFAULT_PACKAGE};
use super::super::source::{Snapshot, Source, SourceError};
use super::config::DiscoveryConfig;
use super::discover;
use super::discovered::{Discovered, DiscoveredUser, DiscoveredWebsite};
use super::skipped::{SkipReason, Skipped};
use crate::model::InventorySource;
use crate::store::{ImportedUser, ImportedWebsite, Inventory, Replaces};
use async_trait::async_trait;

/// This server's Apache: its virtual hosts are the websites.
#[derive(Clone, Debug)]
pub struct Apache(pub DiscoveryConfig);

#[async_trait]
impl Source for Apache {
    fn kind(&self) -> InventorySource {
        InventorySource::Apache
    }

    async fn read(&self) -> Result<Option<Snapshot>, SourceError> {
        Ok(Some(discover(&self.0).await?.into()))
    }
}

impl From<Discovered> for Snapshot {
    fn from(discovered: Discovered) -> Self {
        let unsettled = discovered.skipped.iter().filter_map(unsettled).collect();
        let skipped = discovered.skipped.iter().map(line).collect();
        let users = discovered.users.into_iter().map(user).collect();
        let inventory = Inventory { packages: Vec::new(), users, replaces: Replaces::Websites };
        Self { inventory, unsettled, skipped }
    }
}

/// Apache says nothing of accounts: these values are for users that are new.
fn user(user: DiscoveredUser) -> ImportedUser {
    ImportedUser {
        name: user.name,
        email: String::new(),
        owner: DEFAULT_OWNER.into(),
        package: DEFAULT_PACKAGE.into(),
        suspended: false,
        websites: user.websites.into_iter().map(website).collect(),
    }
}

fn website(website: DiscoveredWebsite) -> ImportedWebsite {
    ImportedWebsite {
        domain: website.domain.into_string(),
        aliases: website.aliases.into_iter().map(DomainName::into_string).collect(),
        document_root: website.document_root,
        source: InventorySource::Apache,
        configured_certificate: website.certificate,
    }
}

/// Name the website that is still configured where its owner cannot be told, e.g. since its document root is not mounted, or
/// where its `<VirtualHost>` does not resolve: the running Apache resolved it when it started.
fn unsettled(skipped: &Skipped) -> Option<String> {
    let name = match &skipped.reason {
        SkipReason::NoOwner { website, .. } => website,
        SkipReason::NotServed | SkipReason::NotShown => &skipped.vhost,
        _ => return None,
    };
    DomainName::parse(name).ok().map(DomainName::into_string)
}

fn line(skipped: &Skipped) -> String {
    format!("{} ({}:{}): {}", skipped.vhost, skipped.file, skipped.line, skipped.reason)
}
