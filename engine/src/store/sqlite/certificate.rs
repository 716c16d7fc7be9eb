//! Certificates in SQLite.

use super::count::outdate_user;
use super::row::{known, list};
use super::standing::happen;
use super::{SqliteStore, commit, delivery, failed, json_list, not_found, outcome};
use crate::model::{KeyType, Timestamp};
use crate::queue::machine::Event;
use crate::store::{
    CertificateId, CertificateRecord, CertificateStore, JobId, NewCertificate, RenewableCertificate, RenewalQuestion,
    RenewalWindow, StoreResult, WebsiteId,
};
use async_trait::async_trait;
use sqlx::SqliteConnection;

/// The columns of the certificate, all null where there is none.
#[derive(sqlx::FromRow)]
pub(super) struct CertificateRow {
    certificate_id: Option<i64>,
    certificate_names: String,
    not_before: Option<i64>,
    not_after: Option<i64>,
    issuer: Option<String>,
    issued_by: Option<String>,
    fingerprint: Option<String>,
    serial: Option<String>,
    generation: Option<u32>,
    installed_at: Option<i64>,
    served_at: Option<i64>,
    ari_id: Option<String>,
    ari_start: Option<i64>,
    ari_end: Option<i64>,
    ari_explanation: Option<String>,
    key_type: Option<String>,
    revoked_at: Option<i64>,
}

#[async_trait]
impl CertificateStore for SqliteStore {
    async fn record_certificate(&self, job: JobId, new: &NewCertificate, at: Timestamp) -> StoreResult<CertificateId> {
        let mut tx = self.write().await?;
        let user = outcome::user_of(&mut tx, new.website).await?;
        let id = put_certificate(&mut tx, job, new, at).await?;
        happen(&mut tx, job, Event::Issue, &new.serial, at).await?;
        sqlx::query(
            "INSERT INTO certificate_name (certificate_id, position, name)
             SELECT $2, min(key), value FROM json_each($4) GROUP BY value;
             UPDATE job SET certificate_id = $2 WHERE id = $3;
             UPDATE certificate SET companion_of = (SELECT certificate_id FROM website WHERE id = $1)
             WHERE id = $2 AND (SELECT companion FROM job WHERE id = $3);
             UPDATE website SET companion_id = $2, companion_code = NULL, companion_detail = NULL, companion_failures = 0,
                 companion_retry_at = NULL
             WHERE id = $1 AND (SELECT companion FROM job WHERE id = $3);
             UPDATE website SET certificate_id = $2 WHERE id = $1 AND NOT (SELECT companion FROM job WHERE id = $3);
             -- What the website has is the certificate that was just issued for it.
             UPDATE foreign_certificate SET in_place = 0
             WHERE website_id = $1 AND NOT (SELECT companion FROM job WHERE id = $3)",
        )
        .bind(new.website.0)
        .bind(id.0)
        .bind(job.0)
        .bind(json_list(&new.names))
        .execute(&mut *tx)
        .await
        .map_err(failed("giving a website its certificate"))?;
        delivery::record(&mut tx, job, at).await?;
        outdate_user(&mut tx, user).await?;
        commit(tx).await?;
        Ok(id)
    }

    async fn mark_installed(&self, id: CertificateId, at: Timestamp, served: Option<Timestamp>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        mark_installed(&mut tx, id, at, served).await?;
        commit(tx).await
    }

    async fn renewal_questions(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<RenewalQuestion>> {
        let mut tx = self.look().await?;
        let rows: Vec<(i64, i64, String, String, String, i64, i64, u32)> = sqlx::query_as(
            "SELECT c.id, w.id, c.provider, c.ari_id, c.serial, c.not_before, c.not_after, c.ari_failures
             FROM certificate c JOIN website w ON w.certificate_id = c.id
             WHERE c.ari_ask_at <= $1 AND c.ari_id IS NOT NULL AND c.not_after > $1 AND c.revoked_at IS NULL
             ORDER BY c.ari_ask_at LIMIT $2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing renewal questions"))?;
        let question = |(id, website, provider, ari_id, serial, not_before, not_after, failures)| RenewalQuestion {
            certificate: CertificateId(id),
            website: WebsiteId(website),
            provider,
            ari_id,
            serial,
            not_before: Timestamp(not_before),
            not_after: Timestamp(not_after),
            failures,
        };
        Ok(rows.into_iter().map(question).collect())
    }

    async fn renewable_certificates(&self) -> StoreResult<Vec<RenewableCertificate>> {
        let mut tx = self.look().await?;
        let rows: Vec<(i64, i64, i64, Option<i64>, Option<i64>)> = sqlx::query_as(
            "SELECT w.id, c.not_before, c.not_after, c.ari_start, c.ari_end
             FROM hosting_user u
             CROSS JOIN website w ON w.user_id = u.id
             JOIN package p ON p.id = u.package_id
             JOIN certificate c ON c.id = w.certificate_id AND c.revoked_at IS NULL
             WHERE u.suspended = 0 AND (u.decision = 'enabled' OR (u.decision = 'inherited' AND p.autossl = 1))
               AND (SELECT max(problem_code) IS NULL AND count(*) > 0 FROM domain d WHERE d.website_id = w.id AND d.excluded = 0)
               AND NOT EXISTS (
                   SELECT 1 FROM job j
                   WHERE j.website_id = w.id AND j.companion = 0 AND j.state NOT IN ('done', 'failed', 'cancelled')
               )",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing certificates that take turns"))?;
        let renewable = |(website, not_before, not_after, start, end): (_, _, _, Option<_>, Option<_>)| {
            let window = start.zip(end).map(|(start, end)| (Timestamp(start), Timestamp(end)));
            let (not_before, not_after) = (Timestamp(not_before), Timestamp(not_after));
            RenewableCertificate { website: WebsiteId(website), not_before, not_after, window }
        };
        Ok(rows.into_iter().map(renewable).collect())
    }

    async fn record_renewal_window(
        &self,
        id: CertificateId,
        window: Option<&RenewalWindow>,
        ask_at: Option<Timestamp>,
    ) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE certificate SET ari_ask_at = $2, ari_failures = CASE WHEN $3 IS NULL THEN ari_failures + 1 ELSE 0 END,
                 ari_start = coalesce($3, ari_start), ari_end = coalesce($4, ari_end),
                 ari_explanation = CASE WHEN $3 IS NULL THEN ari_explanation ELSE $5 END
             WHERE id = $1",
        )
        .bind(id.0)
        .bind(ask_at.map(|at| at.0))
        .bind(window.map(|window| window.start.0))
        .bind(window.map(|window| window.end.0))
        .bind(window.and_then(|window| window.explanation_url.clone()))
        .execute(&mut *tx)
        .await
        .map_err(failed("recording a renewal window"))?;
        commit(tx).await
    }
}

/// Record that services were configured with a certificate, and when handshakes showed it.
pub(super) async fn mark_installed(
    tx: &mut SqliteConnection,
    id: CertificateId,
    at: Timestamp,
    served: Option<Timestamp>,
) -> StoreResult<()> {
    let changed = sqlx::query("UPDATE certificate SET installed_at = $2, served_at = $3 WHERE id = $1")
        .bind(id.0)
        .bind(at.0)
        .bind(served.map(|moment| moment.0))
        .execute(tx)
        .await
        .map_err(failed("marking a certificate as installed"))?;
    if changed.rows_affected() == 0 {
        return Err(not_found("certificate", id.0));
    }
    Ok(())
}

async fn put_certificate(
    tx: &mut SqliteConnection,
    job: JobId,
    new: &NewCertificate,
    at: Timestamp,
) -> StoreResult<CertificateId> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO certificate (
             website_id, not_before, not_after, issuer, fingerprint, serial, generation, issued_at, ari_id, ari_ask_at, provider,
             key_type, profile, shelf
         ) VALUES (
             $1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $9 IS NULL THEN NULL ELSE $8 END,
             coalesce((SELECT provider FROM job WHERE id = $10), ''), $11, $12, $13
         ) RETURNING id",
    )
    .bind(new.website.0)
    .bind(new.not_before.0)
    .bind(new.not_after.0)
    .bind(&new.issuer)
    .bind(&new.fingerprint)
    .bind(&new.serial)
    .bind(new.generation)
    .bind(at.0)
    .bind(&new.ari_id)
    .bind(job.0)
    .bind(new.key_type.map(KeyType::as_str))
    .bind(&new.profile)
    .bind(&new.shelf)
    .fetch_one(tx)
    .await
    .map_err(failed("recording a certificate"))?;
    Ok(CertificateId(id))
}

/// Read a certificate's columns; `None` where there is none.
pub(super) fn certificate(row: CertificateRow) -> StoreResult<Option<CertificateRecord>> {
    let CertificateRow {
        certificate_id: Some(id),
        not_before: Some(not_before),
        not_after: Some(not_after),
        issuer: Some(issuer),
        issued_by: Some(provider),
        fingerprint: Some(fingerprint),
        serial: Some(serial),
        generation: Some(generation),
        certificate_names,
        installed_at,
        served_at,
        ari_id,
        ari_start,
        ari_end,
        ari_explanation,
        key_type,
        revoked_at,
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
        provider,
        fingerprint,
        serial,
        generation,
        installed_at: installed_at.map(Timestamp),
        served_at: served_at.map(Timestamp),
        ari_id,
        window: ari_start.zip(ari_end).map(|(start, end)| RenewalWindow {
            start: Timestamp(start),
            end: Timestamp(end),
            explanation_url: ari_explanation,
        }),
        key_type: key_type.map(known_key).transpose()?,
        revoked_at: revoked_at.map(Timestamp),
    }))
}

/// Read a kind of key.
pub(super) fn known_key(name: String) -> StoreResult<KeyType> {
    known(KeyType::parse, "certificate", "key_type", name)
}
