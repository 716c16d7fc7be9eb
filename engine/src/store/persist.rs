//! Persistent validation records (dns-persist-01): which provider offers them, and which are counted on.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// What a provider's authorizations showed of dns-persist-01.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistentOffer {
    /// The URL of the account that it was shown to.
    pub account: String,
    /// The names by which records call the provider; none where it does not offer the challenge.
    pub issuers: Vec<String>,
    /// The account as the challenge spelled it, where it did.
    pub account_uri: Option<String>,
    /// When it was seen.
    pub seen_at: Timestamp,
}

/// A value that was published into a zone of ours, or was about to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersistentValue {
    /// The domain that it validates.
    pub domain: String,
    /// The short name of the provider that it is for.
    pub provider: String,
    /// The zone that the record is in.
    pub zone: String,
    /// The record's name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Persistent validation records.
#[async_trait]
pub trait PersistentRecordStore: Send + Sync {
    /// Tell what a provider's authorizations showed last; `None` where nothing is known.
    async fn persistent_offer(&self, provider: &str) -> StoreResult<Option<PersistentOffer>>;

    /// Remember what a provider's authorizations showed.
    async fn set_persistent_offer(&self, provider: &str, offer: &PersistentOffer) -> StoreResult<()>;

    /// List the names whose record for a provider is counted on, as far as websites still have them.
    async fn persistent_names(&self, provider: &str) -> StoreResult<Vec<String>>;

    /// Count on the records of names, perhaps with `*.` in front, for a provider from now on.
    async fn count_on_persistent(&self, names: &[String], provider: &str, at: Timestamp) -> StoreResult<()>;

    /// Count no longer on the records of names for a provider; one that is not known is no error.
    async fn forget_persistent(&self, names: &[String], provider: &str) -> StoreResult<()>;

    /// Remember a value before it is published.
    async fn put_persistent_value(&self, value: &PersistentValue, at: Timestamp) -> StoreResult<()>;

    /// List the values that were published for a domain and a provider.
    async fn persistent_values(&self, domain: &str, provider: &str) -> StoreResult<Vec<PersistentValue>>;

    /// Forget values that are not in their zones any more; what is not known is no error.
    async fn remove_persistent_values(&self, values: &[PersistentValue]) -> StoreResult<()>;
}
