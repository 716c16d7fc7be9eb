//! Certificates of others in SQLite.

use super::count::outdate_user;
use super::{SqliteStore, commit, failed, json_list};
use crate::model::{RunScope, Timestamp};
use crate::store::{
    ConfiguredCertificate, ConfiguredWebsite, ForeignCertificate, ForeignStore, InPlace, Reading, SeenCertificate,
    StoreError, StoreResult, WebsiteId,
};
use async_trait::async_trait;
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct ConfiguredRow {
    website_id: i64,
    user: String,
    domain: String,
    certificate_path: String,
    key_path: Option<String>,
    stamp: Option<String>,
    own: Option<String>,
}

/// The columns of the certificate of others that is in place, all null where there is none.
#[derive(sqlx::FromRow)]
pub(super) struct ForeignRow {
    foreign_path: Option<String>,
    foreign_facts: Option<String>,
    foreign_reason: Option<String>,
    foreign_seen_at: Option<i64>,
}

#[async_trait]
impl ForeignStore for SqliteStore {
    async fn configured_certificates(&self, scope: &RunScope) -> StoreResult<Vec<ConfiguredWebsite>> {
        let user = match scope {
            RunScope::AllUsers => None,
            RunScope::User(name) => Some(name),
            RunScope::Queue => return Ok(Vec::new()),
        };
        let mut tx = self.look().await?;
        let rows: Vec<ConfiguredRow> = sqlx::query_as(
            "SELECT w.id AS website_id, u.name AS user, w.domain, w.configured_certificate AS certificate_path,
                    w.configured_key AS key_path, f.stamp, c.fingerprint AS own
             FROM website w
             JOIN hosting_user u ON u.id = w.user_id
             LEFT JOIN foreign_certificate f ON f.website_id = w.id
             LEFT JOIN certificate c ON c.id = w.certificate_id
             WHERE w.configured_certificate IS NOT NULL AND ($1 IS NULL OR u.name = $1)
             ORDER BY w.id",
        )
        .bind(user)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing configured certificates"))?;
        let configured = |row: ConfiguredRow| ConfiguredWebsite {
            website: WebsiteId(row.website_id),
            user: row.user,
            domain: row.domain,
            files: ConfiguredCertificate {
                certificate: row.certificate_path.into(),
                key: row.key_path.map(Into::into),
            },
            stamp: row.stamp,
            own: row.own,
        };
        Ok(rows.into_iter().map(configured).collect())
    }

    async fn own_fingerprints(&self, fingerprints: &[String]) -> StoreResult<Vec<String>> {
        let mut tx = self.look().await?;
        sqlx::query_scalar(
            "SELECT value FROM json_each($1) WHERE value IN (SELECT fingerprint FROM certificate) ORDER BY key",
        )
        .bind(json_list(fingerprints))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("looking for own certificates"))
    }

    async fn record_seen(&self, seen: &[SeenCertificate], at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for certificate in seen {
            let user: Option<i64> =
                sqlx::query_scalar("SELECT user_id FROM website WHERE id = $1 AND configured_certificate IS NOT NULL")
                    .bind(certificate.website.0)
                    .fetch_optional(&mut *tx)
                    .await
                    .map_err(failed("reading a configured certificate"))?;
            let Some(user) = user else { continue };
            put(&mut tx, certificate, at).await?;
            put_names(&mut tx, certificate).await?;
            outdate_user(&mut tx, user).await?;
        }
        commit(tx).await
    }
}

async fn put(tx: &mut SqliteConnection, seen: &SeenCertificate, at: Timestamp) -> StoreResult<()> {
    let (facts, reason, accepted) = match &seen.reading {
        Reading::Facts(facts) => (Some(serde_json::json!(facts).to_string()), None, facts.accepted_during()),
        Reading::Unreadable(reason) => (None, Some(reason), None),
    };
    // A file that is read again although nothing in it changed was seen when it was seen first.
    sqlx::query(
        "INSERT INTO foreign_certificate (
             website_id, path, stamp, in_place, fingerprint, facts, reason, accepted_from, accepted_until, seen_at
         ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (website_id) DO UPDATE SET
             seen_at = CASE WHEN fingerprint = $5 THEN seen_at ELSE $10 END,
             path = $2, stamp = $3, in_place = $4, fingerprint = $5, facts = $6, reason = $7, accepted_from = $8,
             accepted_until = $9",
    )
    .bind(seen.website.0)
    .bind(&seen.path)
    .bind(&seen.stamp)
    .bind(seen.in_place == InPlace::Foreign)
    .bind(&seen.fingerprint)
    .bind(facts)
    .bind(reason)
    .bind(accepted.map(|validity| validity.not_before.0))
    .bind(accepted.map(|validity| validity.not_after.0))
    .bind(at.0)
    .execute(tx)
    .await
    .map_err(failed("recording a certificate of others"))?;
    Ok(())
}

async fn put_names(tx: &mut SqliteConnection, seen: &SeenCertificate) -> StoreResult<()> {
    let names = match &seen.reading {
        Reading::Facts(facts) => facts.names.as_slice(),
        Reading::Unreadable(_) => &[],
    };
    sqlx::query("DELETE FROM foreign_certificate_name WHERE website_id = $1")
        .bind(seen.website.0)
        .execute(&mut *tx)
        .await
        .map_err(failed("replacing the names of a certificate of others"))?;
    sqlx::query("INSERT INTO foreign_certificate_name (website_id, name) SELECT DISTINCT $1, value FROM json_each($2)")
        .bind(seen.website.0)
        .bind(json_list(names))
        .execute(tx)
        .await
        .map_err(failed("recording the names of a certificate of others"))?;
    Ok(())
}

/// Read the columns of a certificate of others; `None` where there is none.
pub(super) fn foreign(row: ForeignRow) -> StoreResult<Option<ForeignCertificate>> {
    let (Some(path), Some(seen_at)) = (row.foreign_path, row.foreign_seen_at) else { return Ok(None) };
    let reading = match row.foreign_facts {
        Some(text) => match serde_json::from_str(&text) {
            Ok(facts) => Reading::Facts(facts),
            Err(_) => {
                return Err(StoreError::Corrupt { table: "foreign_certificate", column: "facts", value: text });
            }
        },
        None => Reading::Unreadable(row.foreign_reason.unwrap_or_default()),
    };
    Ok(Some(ForeignCertificate { path, reading, seen_at: Timestamp(seen_at) }))
}
