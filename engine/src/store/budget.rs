//! What is left of the certificate authorities' limits.

use super::StoreResult;
use crate::budget::{Bucket, BucketKey};
use async_trait::async_trait;

/// What is left of the certificate authorities' limits.
#[async_trait]
pub trait BudgetStore: Send + Sync {
    /// List a provider's buckets; one that is not listed is full.
    async fn buckets(&self, provider: &str) -> StoreResult<Vec<(BucketKey, Bucket)>>;

    /// Keep some of a provider's buckets.
    async fn keep_buckets(&self, provider: &str, buckets: &[(BucketKey, Bucket)]) -> StoreResult<()>;

    /// Forget a provider's buckets that are full by now.
    async fn drop_buckets(&self, provider: &str, keys: &[BucketKey]) -> StoreResult<()>;
}
