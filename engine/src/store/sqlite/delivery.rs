//! How long providers took for their newest certificates, in SQLite.

use super::{SqliteStore, failed};
use crate::model::Timestamp;
use crate::store::{DeliveryTime, JobId, StoreResult};
use sqlx::SqliteConnection;

/// So many of each provider are kept.
const KEPT: u32 = 200;

/// Record that a job's certificate is there, which is a call that worked. Its order was sent when the job last began to order.
pub(super) async fn record(tx: &mut SqliteConnection, job: JobId, at: Timestamp) -> StoreResult<()> {
    let provider: String = sqlx::query_scalar("SELECT provider FROM job WHERE id = $1")
        .bind(job.0)
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("reading a job's provider"))?;
    sqlx::query(
        "INSERT INTO delivery (provider, seconds, at)
         SELECT $1, max(0, $3 - sent), $3
         FROM (SELECT max(at) AS sent FROM job_event WHERE job_id = $2 AND state = 'ordering') WHERE sent IS NOT NULL",
    )
    .bind(&provider)
    .bind(job.0)
    .bind(at.0)
    .execute(&mut *tx)
    .await
    .map_err(failed("recording a delivery time"))?;
    sqlx::query(
        "DELETE FROM delivery WHERE provider = $1
         AND id <= (SELECT id FROM delivery WHERE provider = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(&provider)
    .bind(KEPT)
    .execute(&mut *tx)
    .await
    .map_err(failed("forgetting old delivery times"))?;
    sqlx::query("UPDATE provider SET succeeded_at = max(coalesce(succeeded_at, $2), $2) WHERE id = $1")
        .bind(&provider)
        .bind(at.0)
        .execute(tx)
        .await
        .map_err(failed("remembering that a provider issued"))?;
    Ok(())
}

pub(super) async fn list(store: &SqliteStore) -> StoreResult<Vec<DeliveryTime>> {
    let mut tx = store.look().await?;
    let rows: Vec<(String, u32)> = sqlx::query_as("SELECT provider, seconds FROM delivery ORDER BY provider, id")
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing delivery times"))?;
    Ok(rows.into_iter().map(|(provider, seconds)| DeliveryTime { provider, seconds }).collect())
}

pub(super) async fn forget(tx: &mut SqliteConnection, provider: &str) -> StoreResult<()> {
    sqlx::query("DELETE FROM delivery WHERE provider = $1")
        .bind(provider)
        .execute(tx)
        .await
        .map_err(failed("forgetting delivery times"))?;
    Ok(())
}
