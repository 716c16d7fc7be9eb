//! Websites in SQLite.

use super::certificate::{CertificateRow, certificate, mark_installed};
use super::companion::{CompanionRow, companion};
use super::foreign::{ForeignRow, foreign};
use super::inventory::configured;
use super::row::{known, list};
use super::standing::happen;
use super::{SqliteStore, commit, failed, not_found, outcome};
use crate::model::{KeyType, RunId, RunScope, Timestamp};
use crate::queue::machine::Event;
use crate::store::{
    Conclusion, JobId, JobState, NameTrouble, OpenJob, StoreError, StoreResult, Website, WebsiteId, WebsiteOutcome,
    WebsitePlace, WebsiteStore,
};
use async_trait::async_trait;

/// Greater than any user's name, which is ASCII.
const AFTER_ALL_NAMES: &str = "\u{7f}";

#[derive(sqlx::FromRow)]
struct WebsiteRow {
    id: i64,
    user: String,
    domain: String,
    document_root: String,
    configured_certificate: Option<String>,
    configured_key: Option<String>,
    last_run: Option<String>,
    names: String,
    troubles: String,
    job_id: Option<i64>,
    job_state: Option<String>,
    job_held: Option<bool>,
    wait_until: Option<i64>,
    wait_code: Option<String>,
    readded: String,
    user_key_type: Option<String>,
    #[sqlx(flatten)]
    certificate: CertificateRow,
    #[sqlx(flatten)]
    companion: CompanionRow,
    #[sqlx(flatten)]
    foreign: ForeignRow,
}

/// Every column of [`WebsiteRow`], followed by the rest of the statement.
macro_rules! select_website {
    ($rest:literal) => {
        concat!(
            "SELECT w.id, u.name AS user, w.domain, w.document_root, w.configured_certificate, w.configured_key, w.last_run,
             (SELECT json_group_array(d.name ORDER BY d.position) FROM domain d
              WHERE d.website_id = w.id AND d.excluded = 0) AS names,
             (SELECT json_group_array(json_object(
                 'name', d.name, 'code', d.problem_code, 'failures', d.failures, 'since', d.failing_since, 'retry_at', d.retry_at
              ) ORDER BY d.position) FROM domain d
              WHERE d.website_id = w.id AND d.excluded = 0 AND d.problem_code IS NOT NULL) AS troubles,
             j.id AS job_id, j.state AS job_state, j.held AS job_held, j.wait_until, j.wait_code,
             c.id AS certificate_id, c.not_before, c.not_after, c.issuer, c.provider AS issued_by, c.fingerprint, c.serial, c.generation,
             c.installed_at, c.served_at, c.ari_id, c.ari_start, c.ari_end, c.ari_explanation, c.key_type, c.revoked_at,
             (SELECT json_group_array(n.name ORDER BY n.position) FROM certificate_name n
              WHERE n.certificate_id = c.id) AS certificate_names,
             (SELECT json_object(
                  'id', k.id, 'of', k.companion_of, 'not_before', k.not_before, 'not_after', k.not_after,
                  'revoked_at', k.revoked_at, 'fingerprint', k.fingerprint, 'generation', k.generation,
                  'names', json((SELECT json_group_array(n.name ORDER BY n.position) FROM certificate_name n
                                 WHERE n.certificate_id = k.id))
              ) FROM certificate k WHERE k.id = w.companion_id) AS companion,
             (SELECT json_object(
                  'id', x.id, 'state', x.state, 'held', x.held, 'wait_until', x.wait_until, 'wait_code', x.wait_code
              ) FROM job x WHERE x.website_id = w.id AND x.companion = 1
                AND x.state NOT IN ('done', 'failed', 'cancelled')) AS companion_job,
             w.companion_code, w.companion_detail, w.companion_failures, w.companion_retry_at,
             f.path AS foreign_path, f.facts AS foreign_facts, f.reason AS foreign_reason, f.seen_at AS foreign_seen_at,
             (SELECT json_group_array(r.planned_at) FROM (
                  SELECT planned_at FROM job WHERE website_id = w.id AND readd = 1 AND tries > 0
                  ORDER BY planned_at DESC LIMIT 10
              ) r) AS readded,
             u.key_type AS user_key_type
             FROM hosting_user u
             CROSS JOIN website w ON w.user_id = u.id
             JOIN package p ON p.id = u.package_id
             LEFT JOIN certificate c ON c.id = w.certificate_id
             LEFT JOIN foreign_certificate f ON f.website_id = w.id AND f.in_place = 1
             LEFT JOIN job j ON j.website_id = w.id AND j.companion = 0 AND j.state NOT IN ('done', 'failed', 'cancelled') ",
            $rest
        )
    };
}

#[async_trait]
impl WebsiteStore for SqliteStore {
    async fn websites_of(&self, user: &str) -> StoreResult<Vec<Website>> {
        let mut tx = self.look().await?;
        let rows: Vec<WebsiteRow> = sqlx::query_as(select_website!("WHERE u.name = $1 ORDER BY w.id"))
            .bind(user)
            .fetch_all(&mut *tx)
            .await
            .map_err(failed("listing a user's websites"))?;
        rows.into_iter().map(website).collect()
    }

    async fn websites_after(
        &self,
        scope: &RunScope,
        after: Option<&WebsitePlace>,
        limit: u32,
    ) -> StoreResult<Vec<Website>> {
        let (first, last) = match scope {
            RunScope::User(name) => (name.as_str(), name.as_str()),
            RunScope::AllUsers | RunScope::Queue => ("", AFTER_ALL_NAMES),
        };
        let (user, id) = after.map_or((first, i64::MIN), |place| (place.user.as_str(), place.id.0));
        let mut tx = self.look().await?;
        let rows: Vec<WebsiteRow> = sqlx::query_as(select_website!(
            "WHERE u.name BETWEEN $1 AND $2 AND (u.name > $1 OR w.id > $3)
               AND u.suspended = 0 AND (u.decision = 'enabled' OR (u.decision = 'inherited' AND p.autossl = 1))
             ORDER BY u.name, w.id LIMIT $4"
        ))
        .bind(user)
        .bind(last)
        .bind(id)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing websites"))?;
        rows.into_iter().map(website).collect()
    }

    async fn website(&self, id: WebsiteId) -> StoreResult<Website> {
        let mut tx = self.look().await?;
        let row: Option<WebsiteRow> = sqlx::query_as(select_website!("WHERE w.id = $1"))
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a website"))?;
        row.map(website).transpose()?.ok_or_else(|| not_found("website", id.0))
    }

    async fn count_eligible(&self, scope: &RunScope) -> StoreResult<(u32, u32)> {
        let mut tx = self.look().await?;
        let (user, open_jobs) = match scope {
            RunScope::AllUsers => (None, false),
            RunScope::User(name) => (Some(name), false),
            RunScope::Queue => (None, true),
        };
        sqlx::query_as(
            "SELECT count(DISTINCT u.id), count(w.id) FROM hosting_user u
             JOIN package p ON p.id = u.package_id
             LEFT JOIN website w ON w.user_id = u.id
                 AND EXISTS (SELECT 1 FROM domain d WHERE d.website_id = w.id AND d.excluded = 0)
             WHERE ($1 IS NULL OR u.name = $1)
               AND u.suspended = 0 AND (u.decision = 'enabled' OR (u.decision = 'inherited' AND p.autossl = 1))
               AND (NOT $2 OR EXISTS (
                   SELECT 1 FROM job j WHERE j.website_id = w.id AND j.state NOT IN ('done', 'failed', 'cancelled')
               ))",
        )
        .bind(user)
        .bind(open_jobs)
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("counting websites"))
    }

    async fn finish_websites(&self, run: &RunId, outcomes: &[(WebsiteId, WebsiteOutcome)]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        outcome::finish(&mut tx, run, outcomes).await?;
        commit(tx).await
    }

    async fn conclude(&self, run: &RunId, conclusions: &[Conclusion]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for Conclusion { website, outcome, installed, job } in conclusions {
            if let Some((certificate, served)) = installed {
                mark_installed(&mut tx, *certificate, outcome.at, *served).await?;
            }
            if !outcome::is_there(&mut tx, *website).await? {
                continue;
            }
            if let Some((job, step, detail)) = job {
                happen(&mut tx, *job, Event::Step(*step), detail, outcome.at).await?;
            }
            outcome::finish(&mut tx, run, &[(*website, outcome.clone())]).await?;
        }
        commit(tx).await
    }
}

fn website(row: WebsiteRow) -> StoreResult<Website> {
    let job = match (row.job_id, row.job_state) {
        (Some(id), Some(state)) => Some(OpenJob {
            id: JobId(id),
            state: known(JobState::parse, "job", "state", state)?,
            held: row.job_held.unwrap_or(false),
            wait: row.wait_until.map(|until| (Timestamp(until), row.wait_code.unwrap_or_default())),
        }),
        _ => None,
    };
    Ok(Website {
        job,
        key_type: row.user_key_type.map(|word| known(KeyType::parse, "hosting_user", "key_type", word)).transpose()?,
        id: WebsiteId(row.id),
        user: row.user,
        domain: row.domain,
        names: list("domain", "name", row.names)?,
        troubles: troubles(row.troubles)?,
        document_root: row.document_root,
        configured_certificate: configured(row.configured_certificate, row.configured_key),
        certificate: certificate(row.certificate)?,
        companion: companion(row.companion)?,
        foreign: foreign(row.foreign)?,
        readded: moments(row.readded)?,
        last_run: row.last_run.map(RunId),
    })
}

fn moments(value: String) -> StoreResult<Vec<Timestamp>> {
    let read: Result<Vec<i64>, _> = serde_json::from_str(&value);
    let read = read.map_err(|_| StoreError::Corrupt { table: "job", column: "planned_at", value })?;
    Ok(read.into_iter().map(Timestamp).collect())
}

fn troubles(value: String) -> StoreResult<Vec<NameTrouble>> {
    serde_json::from_str(&value).map_err(|_| StoreError::Corrupt { table: "domain", column: "problem_code", value })
}
