//! The providers that orders go to, in their order, and how they do, in SQLite.

use super::standing::happen;
use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::queue::machine::Event;
use crate::store::{Breaker, Circuit, JobId, Reordering, StoreResult};
use sqlx::SqliteConnection;

/// List them, the selected one first.
pub(super) async fn list(tx: &mut SqliteConnection) -> StoreResult<Vec<String>> {
    sqlx::query_scalar(
        "SELECT id FROM provider WHERE selected = 1 OR fallback IS NOT NULL ORDER BY selected DESC, fallback",
    )
    .fetch_all(tx)
    .await
    .map_err(failed("listing the providers that orders go to"))
}

/// Change the list. Where it changes, jobs without an order wait no longer.
pub(super) async fn change(store: &SqliteStore, decide: Reordering<'_>, at: Timestamp) -> StoreResult<Vec<String>> {
    let mut tx = store.write().await?;
    let before = list(&mut tx).await?;
    let after = decide(&before);
    if after == before {
        return Ok(after);
    }
    sqlx::query("UPDATE provider SET selected = 0, fallback = NULL WHERE selected = 1 OR fallback IS NOT NULL")
        .execute(&mut *tx)
        .await
        .map_err(failed("emptying the list of providers"))?;
    for (place, id) in (0_i64..).zip(&after) {
        sqlx::query(
            "INSERT INTO provider (id, selected, fallback) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET selected = excluded.selected, fallback = excluded.fallback",
        )
        .bind(id)
        .bind(place == 0)
        .bind((place > 0).then_some(place))
        .execute(&mut *tx)
        .await
        .map_err(failed("putting a provider into the list"))?;
    }
    for job in waiting_without_order(&mut tx).await? {
        happen(&mut tx, job, Event::Retry, "other providers may take the order now", at).await?;
    }
    commit(tx).await?;
    Ok(after)
}

/// Count the open jobs whose order a provider has.
pub(super) async fn orders_open_at(store: &SqliteStore, id: &str) -> StoreResult<u32> {
    let mut tx = store.read().await?;
    sqlx::query_scalar(
        "SELECT count(*) FROM job
         WHERE provider = $1 AND order_url IS NOT NULL
           AND state NOT IN ('issued', 'installing', 'done', 'failed', 'cancelled')",
    )
    .bind(id)
    .fetch_one(&mut *tx)
    .await
    .map_err(failed("counting a provider's orders"))
}

/// Remember whether a provider is asked.
pub(super) async fn set_breaker(store: &SqliteStore, id: &str, breaker: Breaker) -> StoreResult<()> {
    let (since, retry_at) = breaker.down().unzip();
    let outages = match breaker.circuit {
        Circuit::Closed { outages } => outages,
        Circuit::Open { .. } | Circuit::HalfOpen { .. } => 0,
    };
    let mut tx = store.write().await?;
    sqlx::query(
        "INSERT INTO provider (id, outages, openings, down_since, retry_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET
             outages = excluded.outages, openings = excluded.openings,
             down_since = excluded.down_since, retry_at = excluded.retry_at",
    )
    .bind(id)
    .bind(outages)
    .bind(breaker.openings)
    .bind(since.map(|at| at.0))
    .bind(retry_at.map(|at| at.0))
    .execute(&mut *tx)
    .await
    .map_err(failed("remembering whether a provider is asked"))?;
    commit(tx).await
}

async fn waiting_without_order(tx: &mut SqliteConnection) -> StoreResult<Vec<JobId>> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM job WHERE wait_until IS NOT NULL AND state IN ('planned', 'ordering') ORDER BY id",
    )
    .fetch_all(tx)
    .await
    .map_err(failed("listing jobs that wait for a provider"))?;
    Ok(ids.into_iter().map(JobId).collect())
}
