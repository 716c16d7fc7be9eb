//! The providers that orders go to, in their order, in SQLite.

use super::standing::happen;
use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::queue::machine::Event;
use crate::store::{JobId, Reordering, StoreResult};
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

async fn waiting_without_order(tx: &mut SqliteConnection) -> StoreResult<Vec<JobId>> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM job WHERE wait_until IS NOT NULL AND state IN ('planned', 'ordering') ORDER BY id",
    )
    .fetch_all(tx)
    .await
    .map_err(failed("listing jobs that wait for a provider"))?;
    Ok(ids.into_iter().map(JobId).collect())
}
