//! How websites ended in a run, in SQLite.

use super::{failed, json_list, not_found};
use crate::model::RunId;
use crate::store::{StoreResult, WebsiteId, WebsiteOutcome};
use sqlx::SqliteConnection;

/// Record how websites ended and add to the run's counts.
pub(super) async fn finish(
    tx: &mut SqliteConnection,
    run: &RunId,
    outcomes: &[(WebsiteId, WebsiteOutcome)],
) -> StoreResult<()> {
    for (id, outcome) in outcomes {
        let (user, fresh) = standing(tx, run, *id).await?;
        set_outcome(tx, run, *id, user, outcome).await?;
        set_problems(tx, *id, outcome).await?;
        if fresh {
            add_counts(tx, run, outcome).await?;
        }
    }
    Ok(())
}

/// Tell whether there is such a website.
pub(super) async fn is_there(tx: &mut SqliteConnection, id: WebsiteId) -> StoreResult<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM website WHERE id = $1)")
        .bind(id.0)
        .fetch_one(tx)
        .await
        .map_err(failed("looking for a website"))
}

/// Find the user of a website; `NotFound` where there is no such website.
pub(super) async fn user_of(tx: &mut SqliteConnection, id: WebsiteId) -> StoreResult<i64> {
    let user: Option<i64> = sqlx::query_scalar("SELECT user_id FROM website WHERE id = $1")
        .bind(id.0)
        .fetch_optional(tx)
        .await
        .map_err(failed("reading a website's user"))?;
    user.ok_or_else(|| not_found("website", id.0))
}

/// Find the user of a website, and whether this run has not dealt with it yet.
async fn standing(tx: &mut SqliteConnection, run: &RunId, id: WebsiteId) -> StoreResult<(i64, bool)> {
    let row: Option<(i64, bool)> = sqlx::query_as("SELECT user_id, last_run IS NOT $2 FROM website WHERE id = $1")
        .bind(id.0)
        .bind(&run.0)
        .fetch_optional(tx)
        .await
        .map_err(failed("reading a website's last run"))?;
    row.ok_or_else(|| not_found("website", id.0))
}

/// Record how the website ended, clear the problems that are over, and give its user the worst result among the websites that this run
/// has dealt with. The user's counts no longer hold; see [`super::count`].
async fn set_outcome(
    tx: &mut SqliteConnection,
    run: &RunId,
    id: WebsiteId,
    user: i64,
    outcome: &WebsiteOutcome,
) -> StoreResult<()> {
    let mentioned = outcome.problems.iter().map(|problem| &problem.name).chain(&outcome.standing);
    let mentioned: Vec<String> = mentioned.cloned().collect();
    sqlx::query(
        "UPDATE website SET last_run = $2, last_result = $3 WHERE id = $1;
         UPDATE domain SET problem_code = NULL, problem_detail = NULL, problem_at = NULL, failures = 0, failing_since = NULL,
             retry_at = NULL
         WHERE website_id = $1 AND problem_code IS NOT NULL AND name NOT IN (SELECT value FROM json_each($4));
         UPDATE hosting_user SET checked_at = $6, result = (
             SELECT w.last_result FROM website w WHERE w.user_id = $5 AND w.last_run = $2
             ORDER BY CASE w.last_result WHEN 'failed' THEN 0 WHEN 'incomplete' THEN 1 ELSE 2 END LIMIT 1
         ), counted_from = 9223372036854775807, counted_until = -9223372036854775807 WHERE id = $5",
    )
    .bind(id.0)
    .bind(&run.0)
    .bind(outcome.result.as_str())
    .bind(json_list(&mentioned))
    .bind(user)
    .bind(outcome.at.0)
    .execute(tx)
    .await
    .map_err(failed("recording a website's outcome"))?;
    Ok(())
}

async fn set_problems(tx: &mut SqliteConnection, id: WebsiteId, outcome: &WebsiteOutcome) -> StoreResult<()> {
    for problem in &outcome.problems {
        sqlx::query(
            "UPDATE domain SET problem_code = $3, problem_detail = $4, problem_at = $5,
                 failing_since = CASE WHEN problem_code LIKE 'foreign%' THEN $5 ELSE coalesce(failing_since, $5) END,
                 failures = failures + ($6 IS NOT NULL),
                 retry_at = coalesce($6, retry_at)
             WHERE website_id = $1 AND name = $2",
        )
        .bind(id.0)
        .bind(&problem.name)
        .bind(&problem.code)
        .bind(&problem.detail)
        .bind(outcome.at.0)
        .bind(problem.retry_at.map(|at| at.0))
        .execute(&mut *tx)
        .await
        .map_err(failed("recording a problem"))?;
    }
    Ok(())
}

async fn add_counts(tx: &mut SqliteConnection, run: &RunId, outcome: &WebsiteOutcome) -> StoreResult<()> {
    let counts = &outcome.counts;
    let changed = sqlx::query(
        "UPDATE run SET users = users + $2, websites = websites + $3, websites_done = websites_done + $4,
             kept = kept + $5, issued = issued + $6, served = served + $7, failed = failed + $8,
             names_failed = names_failed + $9, waiting = waiting + $10
         WHERE id = $1",
    )
    .bind(&run.0)
    .bind(counts.users)
    .bind(counts.websites)
    .bind(counts.websites_done)
    .bind(counts.kept)
    .bind(counts.issued)
    .bind(counts.served)
    .bind(counts.failed)
    .bind(counts.names_failed)
    .bind(counts.waiting)
    .execute(tx)
    .await
    .map_err(failed("adding to a run's counts"))?;
    if changed.rows_affected() == 0 {
        return Err(not_found("run", run));
    }
    Ok(())
}
