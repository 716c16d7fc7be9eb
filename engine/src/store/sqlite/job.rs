//! Pending jobs in SQLite.

use super::row::{known, list};
use super::standing::happen;
use super::{SqliteStore, breaks_unique, challenge, commit, conflict, failed, json_list, not_found};
use crate::model::{RunId, Timestamp};
use crate::plan::Occasion;
use crate::queue::machine::{Event, JobState, Standing, Step};
use crate::store::{CertificateId, Challenge, Job, JobEvent, JobId, JobStore, NewJob, StoreResult, WebsiteId};
use async_trait::async_trait;
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct JobRow {
    id: i64,
    run: String,
    website_id: i64,
    names: String,
    provider: String,
    state: String,
    order_url: Option<String>,
    certificate_id: Option<i64>,
    tries: u32,
    replaces: Option<String>,
    planned_at: i64,
    readd: bool,
    companion: bool,
    held: bool,
    wait_until: Option<i64>,
}

/// Every column of [`JobRow`], followed by the rest of the statement.
macro_rules! select_job {
    ($rest:literal) => {
        concat!(
            "SELECT j.id, j.run, j.website_id, j.provider, j.state, j.order_url, j.certificate_id, j.tries,
             j.replaces, j.planned_at, j.readd, j.companion, j.held, j.wait_until,
             (SELECT json_group_array(n.name ORDER BY n.position) FROM job_name n WHERE n.job_id = j.id) AS names
             FROM job j ",
            $rest
        )
    };
}

#[async_trait]
impl JobStore for SqliteStore {
    async fn plan_job(&self, new: &NewJob, at: Timestamp) -> StoreResult<Job> {
        let mut tx = self.write().await?;
        let Standing { state, since, held, wait_until, tries, .. } = Standing::planned(at);
        let planned: Result<Option<i64>, _> = sqlx::query_scalar(
            "INSERT INTO job (run, website_id, state, replaces, planned_at, since, readd, provider, companion)
             SELECT $1, id, $3, $4, $5, $6, $7, $8, $9 FROM website WHERE id = $2 RETURNING id",
        )
        .bind(&new.run.0)
        .bind(new.website.0)
        .bind(state.as_str())
        .bind(&new.replaces)
        .bind(at.0)
        .bind(since.0)
        .bind(new.occasion == Occasion::Readd)
        .bind(&new.provider)
        .bind(new.occasion == Occasion::Companion)
        .fetch_optional(&mut *tx)
        .await;
        let id = match planned {
            Err(error) if breaks_unique(&error, "job.website_id, job.companion") => {
                return Err(conflict("job", domain_of(&mut tx, new.website).await?));
            }
            other => other.map_err(failed("planning a job"))?,
        };
        let id = id.ok_or_else(|| not_found("website", new.website.0))?;
        sqlx::query(
            "INSERT INTO job_name (job_id, position, name) SELECT $1, key, value FROM json_each($2);
             INSERT INTO job_event (job_id, at, state, detail) VALUES ($1, $3, $4, $5)",
        )
        .bind(id)
        .bind(json_list(&new.names))
        .bind(at.0)
        .bind(state.as_str())
        .bind(&new.detail)
        .execute(&mut *tx)
        .await
        .map_err(failed("adding a job's names"))?;
        commit(tx).await?;
        Ok(Job {
            id: JobId(id),
            run: new.run.clone(),
            website: new.website,
            names: new.names.clone(),
            provider: new.provider.clone(),
            state,
            order_url: None,
            certificate: None,
            tries,
            replaces: new.replaces.clone(),
            planned_at: at,
            occasion: new.occasion,
            held,
            wait_until,
        })
    }

    async fn open_job(&self, website: WebsiteId) -> StoreResult<Option<Job>> {
        open(self, website, false).await
    }

    async fn open_companion_job(&self, website: WebsiteId) -> StoreResult<Option<Job>> {
        open(self, website, true).await
    }

    async fn jobs_in(&self, state: JobState) -> StoreResult<Vec<Job>> {
        let mut tx = self.look().await?;
        let rows: Vec<JobRow> = sqlx::query_as(select_job!("WHERE j.state = $1 ORDER BY j.id"))
            .bind(state.as_str())
            .fetch_all(&mut *tx)
            .await
            .map_err(failed("listing jobs"))?;
        rows.into_iter().map(job).collect()
    }

    async fn step_jobs(&self, ids: &[JobId], step: Step, detail: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for id in ids {
            happen(&mut tx, *id, Event::Step(step), detail, at).await?;
        }
        commit(tx).await
    }

    async fn validate_job(&self, id: JobId, challenges: &[Challenge], at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        happen(&mut tx, id, Event::Step(Step::Validate), "", at).await?;
        challenge::put(&mut tx, challenges, at).await?;
        commit(tx).await
    }

    async fn record_order(&self, id: JobId, url: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        happen(&mut tx, id, Event::Record, url, at).await?;
        sqlx::query(
            "UPDATE job SET order_url = $2 WHERE id = $1;
             INSERT INTO acme_order (url, at) VALUES ($2, $3) ON CONFLICT (url) DO NOTHING",
        )
        .bind(id.0)
        .bind(url)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("recording an order"))?;
        commit(tx).await
    }

    async fn replan_job(&self, id: JobId, names: &[String], detail: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        happen(&mut tx, id, Event::Replan, detail, at).await?;
        sqlx::query("DELETE FROM job_name WHERE job_id = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("replacing a job's names"))?;
        put_names(&mut tx, id, names).await?;
        commit(tx).await
    }

    async fn hand_over_job(
        &self,
        id: JobId,
        provider: &str,
        replaces: Option<&str>,
        detail: &str,
        at: Timestamp,
    ) -> StoreResult<()> {
        let mut tx = self.write().await?;
        happen(&mut tx, id, Event::HandOver, detail, at).await?;
        sqlx::query("UPDATE job SET provider = $2, replaces = $3 WHERE id = $1")
            .bind(id.0)
            .bind(provider)
            .bind(replaces)
            .execute(&mut *tx)
            .await
            .map_err(failed("giving a job to another provider"))?;
        commit(tx).await
    }

    async fn adopt_job(&self, id: JobId, run: &RunId) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed =
            sqlx::query("UPDATE job SET run = $2 WHERE id = $1 AND state NOT IN ('done', 'failed', 'cancelled')")
                .bind(id.0)
                .bind(&run.0)
                .execute(&mut *tx)
                .await
                .map_err(failed("giving a job to another run"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("job", id.0));
        }
        commit(tx).await
    }

    async fn unknown_orders(&self, urls: &[String]) -> StoreResult<Vec<String>> {
        let mut tx = self.look().await?;
        sqlx::query_scalar(
            "SELECT value FROM json_each($1) WHERE value NOT IN (SELECT url FROM acme_order) ORDER BY key",
        )
        .bind(json_list(urls))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("looking for unknown orders"))
    }

    async fn job_events(&self, id: JobId) -> StoreResult<Vec<JobEvent>> {
        let mut tx = self.look().await?;
        let rows: Vec<(i64, String, String)> =
            sqlx::query_as("SELECT at, state, detail FROM job_event WHERE job_id = $1 ORDER BY id")
                .bind(id.0)
                .fetch_all(&mut *tx)
                .await
                .map_err(failed("listing a job's history"))?;
        let event = |(at, state, detail)| {
            let state = known(JobState::parse, "job_event", "state", state)?;
            Ok(JobEvent { at: Timestamp(at), state, detail })
        };
        rows.into_iter().map(event).collect()
    }
}

async fn open(store: &SqliteStore, website: WebsiteId, companion: bool) -> StoreResult<Option<Job>> {
    let mut tx = store.look().await?;
    let row: Option<JobRow> = sqlx::query_as(select_job!(
        "WHERE j.website_id = $1 AND j.companion = $2 AND j.state NOT IN ('done', 'failed', 'cancelled')"
    ))
    .bind(website.0)
    .bind(companion)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failed("reading a website's job"))?;
    row.map(job).transpose()
}

async fn domain_of(tx: &mut SqliteConnection, website: WebsiteId) -> StoreResult<String> {
    sqlx::query_scalar("SELECT domain FROM website WHERE id = $1")
        .bind(website.0)
        .fetch_one(tx)
        .await
        .map_err(failed("reading a job's website"))
}

async fn put_names(tx: &mut SqliteConnection, id: JobId, names: &[String]) -> StoreResult<()> {
    sqlx::query("INSERT INTO job_name (job_id, position, name) SELECT $1, key, value FROM json_each($2)")
        .bind(id.0)
        .bind(json_list(names))
        .execute(tx)
        .await
        .map_err(failed("adding a job's names"))?;
    Ok(())
}

/// List open jobs that waited and may go on, in the order in which they were planned.
pub(super) async fn due(store: &SqliteStore, now: Timestamp, limit: u32) -> StoreResult<Vec<Job>> {
    let mut tx = store.look().await?;
    let rows: Vec<JobRow> = sqlx::query_as(select_job!(
        "WHERE j.wait_until <= $1 AND j.held = 0 AND j.state NOT IN ('done', 'failed', 'cancelled')
         ORDER BY j.planned_at, j.id LIMIT $2"
    ))
    .bind(now.0)
    .bind(limit)
    .fetch_all(&mut *tx)
    .await
    .map_err(failed("listing due jobs"))?;
    rows.into_iter().map(job).collect()
}

fn job(row: JobRow) -> StoreResult<Job> {
    Ok(Job {
        id: JobId(row.id),
        run: RunId(row.run),
        website: WebsiteId(row.website_id),
        names: list("job_name", "name", row.names)?,
        provider: row.provider,
        state: known(JobState::parse, "job", "state", row.state)?,
        order_url: row.order_url,
        certificate: row.certificate_id.map(CertificateId),
        tries: row.tries,
        replaces: row.replaces,
        planned_at: Timestamp(row.planned_at),
        occasion: match (row.companion, row.readd) {
            (true, _) => Occasion::Companion,
            (false, true) => Occasion::Readd,
            (false, false) => Occasion::Ordinary,
        },
        held: row.held,
        wait_until: row.wait_until.map(Timestamp),
    })
}
