//! Companions in SQLite.

use super::row::known;
use super::{SqliteStore, commit, failed};
use crate::model::Timestamp;
use crate::store::{
    CertificateId, Companion, CompanionRecord, CompanionStore, CompanionTrouble, JobId, JobState, OpenJob, StoreError,
    StoreResult, WebsiteId,
};
use async_trait::async_trait;
use serde::Deserialize;

/// The columns of a website's companion.
#[derive(sqlx::FromRow)]
pub(super) struct CompanionRow {
    companion: Option<String>,
    companion_job: Option<String>,
    companion_code: Option<String>,
    companion_detail: Option<String>,
    companion_failures: u32,
    companion_retry_at: Option<i64>,
}

#[derive(Deserialize)]
struct Issued {
    id: i64,
    of: i64,
    names: Vec<String>,
    not_before: Timestamp,
    not_after: Timestamp,
    revoked_at: Option<Timestamp>,
    fingerprint: String,
    generation: u32,
}

#[derive(Deserialize)]
struct Open {
    id: i64,
    state: String,
    held: u8,
    wait_until: Option<Timestamp>,
    wait_code: Option<String>,
}

#[async_trait]
impl CompanionStore for SqliteStore {
    async fn note_companion_trouble(&self, website: WebsiteId, trouble: &CompanionTrouble) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE website SET companion_code = $2, companion_detail = $3, companion_failures = $4, companion_retry_at = $5
             WHERE id = $1",
        )
        .bind(website.0)
        .bind(&trouble.code)
        .bind(&trouble.detail)
        .bind(trouble.failures)
        .bind(trouble.retry_at.map(|at| at.0))
        .execute(&mut *tx)
        .await
        .map_err(failed("recording why there is no companion"))?;
        commit(tx).await
    }

    async fn take_due_companions(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<WebsiteId>> {
        let mut tx = self.write().await?;
        let rows: Vec<i64> = sqlx::query_scalar(
            "UPDATE website SET companion_retry_at = NULL
             WHERE id IN (SELECT id FROM website WHERE companion_retry_at <= $1 ORDER BY companion_retry_at LIMIT $2)
             RETURNING id",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing websites whose companion is tried again"))?;
        commit(tx).await?;
        Ok(rows.into_iter().map(WebsiteId).collect())
    }

    async fn next_companion(&self) -> StoreResult<Option<Timestamp>> {
        let mut tx = self.look().await?;
        let at: Option<i64> =
            sqlx::query_scalar("SELECT min(companion_retry_at) FROM website WHERE companion_retry_at IS NOT NULL")
                .fetch_one(&mut *tx)
                .await
                .map_err(failed("looking for the next companion"))?;
        Ok(at.map(Timestamp))
    }

    async fn retire_companion(&self, website: WebsiteId, companion: CertificateId) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE website SET companion_id = NULL WHERE id = $1 AND companion_id = $2")
            .bind(website.0)
            .bind(companion.0)
            .execute(&mut *tx)
            .await
            .map_err(failed("taking a companion out of use"))?;
        commit(tx).await
    }
}

/// Read a website's companion.
pub(super) fn companion(row: CompanionRow) -> StoreResult<CompanionRecord> {
    let trouble = row.companion_code.zip(row.companion_detail).map(|(code, detail)| CompanionTrouble {
        code,
        detail,
        failures: row.companion_failures,
        retry_at: row.companion_retry_at.map(Timestamp),
    });
    let job = |open: Open| {
        Ok(OpenJob {
            id: JobId(open.id),
            state: known(JobState::parse, "job", "state", open.state)?,
            held: open.held != 0,
            wait: open.wait_until.map(|until| (until, open.wait_code.unwrap_or_default())),
        })
    };
    Ok(CompanionRecord {
        issued: row.companion.map(|text| read(text, "companion_id")).transpose()?.map(issued),
        job: row.companion_job.map(|text| read(text, "companion_job")).transpose()?.map(job).transpose()?,
        trouble,
    })
}

fn issued(row: Issued) -> Companion {
    Companion {
        id: CertificateId(row.id),
        of: CertificateId(row.of),
        names: row.names,
        not_before: row.not_before,
        not_after: row.not_after,
        revoked_at: row.revoked_at,
        fingerprint: row.fingerprint,
        generation: row.generation,
    }
}

fn read<T: for<'a> Deserialize<'a>>(value: String, column: &'static str) -> StoreResult<T> {
    serde_json::from_str(&value).map_err(|_| StoreError::Corrupt { table: "website", column, value })
}
