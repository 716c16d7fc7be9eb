//! Options that were set, by key; what they mean is not the store's to know.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// An option that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValue {
    /// Its key.
    pub key: String,
    /// What it was set to.
    pub value: String,
    /// Who set it last.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
}

/// Options that were set.
#[async_trait]
pub trait OptionStore: Send + Sync {
    /// List the options that were ever set, by key.
    async fn option_values(&self) -> StoreResult<Vec<OptionValue>>;

    /// Set options, given as keys and values, and remember who did and when.
    async fn set_option_values(&self, values: &[(String, String)], by: &str, at: Timestamp) -> StoreResult<()>;
}
