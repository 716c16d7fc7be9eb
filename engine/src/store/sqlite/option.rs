//! Options in SQLite.

use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::{OptionStore, OptionValue, StoreResult};
use async_trait::async_trait;

#[async_trait]
impl OptionStore for SqliteStore {
    async fn option_values(&self) -> StoreResult<Vec<OptionValue>> {
        let mut tx = self.look().await?;
        let rows: Vec<(String, String, String, i64)> =
            sqlx::query_as("SELECT key, value, set_by, set_at FROM option_value ORDER BY key")
                .fetch_all(&mut *tx)
                .await
                .map_err(failed("listing options"))?;
        let value = |(key, value, set_by, set_at)| OptionValue { key, value, set_by, set_at: Timestamp(set_at) };
        Ok(rows.into_iter().map(value).collect())
    }

    async fn set_option_values(&self, values: &[(String, String)], by: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for (key, value) in values {
            sqlx::query(
                "INSERT INTO option_value (key, value, set_by, set_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (key) DO UPDATE SET value = $2, set_by = $3, set_at = $4",
            )
            .bind(key)
            .bind(value)
            .bind(by)
            .bind(at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("setting an option"))?;
        }
        commit(tx).await
    }
}
