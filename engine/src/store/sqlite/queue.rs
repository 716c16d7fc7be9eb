//! The pending queue in SQLite.

use super::job::due;
use super::listing::Window;
use super::row::{known, list};
use super::standing::happen;
use super::{SqliteStore, commit, failed, not_found};
use crate::model::{Page, QueueQuery, QueueRow, QueueState, RunId, Timestamp};
use crate::queue::machine::Event;
use crate::store::{Job, JobId, QueueStore, StoreResult, Wait};
use async_trait::async_trait;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    website: String,
    user: String,
    names: String,
    provider: String,
    seen_state: String,
    since: i64,
    wait_code: Option<String>,
    reason: String,
    wait_until: Option<i64>,
    tries: u32,
    run: String,
    planned_at: i64,
}

/// The jobs as people see them, as of $1.
macro_rules! seen_jobs {
    () => {
        "(SELECT j.id, w.domain AS website, u.name AS user, j.provider, j.since, j.tries, j.run, j.planned_at,
             CASE
                 WHEN j.state IN ('done', 'failed', 'cancelled') THEN j.state
                 WHEN j.held = 1 THEN 'held'
                 WHEN j.wait_until > $1 AND j.state = 'finalizing' THEN 'processing'
                 WHEN j.wait_until > $1 THEN 'waiting'
                 WHEN j.state = 'ordering' THEN 'ordered'
                 WHEN j.state = 'finalizing' THEN 'processing'
                 ELSE j.state
             END AS seen_state,
             CASE WHEN j.wait_until > $1 THEN j.wait_code END AS wait_code,
             CASE WHEN j.wait_until > $1 THEN j.wait_until END AS wait_until,
             coalesce(
                 CASE WHEN j.wait_until > $1 THEN j.wait_detail END,
                 (SELECT e.detail FROM job_event e WHERE e.job_id = j.id ORDER BY e.id DESC LIMIT 1), ''
             ) AS reason,
             (SELECT json_group_array(n.name ORDER BY n.position) FROM job_name n WHERE n.job_id = j.id) AS names
         FROM job j JOIN website w ON w.id = j.website_id JOIN hosting_user u ON u.id = w.user_id)"
    };
}

/// What a listing shows: $2 is a part of a name, $3 a state or null.
macro_rules! wanted {
    () => {
        " WHERE (website LIKE '%' || $2 || '%' OR user LIKE '%' || $2 || '%')
            AND CASE WHEN $3 IS NULL THEN seen_state NOT IN ('done', 'failed', 'cancelled') ELSE seen_state = $3 END"
    };
}

#[async_trait]
impl QueueStore for SqliteStore {
    async fn let_wait(&self, id: JobId, wait: &Wait, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let detail = format!("waits until {}: {}", wait.until.rfc3339(), wait.detail);
        happen(&mut tx, id, Event::Wait { until: wait.until }, &detail, at).await?;
        sqlx::query("UPDATE job SET wait_code = $2, wait_detail = $3 WHERE id = $1")
            .bind(id.0)
            .bind(&wait.code)
            .bind(&wait.detail)
            .execute(&mut *tx)
            .await
            .map_err(failed("saying why a job waits"))?;
        commit(tx).await
    }

    async fn retry_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()> {
        self.decide(id, Event::Retry, &format!("tried again at once for {by}"), at).await
    }

    async fn due_jobs(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<Job>> {
        due(self, now, limit).await
    }

    async fn next_due(&self) -> StoreResult<Option<Timestamp>> {
        let mut tx = self.look().await?;
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT min(wait_until) FROM job
             WHERE wait_until IS NOT NULL AND held = 0 AND state NOT IN ('done', 'failed', 'cancelled')",
        )
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("looking for the next due job"))?;
        Ok(at.map(Timestamp))
    }

    async fn hold_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()> {
        self.decide(id, Event::Hold, &format!("held by {by}"), at).await
    }

    async fn release_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()> {
        self.decide(id, Event::Release, &format!("released by {by}"), at).await
    }

    async fn cancel_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()> {
        self.decide(id, Event::Cancel, &format!("cancelled by {by}"), at).await
    }

    async fn queue(&self, query: &QueueQuery, now: Timestamp) -> StoreResult<Page<QueueRow>> {
        let mut tx = self.read().await?;
        let state = query.state.map(QueueState::as_str);
        let total: u32 = sqlx::query_scalar(concat!("SELECT count(*) FROM ", seen_jobs!(), wanted!()))
            .bind(now.0)
            .bind(&query.search)
            .bind(state)
            .fetch_one(&mut *tx)
            .await
            .map_err(failed("counting jobs"))?;
        let window = Window::new(query.page, query.per_page, total);
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT * FROM ",
            seen_jobs!(),
            wanted!(),
            " ORDER BY coalesce(wait_until, 0), id LIMIT $4 OFFSET $5"
        ))
        .bind(now.0)
        .bind(&query.search)
        .bind(state)
        .bind(window.per_page)
        .bind(window.offset)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing jobs"))?;
        Ok(window.page(rows.into_iter().map(queue_row).collect::<StoreResult<_>>()?))
    }

    async fn queued(&self, id: JobId, now: Timestamp) -> StoreResult<QueueRow> {
        let mut tx = self.look().await?;
        let row: Option<Row> = sqlx::query_as(concat!("SELECT * FROM ", seen_jobs!(), " WHERE id = $2"))
            .bind(now.0)
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a job"))?;
        row.map(queue_row).transpose()?.ok_or_else(|| not_found("job", id.0))
    }
}

impl SqliteStore {
    /// Do with a job what an administrator wants.
    async fn decide(&self, id: JobId, event: Event, detail: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        happen(&mut tx, id, event, detail, at).await?;
        commit(tx).await
    }
}

fn queue_row(row: Row) -> StoreResult<QueueRow> {
    Ok(QueueRow {
        id: row.id,
        website: row.website,
        user: row.user,
        names: list("job_name", "name", row.names)?,
        provider: row.provider,
        state: known(QueueState::parse, "job", "state", row.seen_state)?,
        since: Timestamp(row.since),
        code: row.wait_code,
        reason: row.reason,
        next_attempt: row.wait_until.map(Timestamp),
        tries: row.tries,
        run: RunId(row.run),
        planned_at: Timestamp(row.planned_at),
    })
}
