//! Runs in SQLite.

use super::row::known;
use super::{SqliteStore, commit, failed, not_found};
use crate::model::{Page, RunCounts, RunId, RunScope, RunState, RunSummary, Timestamp};
use crate::store::{NewRun, RunStore, StoreResult};
use async_trait::async_trait;
use sqlx::SqliteConnection;

/// A run of users, in the column `kind`.
const CHECK: &str = "check";
/// A run of pending jobs.
const QUEUE: &str = "queue";

#[derive(sqlx::FromRow)]
struct RunRow {
    id: String,
    kind: String,
    scope_user: Option<String>,
    provider: String,
    requested_by: String,
    state: String,
    started_at: i64,
    ended_at: Option<i64>,
    reason: Option<String>,
    users: u32,
    websites: u32,
    websites_done: u32,
    kept: u32,
    issued: u32,
    served: u32,
    failed: u32,
    names_failed: u32,
    waiting: u32,
}

/// Every column of [`RunRow`], followed by the rest of the statement.
macro_rules! select_run {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, scope_user, provider, requested_by, state, started_at, ended_at, reason, users, websites,
             websites_done, kept, issued, served, failed, names_failed, waiting FROM run ",
            $rest
        )
    };
}

#[async_trait]
impl RunStore for SqliteStore {
    async fn queue_run(&self, new: &NewRun) -> StoreResult<RunId> {
        let mut tx = self.write().await?;
        let (kind, user) = match &new.scope {
            RunScope::AllUsers => (CHECK, None),
            RunScope::User(name) => (CHECK, Some(name)),
            RunScope::Queue => (QUEUE, None),
        };
        let open: Option<String> = sqlx::query_scalar(
            "SELECT id FROM run WHERE state IN ('queued', 'running') AND kind = $1 AND scope_user IS $2",
        )
        .bind(kind)
        .bind(user)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("looking for an open run"))?;
        if let Some(id) = open {
            return Ok(RunId(id));
        }
        let at = free_moment(&mut tx, new.at).await?;
        let id = at.rfc3339();
        sqlx::query("INSERT INTO run (id, kind, scope_user, requested_by, started_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(&id)
            .bind(kind)
            .bind(user)
            .bind(&new.requested_by)
            .bind(at.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("queueing a run"))?;
        commit(tx).await?;
        Ok(RunId(id))
    }

    async fn next_run(&self) -> StoreResult<Option<RunSummary>> {
        let mut tx = self.look().await?;
        let row: Option<RunRow> = sqlx::query_as(select_run!(
            "WHERE state IN ('queued', 'running') ORDER BY CASE state WHEN 'running' THEN 0 ELSE 1 END, id LIMIT 1"
        ))
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("reading the next run"))?;
        row.map(summary).transpose()
    }

    async fn start_run(&self, id: &RunId, provider: &str, users: u32, websites: u32) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query(
            "UPDATE run SET state = 'running', provider = $2, users = $3, websites = $4
             WHERE id = $1 AND state IN ('queued', 'running')",
        )
        .bind(&id.0)
        .bind(provider)
        .bind(users)
        .bind(websites)
        .execute(&mut *tx)
        .await
        .map_err(failed("starting a run"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("run", id));
        }
        commit(tx).await
    }

    async fn end_run(&self, id: &RunId, state: RunState, reason: Option<&str>, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query(
            "UPDATE run SET state = $2, reason = $3, ended_at = $4 WHERE id = $1 AND state IN ('queued', 'running')",
        )
        .bind(&id.0)
        .bind(state.as_str())
        .bind(reason)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("ending a run"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("run", id));
        }
        commit(tx).await
    }

    async fn count_served(&self, id: &RunId, served: u32) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query("UPDATE run SET served = served + $2 WHERE id = $1")
            .bind(&id.0)
            .bind(served)
            .execute(&mut *tx)
            .await
            .map_err(failed("counting served certificates"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("run", id));
        }
        commit(tx).await
    }

    async fn request_stop(&self, id: &RunId) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query("UPDATE run SET stop_requested = 1 WHERE id = $1 AND state IN ('queued', 'running')")
            .bind(&id.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("asking a run to stop"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("run", id));
        }
        commit(tx).await
    }

    async fn stop_requested(&self, id: &RunId) -> StoreResult<bool> {
        let mut tx = self.look().await?;
        let flag: Option<bool> = sqlx::query_scalar("SELECT stop_requested FROM run WHERE id = $1")
            .bind(&id.0)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading whether a run is to stop"))?;
        flag.ok_or_else(|| not_found("run", id))
    }

    async fn run(&self, id: &RunId) -> StoreResult<RunSummary> {
        let mut tx = self.look().await?;
        let row: Option<RunRow> = sqlx::query_as(select_run!("WHERE id = $1"))
            .bind(&id.0)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a run"))?;
        row.map(summary).transpose()?.ok_or_else(|| not_found("run", id))
    }

    async fn runs(&self, page: u32, per_page: u32) -> StoreResult<Page<RunSummary>> {
        let mut tx = self.read().await?;
        let total: u32 = sqlx::query_scalar("SELECT count(*) FROM run")
            .fetch_one(&mut *tx)
            .await
            .map_err(failed("counting runs"))?;
        let window = super::listing::Window::new(page, per_page, total);
        let rows: Vec<RunRow> = sqlx::query_as(select_run!("ORDER BY id DESC LIMIT $1 OFFSET $2"))
            .bind(window.per_page)
            .bind(window.offset)
            .fetch_all(&mut *tx)
            .await
            .map_err(failed("listing runs"))?;
        Ok(window.page(rows.into_iter().map(summary).collect::<StoreResult<_>>()?))
    }
}

/// Move forward by whole seconds to a moment that names no run yet.
async fn free_moment(tx: &mut SqliteConnection, at: Timestamp) -> StoreResult<Timestamp> {
    let mut free = at;
    loop {
        let taken: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM run WHERE id = $1)")
            .bind(free.rfc3339())
            .fetch_one(&mut *tx)
            .await
            .map_err(failed("naming a run"))?;
        if !taken {
            return Ok(free);
        }
        free = free.plus(1);
    }
}

fn summary(row: RunRow) -> StoreResult<RunSummary> {
    Ok(RunSummary {
        id: RunId(row.id),
        scope: match row.kind.as_str() {
            QUEUE => RunScope::Queue,
            _ => row.scope_user.map_or(RunScope::AllUsers, RunScope::User),
        },
        provider: row.provider,
        requested_by: row.requested_by,
        state: known(RunState::parse, "run", "state", row.state)?,
        started_at: Timestamp(row.started_at),
        ended_at: row.ended_at.map(Timestamp),
        counts: RunCounts {
            users: row.users,
            websites: row.websites,
            websites_done: row.websites_done,
            kept: row.kept,
            issued: row.issued,
            served: row.served,
            failed: row.failed,
            names_failed: row.names_failed,
            waiting: row.waiting,
        },
        reason: row.reason,
    })
}
