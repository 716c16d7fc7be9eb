//! Websites and certificates in SQLite.

use super::count::outdate_user;
use super::job::enter;
use super::row::list;
use super::{SqliteStore, commit, failed, json_list, not_found};
use crate::model::{RunId, Timestamp};
use crate::store::{
    CertificateId, CertificateRecord, JobId, JobState, NewCertificate, StoreResult, Website, WebsiteId, WebsiteOutcome,
    WebsiteStore,
};
use async_trait::async_trait;
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct WebsiteRow {
    id: i64,
    user: String,
    domain: String,
    document_root: String,
    last_run: Option<String>,
    names: String,
    #[sqlx(flatten)]
    certificate: CertificateRow,
}

/// The columns of the certificate, all null where there is none.
#[derive(sqlx::FromRow)]
struct CertificateRow {
    certificate_id: Option<i64>,
    certificate_names: String,
    not_before: Option<i64>,
    not_after: Option<i64>,
    issuer: Option<String>,
    fingerprint: Option<String>,
    serial: Option<String>,
    generation: Option<u32>,
    installed_at: Option<i64>,
    served_at: Option<i64>,
}

/// Every column of [`WebsiteRow`], followed by the rest of the statement.
macro_rules! select_website {
    ($rest:literal) => {
        concat!(
            "SELECT w.id, u.name AS user, w.domain, w.document_root, w.last_run,
             (SELECT json_group_array(d.name ORDER BY d.position) FROM domain d
              WHERE d.website_id = w.id AND d.excluded = 0) AS names,
             c.id AS certificate_id, c.not_before, c.not_after, c.issuer, c.fingerprint, c.serial, c.generation,
             c.installed_at, c.served_at,
             (SELECT json_group_array(n.name ORDER BY n.position) FROM certificate_name n
              WHERE n.certificate_id = c.id) AS certificate_names
             FROM website w
             JOIN hosting_user u ON u.id = w.user_id
             LEFT JOIN certificate c ON c.id = w.certificate_id ",
            $rest
        )
    };
}

#[async_trait]
impl WebsiteStore for SqliteStore {
    async fn websites_of(&self, user: &str) -> StoreResult<Vec<Website>> {
        let mut tx = self.read().await?;
        let rows: Vec<WebsiteRow> = sqlx::query_as(select_website!("WHERE u.name = $1 ORDER BY w.id"))
            .bind(user)
            .fetch_all(&mut *tx)
            .await
            .map_err(failed("listing a user's websites"))?;
        rows.into_iter().map(website).collect()
    }

    async fn website(&self, id: WebsiteId) -> StoreResult<Website> {
        let mut tx = self.read().await?;
        let row: Option<WebsiteRow> = sqlx::query_as(select_website!("WHERE w.id = $1"))
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a website"))?;
        row.map(website).transpose()?.ok_or_else(|| not_found("website", id.0))
    }

    async fn count_websites(&self, users: &[String]) -> StoreResult<u32> {
        let mut tx = self.read().await?;
        sqlx::query_scalar(
            "SELECT count(*) FROM hosting_user u JOIN website w ON w.user_id = u.id
             WHERE u.name IN (SELECT value FROM json_each($1))
               AND EXISTS (SELECT 1 FROM domain d WHERE d.website_id = w.id AND d.excluded = 0)",
        )
        .bind(json_list(users))
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("counting websites"))
    }

    async fn record_certificate(&self, job: JobId, new: &NewCertificate, at: Timestamp) -> StoreResult<CertificateId> {
        let mut tx = self.write().await?;
        let user = user_of(&mut tx, new.website).await?;
        let id = put_certificate(&mut tx, new, at).await?;
        sqlx::query("UPDATE website SET certificate_id = $2 WHERE id = $1")
            .bind(new.website.0)
            .bind(id.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("giving a website its certificate"))?;
        enter(&mut tx, job, JobState::Issued, &new.serial, at).await?;
        sqlx::query("UPDATE job SET certificate_id = $2 WHERE id = $1")
            .bind(job.0)
            .bind(id.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("giving a job its certificate"))?;
        outdate_user(&mut tx, user).await?;
        commit(tx).await?;
        Ok(id)
    }

    async fn mark_installed(&self, id: CertificateId, at: Timestamp, served: Option<Timestamp>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query("UPDATE certificate SET installed_at = $2, served_at = $3 WHERE id = $1")
            .bind(id.0)
            .bind(at.0)
            .bind(served.map(|moment| moment.0))
            .execute(&mut *tx)
            .await
            .map_err(failed("marking a certificate as installed"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("certificate", id.0));
        }
        commit(tx).await
    }

    async fn finish_website(&self, run: &RunId, id: WebsiteId, outcome: &WebsiteOutcome) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let user = user_of(&mut tx, id).await?;
        let fresh = set_outcome(&mut tx, run, id, outcome).await?;
        set_problems(&mut tx, id, outcome).await?;
        set_check(&mut tx, run, user, outcome.at).await?;
        if fresh {
            add_counts(&mut tx, run, outcome).await?;
        }
        outdate_user(&mut tx, user).await?;
        commit(tx).await
    }
}

async fn user_of(tx: &mut SqliteConnection, id: WebsiteId) -> StoreResult<i64> {
    let user: Option<i64> = sqlx::query_scalar("SELECT user_id FROM website WHERE id = $1")
        .bind(id.0)
        .fetch_optional(tx)
        .await
        .map_err(failed("reading a website's user"))?;
    user.ok_or_else(|| not_found("website", id.0))
}

async fn put_certificate(tx: &mut SqliteConnection, new: &NewCertificate, at: Timestamp) -> StoreResult<CertificateId> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO certificate (website_id, not_before, not_after, issuer, fingerprint, serial, generation, issued_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    )
    .bind(new.website.0)
    .bind(new.not_before.0)
    .bind(new.not_after.0)
    .bind(&new.issuer)
    .bind(&new.fingerprint)
    .bind(&new.serial)
    .bind(new.generation)
    .bind(at.0)
    .fetch_one(&mut *tx)
    .await
    .map_err(failed("recording a certificate"))?;
    sqlx::query(
        "INSERT INTO certificate_name (certificate_id, position, name)
         SELECT $1, min(key), value FROM json_each($2) GROUP BY value",
    )
    .bind(id)
    .bind(json_list(&new.names))
    .execute(tx)
    .await
    .map_err(failed("recording a certificate's names"))?;
    Ok(CertificateId(id))
}

/// Record how the website ended; tell whether this is the first time in this run.
async fn set_outcome(
    tx: &mut SqliteConnection,
    run: &RunId,
    id: WebsiteId,
    outcome: &WebsiteOutcome,
) -> StoreResult<bool> {
    let first: bool = sqlx::query_scalar("SELECT last_run IS NOT $2 FROM website WHERE id = $1")
        .bind(id.0)
        .bind(&run.0)
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("reading a website's last run"))?;
    sqlx::query("UPDATE website SET last_run = $2, last_result = $3 WHERE id = $1")
        .bind(id.0)
        .bind(&run.0)
        .bind(outcome.result.as_str())
        .execute(tx)
        .await
        .map_err(failed("recording a website's outcome"))?;
    Ok(first)
}

async fn set_problems(tx: &mut SqliteConnection, id: WebsiteId, outcome: &WebsiteOutcome) -> StoreResult<()> {
    sqlx::query(
        "UPDATE domain SET problem_code = NULL, problem_detail = NULL, problem_at = NULL
         WHERE website_id = $1 AND problem_code IS NOT NULL",
    )
    .bind(id.0)
    .execute(&mut *tx)
    .await
    .map_err(failed("clearing problems"))?;
    for problem in &outcome.problems {
        sqlx::query(
            "UPDATE domain SET problem_code = $3, problem_detail = $4, problem_at = $5
             WHERE website_id = $1 AND name = $2",
        )
        .bind(id.0)
        .bind(&problem.name)
        .bind(&problem.code)
        .bind(&problem.detail)
        .bind(outcome.at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("recording a problem"))?;
    }
    Ok(())
}

/// Set the user's last check: the worst result among the websites that this run has dealt with.
async fn set_check(tx: &mut SqliteConnection, run: &RunId, user: i64, at: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE hosting_user SET checked_at = $3, result = (
             SELECT w.last_result FROM website w WHERE w.user_id = $1 AND w.last_run = $2
             ORDER BY CASE w.last_result WHEN 'failed' THEN 0 WHEN 'incomplete' THEN 1 ELSE 2 END LIMIT 1
         ) WHERE id = $1",
    )
    .bind(user)
    .bind(&run.0)
    .bind(at.0)
    .execute(tx)
    .await
    .map_err(failed("recording a user's check"))?;
    Ok(())
}

async fn add_counts(tx: &mut SqliteConnection, run: &RunId, outcome: &WebsiteOutcome) -> StoreResult<()> {
    let counts = &outcome.counts;
    let changed = sqlx::query(
        "UPDATE run SET users = users + $2, websites = websites + $3, websites_done = websites_done + $4,
             kept = kept + $5, issued = issued + $6, served = served + $7, failed = failed + $8,
             names_failed = names_failed + $9
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
    .execute(tx)
    .await
    .map_err(failed("adding to a run's counts"))?;
    if changed.rows_affected() == 0 {
        return Err(not_found("run", run));
    }
    Ok(())
}

fn website(row: WebsiteRow) -> StoreResult<Website> {
    Ok(Website {
        id: WebsiteId(row.id),
        user: row.user,
        domain: row.domain,
        names: list("domain", "name", row.names)?,
        document_root: row.document_root,
        certificate: certificate(row.certificate)?,
        last_run: row.last_run.map(RunId),
    })
}

fn certificate(row: CertificateRow) -> StoreResult<Option<CertificateRecord>> {
    let CertificateRow {
        certificate_id: Some(id),
        not_before: Some(not_before),
        not_after: Some(not_after),
        issuer: Some(issuer),
        fingerprint: Some(fingerprint),
        serial: Some(serial),
        generation: Some(generation),
        certificate_names,
        installed_at,
        served_at,
    } = row
    else {
        return Ok(None);
    };
    Ok(Some(CertificateRecord {
        id: CertificateId(id),
        names: list("certificate_name", "name", certificate_names)?,
        not_before: Timestamp(not_before),
        not_after: Timestamp(not_after),
        issuer,
        fingerprint,
        serial,
        generation,
        installed_at: installed_at.map(Timestamp),
        served_at: served_at.map(Timestamp),
    }))
}
