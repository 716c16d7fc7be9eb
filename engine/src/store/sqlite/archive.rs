//! Every certificate that was ever issued, in SQLite.

use super::certificate::known_key;
use super::count::outdate_user;
use super::row::{known, list};
use super::standing::happen;
use super::{SqliteStore, commit, failed, not_found};
use crate::model::{
    CertificateQuery, CertificateRow, CertificateScope, Revocation, RevocationReason, RevocationSigner,
    SuggestedWindow, Timestamp,
};
use crate::queue::machine::{Event, Step};
use crate::store::{ArchiveStore, ArchivedCertificate, CertificateId, JobId, StoreResult};
use async_trait::async_trait;
use sqlx::SqliteConnection;

const DEFAULT_ROWS: u32 = 500;
const MOST_ROWS: u32 = 5_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    website: Option<String>,
    user: Option<String>,
    in_use: bool,
    companion: bool,
    names: String,
    issuer: String,
    provider: Option<String>,
    serial: String,
    fingerprint: String,
    key_type: Option<String>,
    profile: Option<String>,
    not_before: i64,
    not_after: i64,
    issued_at: i64,
    installed_at: Option<i64>,
    served_at: Option<i64>,
    ari_start: Option<i64>,
    ari_end: Option<i64>,
    ari_explanation: Option<String>,
    revocation_reason: Option<String>,
    revocation_signer: Option<String>,
    revocation_by: Option<String>,
    revocation_provider: Option<String>,
    revocation_asked_at: Option<i64>,
    revoked_at: Option<i64>,
    shelf: Option<String>,
    generation: u32,
}

/// Every column of [`Row`], followed by the rest of the statement.
macro_rules! select_archived {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, w.domain AS website, u.name AS user,
             coalesce(c.id IN (w.certificate_id, w.companion_id), 0) AS in_use, c.companion_of IS NOT NULL AS companion,
             (SELECT json_group_array(n.name ORDER BY n.position) FROM certificate_name n
              WHERE n.certificate_id = c.id) AS names,
             c.issuer, nullif(c.provider, '') AS provider, c.serial, c.fingerprint, c.key_type, c.profile, c.not_before, c.not_after, c.issued_at,
             c.installed_at, c.served_at, c.ari_start, c.ari_end, c.ari_explanation, c.revocation_reason,
             c.revocation_signer, c.revocation_by, c.revocation_provider, c.revocation_asked_at, c.revoked_at, c.shelf,
             c.generation
             FROM certificate c
             LEFT JOIN website w ON w.id = c.website_id
             LEFT JOIN hosting_user u ON u.id = w.user_id ",
            $rest
        )
    };
}

#[async_trait]
impl ArchiveStore for SqliteStore {
    async fn certificates(&self, query: &CertificateQuery) -> StoreResult<Vec<CertificateRow>> {
        let limit = if query.limit == 0 { DEFAULT_ROWS } else { query.limit.min(MOST_ROWS) };
        let mut tx = self.read().await?;
        let rows: Vec<Row> = sqlx::query_as(select_archived!(
            "WHERE c.id > $1 AND ($2 OR c.id IN (w.certificate_id, w.companion_id))
               AND ($3 = '' OR instr(u.name, $3) > 0 OR EXISTS (
                   SELECT 1 FROM certificate_name s WHERE s.certificate_id = c.id AND instr(s.name, $3) > 0
               ))
             ORDER BY c.id LIMIT $4"
        ))
        .bind(query.after)
        .bind(query.scope == CertificateScope::All)
        .bind(query.search.trim().to_lowercase())
        .bind(limit)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing certificates"))?;
        rows.into_iter().map(|row| Ok(archived(row)?.row)).collect()
    }

    async fn certificates_of(&self, name: &str) -> StoreResult<Vec<ArchivedCertificate>> {
        let mut tx = self.read().await?;
        let website: Option<i64> = sqlx::query_scalar("SELECT website_id FROM domain WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a name's website"))?;
        let rows: Vec<Row> = match website {
            Some(website) => {
                sqlx::query_as(select_archived!("WHERE c.website_id = $1 ORDER BY c.id DESC"))
                    .bind(website)
                    .fetch_all(&mut *tx)
                    .await
            }
            None => sqlx::query_as(select_archived!(
                "WHERE c.id IN (SELECT s.certificate_id FROM certificate_name s WHERE s.name = $1) ORDER BY c.id DESC"
            ))
            .bind(name)
            .fetch_all(&mut *tx)
            .await,
        }
        .map_err(failed("listing a name's certificates"))?;
        rows.into_iter().map(archived).collect()
    }

    async fn open_revocations(&self) -> StoreResult<Vec<ArchivedCertificate>> {
        let mut tx = self.read().await?;
        let rows: Vec<Row> = sqlx::query_as(select_archived!(
            "WHERE c.revocation_asked_at IS NOT NULL AND c.revoked_at IS NULL ORDER BY c.id"
        ))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing open revocations"))?;
        rows.into_iter().map(archived).collect()
    }

    async fn begin_revocation(&self, id: CertificateId, revocation: &Revocation) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query(
            "UPDATE certificate SET
                 revocation_reason = CASE WHEN revoked_at IS NULL THEN $2 ELSE revocation_reason END,
                 revocation_signer = CASE WHEN revoked_at IS NULL THEN $3 ELSE revocation_signer END,
                 revocation_by = CASE WHEN revoked_at IS NULL THEN $4 ELSE revocation_by END,
                 revocation_provider = CASE WHEN revoked_at IS NULL THEN $5 ELSE revocation_provider END,
                 revocation_asked_at = CASE WHEN revoked_at IS NULL THEN $6 ELSE revocation_asked_at END
             WHERE id = $1",
        )
        .bind(id.0)
        .bind(revocation.reason.as_str())
        .bind(revocation.signer.as_str())
        .bind(&revocation.by)
        .bind(&revocation.provider)
        .bind(revocation.asked_at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("writing a revocation down"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("certificate", id.0));
        }
        commit(tx).await
    }

    async fn end_revocation(&self, id: CertificateId, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query(
            "UPDATE certificate SET revoked_at = $2, ari_ask_at = NULL
             WHERE id = $1 AND revocation_asked_at IS NOT NULL AND revoked_at IS NULL",
        )
        .bind(id.0)
        .bind(at.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("recording a revocation"))?;
        if changed.rows_affected() > 0 {
            give_up_job(&mut tx, id, at).await?;
            outdate(&mut tx, id).await?;
        }
        commit(tx).await
    }

    async fn withdraw_revocation(&self, id: CertificateId) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE certificate SET revocation_reason = NULL, revocation_signer = NULL, revocation_by = NULL,
                 revocation_provider = NULL, revocation_asked_at = NULL
             WHERE id = $1 AND revoked_at IS NULL",
        )
        .bind(id.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("forgetting a revocation"))?;
        commit(tx).await
    }
}

/// Give up the job that was about to install a certificate.
async fn give_up_job(tx: &mut SqliteConnection, id: CertificateId, at: Timestamp) -> StoreResult<()> {
    let job: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM job WHERE certificate_id = $1 AND state NOT IN ('done', 'failed', 'cancelled')",
    )
    .bind(id.0)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failed("looking for a certificate's job"))?;
    match job {
        Some(job) => happen(tx, JobId(job), Event::Step(Step::Fail), "its certificate was revoked", at).await,
        None => Ok(()),
    }
}

/// Say that the counts of a certificate's user no longer hold.
async fn outdate(tx: &mut SqliteConnection, id: CertificateId) -> StoreResult<()> {
    let user: Option<i64> =
        sqlx::query_scalar("SELECT w.user_id FROM certificate c JOIN website w ON w.id = c.website_id WHERE c.id = $1")
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a certificate's user"))?;
    match user {
        Some(user) => outdate_user(tx, user).await,
        None => Ok(()),
    }
}

fn archived(row: Row) -> StoreResult<ArchivedCertificate> {
    let revocation = match (row.revocation_reason, row.revocation_signer, row.revocation_asked_at) {
        (Some(reason), Some(signer), Some(asked_at)) => Some(Revocation {
            reason: known(RevocationReason::parse, "certificate", "revocation_reason", reason)?,
            signer: known(RevocationSigner::parse, "certificate", "revocation_signer", signer)?,
            by: row.revocation_by.unwrap_or_default(),
            provider: row.revocation_provider,
            asked_at: Timestamp(asked_at),
            revoked_at: row.revoked_at.map(Timestamp),
        }),
        _ => None,
    };
    let window = row.ari_start.zip(row.ari_end).map(|(start, end)| SuggestedWindow {
        start: Timestamp(start),
        end: Timestamp(end),
        explanation_url: row.ari_explanation,
    });
    Ok(ArchivedCertificate {
        shelf: row.shelf,
        generation: row.generation,
        row: CertificateRow {
            id: row.id,
            website: row.website,
            user: row.user,
            in_use: row.in_use,
            companion: row.companion,
            names: list("certificate_name", "name", row.names)?,
            issuer: row.issuer,
            provider: row.provider,
            serial: row.serial,
            fingerprint: row.fingerprint,
            key_type: row.key_type.map(known_key).transpose()?,
            profile: row.profile,
            not_before: Timestamp(row.not_before),
            not_after: Timestamp(row.not_after),
            issued_at: Timestamp(row.issued_at),
            installed_at: row.installed_at.map(Timestamp),
            served_at: row.served_at.map(Timestamp),
            window,
            revocation,
        },
    })
}
