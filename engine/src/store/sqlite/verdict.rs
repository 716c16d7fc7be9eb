//! Findings about names in SQLite.

use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::{StoreResult, VerdictRecord, VerdictStore};
use async_trait::async_trait;

#[async_trait]
impl VerdictStore for SqliteStore {
    async fn record_verdicts(&self, found: &[(String, String, String)], at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for (name, code, evidence) in found {
            let again = sqlx::query(
                "UPDATE verdict SET last_at = $4, times = times + 1, evidence = $3
                 WHERE id = (SELECT id FROM verdict WHERE name = $1 ORDER BY id DESC LIMIT 1) AND code = $2",
            )
            .bind(name)
            .bind(code)
            .bind(evidence)
            .bind(at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("counting a finding"))?;
            if again.rows_affected() == 0 {
                sqlx::query(
                    "INSERT INTO verdict (name, code, evidence, first_at, last_at) VALUES ($1, $2, $3, $4, $4)",
                )
                .bind(name)
                .bind(code)
                .bind(evidence)
                .bind(at.0)
                .execute(&mut *tx)
                .await
                .map_err(failed("recording a finding"))?;
            }
        }
        commit(tx).await
    }

    async fn verdicts(&self, name: &str) -> StoreResult<Vec<VerdictRecord>> {
        let mut tx = self.look().await?;
        let rows: Vec<(String, String, i64, i64, u32)> = sqlx::query_as(
            "SELECT code, evidence, first_at, last_at, times FROM verdict WHERE name = $1 ORDER BY id DESC LIMIT 20",
        )
        .bind(name)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing findings"))?;
        let record = |(code, evidence, first_at, last_at, times)| VerdictRecord {
            code,
            evidence,
            first_at: Timestamp(first_at),
            last_at: Timestamp(last_at),
            times,
        };
        Ok(rows.into_iter().map(record).collect())
    }
}
