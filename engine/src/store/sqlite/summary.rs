//! The whole server in numbers.

use super::{SqliteStore, count, failed};
use crate::dcv::remedy_of;
use crate::model::{CoverageCounts, ProblemGroup, Timestamp};
use crate::store::StoreResult;

pub(super) async fn totals(
    store: &SqliteStore,
    now: Timestamp,
    expiring_before: Timestamp,
) -> StoreResult<(u32, u32, u32)> {
    let mut tx = store.look().await?;
    sqlx::query_as(
        "SELECT
             (SELECT count(*) FROM hosting_user),
             (SELECT count(*) FROM website),
             (SELECT count(*) FROM certificate c JOIN website w ON w.certificate_id = c.id
              WHERE c.not_after > $1 AND c.not_after < $2 AND c.revoked_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM foreign_certificate f WHERE f.website_id = w.id AND f.in_place = 1))
             + (SELECT count(*) FROM foreign_certificate f
                WHERE f.in_place = 1 AND f.accepted_until > $1 AND f.accepted_until < $2)",
    )
    .bind(now.0)
    .bind(expiring_before.0)
    .fetch_one(&mut *tx)
    .await
    .map_err(failed("counting users and websites"))
}

pub(super) async fn coverage(store: &SqliteStore, now: Timestamp) -> StoreResult<CoverageCounts> {
    count::refresh(store, now).await?;
    let mut tx = store.look().await?;
    let (all, total, secured, failing): (u32, u32, u32, u32) = sqlx::query_as(
        "SELECT
             (SELECT coalesce(sum(names_total), 0) FROM hosting_user),
             coalesce(sum(names_total), 0), coalesce(sum(names_secured), 0), coalesce(sum(names_failing), 0)
         FROM hosting_user
         WHERE suspended = 0 AND (decision = 'enabled' OR (
             decision = 'inherited' AND package_id IN (SELECT id FROM package WHERE autossl = 1)
         ))",
    )
    .fetch_one(&mut *tx)
    .await
    .map_err(failed("counting names"))?;
    let unsecured = total.saturating_sub(secured).saturating_sub(failing);
    Ok(CoverageCounts { secured, unsecured, failing, off: all.saturating_sub(total) })
}

pub(super) async fn problems(store: &SqliteStore, now: Timestamp) -> StoreResult<Vec<ProblemGroup>> {
    let mut tx = store.look().await?;
    let rows: Vec<(String, u32, String, String, String)> = sqlx::query_as(
        "WITH cause AS (
             SELECT d.problem_code AS code, count(*) AS names, min(d.name) AS example
             FROM domain_coverage d
             JOIN hosting_user u ON u.id = d.user_id
             JOIN package p ON p.id = u.package_id
             WHERE d.problem_code IS NOT NULL AND d.excluded = 0
               AND NOT (d.covered AND d.not_before <= $1 AND $1 < d.not_after)
               AND u.suspended = 0 AND (u.decision = 'enabled' OR (u.decision = 'inherited' AND p.autossl = 1))
             GROUP BY d.problem_code
             ORDER BY names DESC, code LIMIT 10
         )
         SELECT cause.code, cause.names, cause.example, d.problem_detail, u.name
         FROM cause
         JOIN domain d ON d.name = cause.example
         JOIN website w ON w.id = d.website_id
         JOIN hosting_user u ON u.id = w.user_id
         ORDER BY cause.names DESC, cause.code",
    )
    .bind(now.0)
    .fetch_all(&mut *tx)
    .await
    .map_err(failed("grouping problems"))?;
    let group = |(code, names, example, detail, user): (String, u32, String, String, String)| ProblemGroup {
        remedy: remedy_of(&code),
        code,
        names,
        example,
        detail,
        user,
    };
    Ok(rows.into_iter().map(group).collect())
}
