//! Websites that are gone and still have files, in SQLite.

use super::{SqliteStore, commit, failed, json_list};
use crate::model::Timestamp;
use crate::store::{DepartedStore, StoreResult};
use async_trait::async_trait;

#[async_trait]
impl DepartedStore for SqliteStore {
    async fn known_names(&self, names: &[String]) -> StoreResult<Vec<String>> {
        let mut tx = self.read().await?;
        sqlx::query_scalar(
            "SELECT value FROM json_each($1) asked
             WHERE EXISTS (SELECT 1 FROM domain d WHERE d.name = asked.value)
                OR EXISTS (SELECT 1 FROM website w WHERE w.domain = asked.value)",
        )
        .bind(json_list(names))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("looking names up"))
    }

    async fn note_departed(&self, domains: &[String], at: Timestamp) -> StoreResult<Vec<(String, Timestamp)>> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM departed_website WHERE domain NOT IN (SELECT value FROM json_each($1))")
            .bind(json_list(domains))
            .execute(&mut *tx)
            .await
            .map_err(failed("forgetting websites that came back"))?;
        sqlx::query(
            "INSERT INTO departed_website (domain, since) SELECT value, $2 FROM json_each($1) WHERE true
             ON CONFLICT (domain) DO NOTHING",
        )
        .bind(json_list(domains))
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("noting websites that are gone"))?;
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT domain, since FROM departed_website ORDER BY domain")
            .fetch_all(&mut *tx)
            .await
            .map_err(failed("listing websites that are gone"))?;
        commit(tx).await?;
        Ok(rows.into_iter().map(|(domain, since)| (domain, Timestamp(since))).collect())
    }

    async fn forget_service(&self, service: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM certificate_service WHERE service = $1")
            .bind(service)
            .execute(&mut *tx)
            .await
            .map_err(failed("forgetting a service"))?;
        commit(tx).await
    }
}
