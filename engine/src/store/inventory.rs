//! Websites as their source tells them, and accounts that are changed by hand.

use super::{ImportedUser, ImportedWebsite, Inventory, StoreResult};
use async_trait::async_trait;
use serde::Serialize;
use std::path::PathBuf;

/// The certificate that the web server's own configuration names for a website; never one that AutoSSL wrote there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfiguredCertificate {
    /// The certificate's file, absolute.
    pub certificate: PathBuf,
    /// The key's file, absolute; none where the certificate's file holds the key.
    pub key: Option<PathBuf>,
}

/// A website with its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnedWebsite {
    /// The user's name.
    pub user: String,
    /// The website with all its names, the excluded ones, too.
    #[serde(flatten)]
    pub website: ImportedWebsite,
}

/// Decides from the stored websites what to import; `None` changes nothing.
pub type Revision<'a> = Box<dyn FnOnce(Vec<OwnedWebsite>) -> Option<Inventory> + Send + 'a>;

/// Websites as their source tells them, and accounts that are changed by hand.
#[async_trait]
pub trait InventoryStore: Send + Sync {
    /// List the websites of one user, or of all, by user and then in the source's order.
    ///
    /// A user that does not exist is `NotFound` (kind `user`).
    async fn inventory(&self, user: Option<&str>) -> StoreResult<Vec<OwnedWebsite>>;

    /// Name the user of the website with this primary name; `NotFound` (kind `website`) where there is none.
    async fn owner_of(&self, domain: &str) -> StoreResult<String>;

    /// Read as [`InventoryStore::inventory`] does and import what `decide` makes of it, in one transaction: nobody changes a website
    /// in between. The import keeps and refuses what [`super::UserStore::import`] does.
    async fn revise(&self, user: Option<&str>, decide: Revision<'_>) -> StoreResult<()>;

    /// Add a user without websites; those of `user` are not looked at.
    ///
    /// A user that exists is a `Conflict` (kind `user`), an unknown package `NotFound` (kind `package`).
    async fn add_user(&self, user: &ImportedUser) -> StoreResult<()>;

    /// Remove a user with its websites, names, override and jobs; `NotFound` (kind `user`) where there is none. Certificates stay on
    /// record, since they may have to be revoked.
    async fn remove_user(&self, user: &str) -> StoreResult<()>;

    /// Let runs leave a user out; `NotFound` (kind `user`) where there is none.
    async fn suspend_user(&self, user: &str) -> StoreResult<()>;

    /// Let runs look after a user again; `NotFound` (kind `user`) where there is none.
    async fn unsuspend_user(&self, user: &str) -> StoreResult<()>;
}
