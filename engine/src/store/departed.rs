//! Websites that are gone and still have files.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// Websites that are gone and still have files.
#[async_trait]
pub trait DepartedStore: Send + Sync {
    /// Of these names, list those that a website has, as its own or another name, the excluded ones, too.
    async fn known_names(&self, names: &[String]) -> StoreResult<Vec<String>>;

    /// Remember that exactly these websites are gone, and tell since when that is known of each, by domain.
    async fn note_departed(&self, domains: &[String], at: Timestamp) -> StoreResult<Vec<(String, Timestamp)>>;

    /// Forget what became of all certificates in a service, so that the next run brings them there anew.
    async fn forget_service(&self, service: &str) -> StoreResult<()>;
}
