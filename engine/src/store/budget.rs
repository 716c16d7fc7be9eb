//! What is left of the certificate authorities' limits.

use super::StoreResult;
use crate::budget::{Bucket, BucketKey, LimitKind, Rate};
use crate::model::Timestamp;
use async_trait::async_trait;

/// What is left of the certificate authorities' limits.
#[async_trait]
pub trait BudgetStore: Send + Sync {
    /// List a provider's buckets; one that is not listed is full.
    async fn buckets(&self, provider: &str) -> StoreResult<Vec<(BucketKey, Bucket)>>;

    /// Find one of a provider's buckets; `None` stands for a full one.
    async fn bucket(&self, provider: &str, key: &BucketKey) -> StoreResult<Option<Bucket>>;

    /// List a provider's buckets of a limit that are not full by now, those with the least in them first.
    async fn tightest_buckets(
        &self,
        provider: &str,
        limit: (LimitKind, Rate),
        now: Timestamp,
        most: u32,
    ) -> StoreResult<Vec<(BucketKey, Bucket)>>;

    /// Keep some of a provider's buckets.
    async fn keep_buckets(&self, provider: &str, buckets: &[(BucketKey, Bucket)]) -> StoreResult<()>;

    /// Forget a provider's buckets that are full by now.
    async fn drop_buckets(&self, provider: &str, keys: &[BucketKey]) -> StoreResult<()>;
}
