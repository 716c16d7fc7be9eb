//! Certificates in services, in SQLite.

use super::row::list;
use super::{SqliteStore, commit, failed, json_list};
use crate::model::Timestamp;
use crate::queue::catch_up;
use crate::store::{
    CertificateId, LEFT_ALONE, ServedCertificate, ServiceFact, ServiceProblem, ServiceRecord, ServiceStanding,
    ServiceStore, StoreResult, WebsiteId,
};
use async_trait::async_trait;
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct Row {
    service: String,
    installed_at: Option<i64>,
    served_at: Option<i64>,
    problem_code: Option<String>,
    problem_detail: Option<String>,
    problem_at: Option<i64>,
    tries: u32,
    retry_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct ServedRow {
    id: i64,
    user: String,
    website: String,
    fingerprint: String,
    names: String,
    left_alone: bool,
}

/// A row that has a problem.
#[derive(sqlx::FromRow)]
struct ProblemRow {
    domain: String,
    problem_code: String,
    problem_detail: String,
    problem_at: i64,
    tries: u32,
    retry_at: i64,
}

#[async_trait]
impl ServiceStore for SqliteStore {
    async fn record_service_facts(&self, facts: &[ServiceFact], at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for ServiceFact { certificate, service, standing } in facts {
            match standing {
                ServiceStanding::Unconcerned => put(&mut tx, *certificate, service, None).await?,
                ServiceStanding::Served => put(&mut tx, *certificate, service, Some(at)).await?,
                ServiceStanding::Failed { code, detail } => {
                    put_problem(&mut tx, *certificate, service, (code, detail), at, None).await?;
                }
                ServiceStanding::LeftAlone { detail, until } => {
                    put_problem(&mut tx, *certificate, service, (LEFT_ALONE, detail), at, Some(*until)).await?;
                }
            }
        }
        commit(tx).await
    }

    async fn service_records(&self, certificate: CertificateId) -> StoreResult<Vec<ServiceRecord>> {
        let mut tx = self.read().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT service, installed_at, served_at, problem_code, problem_detail, problem_at, tries, retry_at
             FROM certificate_service WHERE certificate_id = $1 ORDER BY service",
        )
        .bind(certificate.0)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("reading what became of a certificate in services"))?;
        Ok(rows.into_iter().map(record).collect())
    }

    async fn unserved_websites(&self, services: &[String], now: Timestamp) -> StoreResult<Vec<WebsiteId>> {
        let mut tx = self.read().await?;
        let rows: Vec<i64> = sqlx::query_scalar(
            "SELECT DISTINCT w.id FROM website w CROSS JOIN json_each($1) s
             LEFT JOIN certificate_service f ON f.certificate_id = w.certificate_id AND f.service = s.value
             LEFT JOIN certificate_service k ON k.certificate_id = w.companion_id AND k.service = s.value
             WHERE w.certificate_id IS NOT NULL AND (
                 f.service IS NULL OR (f.problem_code IS NOT NULL AND (f.problem_code <> $2 OR f.retry_at <= $3))
                 OR w.companion_id IS NOT NULL AND (k.service IS NULL OR k.problem_code IS NOT NULL)
             )
             ORDER BY w.id",
        )
        .bind(json_list(services))
        .bind(LEFT_ALONE)
        .bind(now.0)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing websites that a service does not serve"))?;
        Ok(rows.into_iter().map(WebsiteId).collect())
    }

    async fn served_certificates(&self, service: &str) -> StoreResult<Vec<ServedCertificate>> {
        let mut tx = self.read().await?;
        let rows: Vec<ServedRow> = sqlx::query_as(
            "SELECT c.id, u.name AS user, w.domain AS website, c.fingerprint, f.problem_code IS NOT NULL AS left_alone,
                 (SELECT json_group_array(n.name ORDER BY n.position) FROM certificate_name n
                  WHERE n.certificate_id = c.id) AS names
             FROM website w
             JOIN certificate c ON c.id = w.certificate_id
             JOIN certificate_service f ON f.certificate_id = c.id AND f.service = $1
             JOIN hosting_user u ON u.id = w.user_id
             JOIN package p ON p.id = u.package_id
             WHERE f.served_at IS NOT NULL AND (f.problem_code IS NULL OR f.problem_code = $2)
               AND u.suspended = 0 AND (u.decision = 'enabled' OR (u.decision = 'inherited' AND p.autossl = 1))
             ORDER BY w.domain",
        )
        .bind(service)
        .bind(LEFT_ALONE)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing what a service serves"))?;
        rows.into_iter().map(served).collect()
    }

    async fn service_problems(&self, service: &str, limit: u32) -> StoreResult<Vec<(String, ServiceProblem)>> {
        let mut tx = self.read().await?;
        let rows: Vec<ProblemRow> = sqlx::query_as(
            "SELECT w.domain, f.problem_code, f.problem_detail, f.problem_at, f.tries, f.retry_at
             FROM certificate_service f JOIN website w ON w.certificate_id = f.certificate_id
             WHERE f.service = $1 AND f.problem_code IS NOT NULL ORDER BY w.domain LIMIT $2",
        )
        .bind(service)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing the problems of a service"))?;
        Ok(rows.into_iter().map(problem).collect())
    }

    async fn services_due(&self, services: &[String], now: Timestamp, limit: u32) -> StoreResult<Vec<WebsiteId>> {
        let mut tx = self.read().await?;
        let rows: Vec<i64> = sqlx::query_scalar(
            "SELECT w.id FROM certificate_service f
             JOIN website w ON w.certificate_id = f.certificate_id OR w.companion_id = f.certificate_id
             WHERE f.retry_at <= $1 AND f.service IN (SELECT value FROM json_each($2))
             GROUP BY w.id ORDER BY min(f.retry_at), w.id LIMIT $3",
        )
        .bind(now.0)
        .bind(json_list(services))
        .bind(limit)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing websites that a service is to serve now"))?;
        Ok(rows.into_iter().map(WebsiteId).collect())
    }
}

/// Note that a certificate is served, or that the service has nothing to do with it.
async fn put(
    tx: &mut SqliteConnection,
    certificate: CertificateId,
    service: &str,
    served: Option<Timestamp>,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO certificate_service (certificate_id, service, installed_at, served_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (certificate_id, service) DO UPDATE SET
             installed_at = CASE WHEN $3 IS NULL THEN NULL ELSE coalesce(installed_at, $3) END, served_at = $3,
             problem_code = NULL, problem_detail = NULL, problem_at = NULL, tries = 0, retry_at = NULL",
    )
    .bind(certificate.0)
    .bind(service)
    .bind(served.map(|at| at.0))
    .execute(tx)
    .await
    .map_err(failed("recording that a service serves a certificate"))?;
    Ok(())
}

/// Note why a certificate is not served. When it was served before stays known. Without a time to try again, the next one is chosen.
async fn put_problem(
    tx: &mut SqliteConnection,
    certificate: CertificateId,
    service: &str,
    (code, detail): (&str, &str),
    at: Timestamp,
    retry_at: Option<Timestamp>,
) -> StoreResult<()> {
    let known: Option<u32> =
        sqlx::query_scalar("SELECT tries FROM certificate_service WHERE certificate_id = $1 AND service = $2")
            .bind(certificate.0)
            .bind(service)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading how often a service was tried"))?;
    let tries = known.unwrap_or(0).saturating_add(1);
    sqlx::query(
        "INSERT INTO certificate_service (
             certificate_id, service, problem_code, problem_detail, problem_at, tries, retry_at
         ) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (certificate_id, service) DO UPDATE SET
             problem_code = $3, problem_detail = $4, problem_at = coalesce(problem_at, $5), tries = $6, retry_at = $7",
    )
    .bind(certificate.0)
    .bind(service)
    .bind(code)
    .bind(detail)
    .bind(at.0)
    .bind(tries)
    .bind(retry_at.unwrap_or_else(|| catch_up::next(tries, at)).0)
    .execute(tx)
    .await
    .map_err(failed("recording why a service does not serve a certificate"))?;
    Ok(())
}

fn served(row: ServedRow) -> StoreResult<ServedCertificate> {
    Ok(ServedCertificate {
        certificate: CertificateId(row.id),
        user: row.user,
        website: row.website,
        fingerprint: row.fingerprint,
        names: list("certificate", "name", row.names)?,
        is_left_alone: row.left_alone,
    })
}

fn problem(row: ProblemRow) -> (String, ServiceProblem) {
    let problem = ServiceProblem {
        code: row.problem_code,
        detail: row.problem_detail,
        at: Timestamp(row.problem_at),
        tries: row.tries,
        retry_at: Timestamp(row.retry_at),
    };
    (row.domain, problem)
}

fn record(row: Row) -> ServiceRecord {
    let problem = match (row.problem_code, row.problem_detail, row.problem_at, row.retry_at) {
        (Some(code), Some(detail), Some(at), Some(retry_at)) => {
            Some(ServiceProblem { code, detail, at: Timestamp(at), tries: row.tries, retry_at: Timestamp(retry_at) })
        }
        _ => None,
    };
    ServiceRecord {
        service: row.service,
        installed_at: row.installed_at.map(Timestamp),
        served_at: row.served_at.map(Timestamp),
        problem,
    }
}
