//! Hosting users, packages and overrides.

use super::{ConfiguredCertificate, StoreResult};
use crate::model::{
    CoverageCounts, InventorySource, KeyType, Override, Page, ProblemGroup, Timestamp, UserDetail, UserQuery, UserRow,
};
use async_trait::async_trait;
use serde::Serialize;

/// A package whose feature list says whether AutoSSL is on by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPackage {
    /// The package's name.
    pub name: String,
    /// Whether AutoSSL is on for its users.
    pub autossl: crate::model::FeatureSetting,
}

/// A website with its names, all as checked A-labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportedWebsite {
    /// The primary name.
    pub domain: String,
    /// The other names, in the file's order.
    pub aliases: Vec<String>,
    /// The directory that the web server serves.
    pub document_root: String,
    /// Where it comes from.
    pub source: InventorySource,
    /// The certificate that the web server's own configuration names for it, where the source tells.
    pub configured_certificate: Option<ConfiguredCertificate>,
}

/// A user with websites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedUser {
    /// The account's name.
    pub name: String,
    /// Where notifications go.
    pub email: String,
    /// The owning reseller.
    pub owner: String,
    /// The package's name.
    pub package: String,
    /// Suspended users are skipped.
    pub suspended: bool,
    /// The websites, in the file's order.
    pub websites: Vec<ImportedWebsite>,
}

/// A whole import: already checked, no name twice, every package known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The packages.
    pub packages: Vec<ImportedPackage>,
    /// The users.
    pub users: Vec<ImportedUser>,
    /// What of users that exist already it is about.
    pub replaces: Replaces,
}

/// What an import replaces of users that exist already. Users that do not are added with all that it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replaces {
    /// Account and websites.
    #[default]
    Everything,
    /// The account: address, owner, package, suspension. Websites stay; the import must not have any.
    Accounts,
    /// The websites. The account stays.
    Websites,
}

/// Hosting users, packages and overrides.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Add or replace the packages, users, websites and names of `inventory`.
    ///
    /// A user that exists keeps the override, exclusions and history; a website that exists (by its primary name) keeps its
    /// certificates; websites and names of these users that the file does not name are removed. Users that the file does not
    /// name are left alone; [`Replaces`] narrows what is replaced. A name that belongs to a user outside the file is a [`super::StoreError::Conflict`] (kind `domain`), and then
    /// nothing is changed. A package that neither the file nor the store knows is `NotFound` (kind `package`).
    async fn import(&self, inventory: &Inventory) -> StoreResult<()>;

    /// List users; see [`UserQuery`] for what each field does. `now` decides which certificates are still valid.
    async fn users(&self, query: &UserQuery, now: Timestamp) -> StoreResult<Page<UserRow>>;

    /// Show one user with websites and names; `NotFound` (kind `user`) where there is none.
    async fn user(&self, name: &str, now: Timestamp) -> StoreResult<UserDetail>;

    /// Set the override of every named user and tell how many there were.
    ///
    /// A name that is no user is `NotFound`, and then nothing is changed.
    async fn set_override(&self, names: &[String], decision: Override) -> StoreResult<u32>;

    /// Set the override of every user that matches `query` (its page and sort are ignored) and tell how many there were.
    async fn set_override_matching(&self, query: &UserQuery, decision: Override) -> StoreResult<u32>;

    /// Choose which keys the certificates of every named user get, `None` for the server's choice, and tell how many there were.
    ///
    /// A name that is no user is `NotFound`, and then nothing is changed.
    async fn set_key_type(&self, names: &[String], choice: Option<KeyType>) -> StoreResult<u32>;

    /// Leave names of one user out of AutoSSL; a name that is not the user's is `NotFound` (kind `domain`).
    async fn exclude(&self, user: &str, domains: &[String]) -> StoreResult<()>;

    /// Count users, websites, and certificates that end before `expiring_before`.
    async fn totals(&self, now: Timestamp, expiring_before: Timestamp) -> StoreResult<(u32, u32, u32)>;

    /// Count names by what secures them.
    async fn coverage(&self, now: Timestamp) -> StoreResult<CoverageCounts>;

    /// Group the unsecured names' last problems by code, the most frequent first, at most ten.
    async fn problems(&self, now: Timestamp) -> StoreResult<Vec<ProblemGroup>>;
}
