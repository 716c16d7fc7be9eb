//! Budgets in SQLite.

use super::row::known;
use super::{SqliteStore, commit, failed};
use crate::budget::{Bucket, BucketKey, LimitKind};
use crate::model::Timestamp;
use crate::store::{BudgetStore, StoreResult};
use async_trait::async_trait;

#[async_trait]
impl BudgetStore for SqliteStore {
    async fn buckets(&self, provider: &str) -> StoreResult<Vec<(BucketKey, Bucket)>> {
        let mut tx = self.look().await?;
        let rows: Vec<(String, String, i64, i64)> =
            sqlx::query_as("SELECT kind, subject, level, at FROM budget WHERE provider = $1")
                .bind(provider)
                .fetch_all(&mut *tx)
                .await
                .map_err(failed("reading a budget"))?;
        let bucket = |(kind, subject, level, at)| {
            let kind = known(LimitKind::parse, "budget", "kind", kind)?;
            Ok((BucketKey { kind, subject }, Bucket { level, at: Timestamp(at) }))
        };
        rows.into_iter().map(bucket).collect()
    }

    async fn keep_buckets(&self, provider: &str, buckets: &[(BucketKey, Bucket)]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for (key, bucket) in buckets {
            sqlx::query(
                "INSERT INTO budget (provider, kind, subject, level, at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (provider, kind, subject) DO UPDATE SET level = $4, at = $5",
            )
            .bind(provider)
            .bind(key.kind.code())
            .bind(&key.subject)
            .bind(bucket.level)
            .bind(bucket.at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("keeping a budget"))?;
        }
        commit(tx).await
    }

    async fn drop_buckets(&self, provider: &str, keys: &[BucketKey]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for key in keys {
            sqlx::query("DELETE FROM budget WHERE provider = $1 AND kind = $2 AND subject = $3")
                .bind(provider)
                .bind(key.kind.code())
                .bind(&key.subject)
                .execute(&mut *tx)
                .await
                .map_err(failed("forgetting a budget"))?;
        }
        commit(tx).await
    }
}
