//! Budgets in SQLite.

use super::row::known;
use super::{SqliteStore, commit, failed};
use crate::budget::{Bucket, BucketKey, LimitKind, Rate};
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

    async fn bucket(&self, provider: &str, key: &BucketKey) -> StoreResult<Option<Bucket>> {
        let mut tx = self.look().await?;
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT level, at FROM budget WHERE provider = $1 AND kind = $2 AND subject = $3")
                .bind(provider)
                .bind(key.kind.code())
                .bind(&key.subject)
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed("reading a budget"))?;
        Ok(row.map(|(level, at)| Bucket { level, at: Timestamp(at) }))
    }

    async fn tightest_buckets(
        &self,
        provider: &str,
        (kind, rate): (LimitKind, Rate),
        now: Timestamp,
        most: u32,
    ) -> StoreResult<Vec<(BucketKey, Bucket)>> {
        let (per_second, full) = Bucket::refill(rate);
        let mut tx = self.look().await?;
        // A bucket whose moment is to come is closed until then: it has less than any other.
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT subject, level, at FROM budget
             WHERE provider = $1 AND kind = $2 AND (at > $3 OR level + ($3 - at) * $4 < $5)
             ORDER BY at > $3 DESC, level + ($3 - at) * $4, subject LIMIT $6",
        )
        .bind(provider)
        .bind(kind.code())
        .bind(now.0)
        .bind(per_second)
        .bind(full)
        .bind(most)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("finding the tightest budgets"))?;
        let bucket = |(subject, level, at)| (BucketKey { kind, subject }, Bucket { level, at: Timestamp(at) });
        Ok(rows.into_iter().map(bucket).collect())
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
