//! Each user's counts of names: a cache of what the view `domain_coverage` says, so that listings can sort by it.
//!
//! What secures a name changes with time. Each user's counts therefore carry the interval in which they hold: from the last
//! to the next begin or end of one of the user's certificates. A change of the names, problems or certificates makes the
//! interval empty with [`outdate_user`]; whoever reads the counts calls [`refresh`] first.

use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::StoreResult;
use sqlx::SqliteConnection;

/// Bring the counts that do not hold at `now` up to date. Nothing is written where all hold.
pub(super) async fn refresh(store: &SqliteStore, now: Timestamp) -> StoreResult<()> {
    let mut tx = store.read().await?;
    let outdated: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM hosting_user WHERE counted_until <= $1)
             OR EXISTS (SELECT 1 FROM hosting_user WHERE counted_from > $1)",
    )
    .bind(now.0)
    .fetch_one(&mut *tx)
    .await
    .map_err(failed("looking for outdated counts"))?;
    drop(tx);
    if !outdated {
        return Ok(());
    }
    let mut tx = store.write().await?;
    refresh_within(&mut tx, now).await?;
    commit(tx).await
}

/// As [`refresh`], in a transaction that writes already.
pub(super) async fn refresh_within(tx: &mut SqliteConnection, now: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE hosting_user SET (names_total, names_secured, names_failing, share, counted_from, counted_until) = (
             SELECT
                 total, secured, failing, CASE total WHEN 0 THEN 1000000 ELSE secured * 1000000 / total END,
                 coalesce(last_change, -9223372036854775807), coalesce(next_change, 9223372036854775807)
             FROM (
                 SELECT
                     count(*) AS total,
                     count(*) FILTER (WHERE d.covered AND d.not_before <= $1 AND $1 < d.not_after) AS secured,
                     count(*) FILTER (
                         WHERE d.problem_code IS NOT NULL
                         AND NOT (d.covered AND d.not_before <= $1 AND $1 < d.not_after)
                     ) AS failing,
                     max(CASE WHEN d.not_after <= $1 THEN d.not_after WHEN d.not_before <= $1 THEN d.not_before END)
                         AS last_change,
                     min(CASE WHEN d.not_before > $1 THEN d.not_before WHEN d.not_after > $1 THEN d.not_after END)
                         AS next_change
                 FROM domain_coverage d
                 WHERE d.user_id = hosting_user.id AND d.excluded = 0
             )
         )
         WHERE counted_until <= $1 OR counted_from > $1",
    )
    .bind(now.0)
    .execute(tx)
    .await
    .map_err(failed("refreshing counts"))?;
    Ok(())
}

/// Say that a user's counts no longer hold.
pub(super) async fn outdate_user(tx: &mut SqliteConnection, user_id: i64) -> StoreResult<()> {
    sqlx::query(
        "UPDATE hosting_user SET counted_from = 9223372036854775807, counted_until = -9223372036854775807 WHERE id = $1",
    )
    .bind(user_id)
    .execute(tx)
    .await
    .map_err(failed("outdating counts"))?;
    Ok(())
}
