//! The schedule in SQLite.

use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::{ScheduleStore, StoreResult};
use async_trait::async_trait;

#[async_trait]
impl ScheduleStore for SqliteStore {
    async fn next_time(&self, task: &str) -> StoreResult<Option<Timestamp>> {
        let mut tx = self.look().await?;
        let at: Option<i64> = sqlx::query_scalar("SELECT next_at FROM schedule WHERE task = $1")
            .bind(task)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading the schedule"))?;
        Ok(at.map(Timestamp))
    }

    async fn set_next_time(&self, task: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO schedule (task, next_at) VALUES ($1, $2) ON CONFLICT (task) DO UPDATE SET next_at = $2",
        )
        .bind(task)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("setting the schedule"))?;
        commit(tx).await
    }
}
