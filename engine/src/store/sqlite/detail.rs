//! One user with websites and names.

use super::row::known;
use super::user::user_id;
use super::{SqliteStore, failed, listing, not_found};
use crate::dcv::remedy_of;
use crate::inventory::display_name;
use crate::model::{Coverage, DomainRow, DomainState, InventorySource, Problem, Timestamp, UserDetail, WebsiteRow};
use crate::store::StoreResult;
use sqlx::SqliteConnection;
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
struct SiteRow {
    id: i64,
    domain: String,
    document_root: String,
    source: String,
    not_before: Option<i64>,
    not_after: Option<i64>,
    issuer: Option<String>,
    fingerprint: Option<String>,
    served_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct NameRow {
    website_id: i64,
    name: String,
    excluded: bool,
    secured: bool,
    problem_code: Option<String>,
    problem_detail: Option<String>,
    problem_at: Option<i64>,
}

/// Show a user; `NotFound` where there is none.
pub(super) async fn show(store: &SqliteStore, name: &str, now: Timestamp) -> StoreResult<UserDetail> {
    let mut tx = store.read().await?;
    let id = user_id(&mut tx, name).await?;
    let row = listing::rows(&mut tx, &[id], now).await?.pop().ok_or_else(|| not_found("user", name))?;
    let email = sqlx::query_scalar("SELECT email FROM hosting_user WHERE id = $1")
        .bind(id)
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("reading a user"))?;
    let mut names = names_of(&mut tx, id, now).await?;
    let sites = sites_of(&mut tx, id).await?;
    let websites = sites.into_iter().map(|site| {
        let domains = names.remove(&site.id).unwrap_or_default();
        website(site, domains, now)
    });
    Ok(UserDetail { row, email, websites: websites.collect::<StoreResult<_>>()? })
}

async fn sites_of(tx: &mut SqliteConnection, user: i64) -> StoreResult<Vec<SiteRow>> {
    sqlx::query_as(
        "SELECT w.id, w.domain, w.document_root, w.source, c.not_before, c.not_after, c.issuer, c.fingerprint, c.served_at
         FROM website w LEFT JOIN certificate c ON c.id = w.certificate_id
         WHERE w.user_id = $1 ORDER BY w.domain",
    )
    .bind(user)
    .fetch_all(tx)
    .await
    .map_err(failed("listing a user's websites"))
}

async fn names_of(tx: &mut SqliteConnection, user: i64, now: Timestamp) -> StoreResult<HashMap<i64, Vec<DomainRow>>> {
    let rows: Vec<NameRow> = sqlx::query_as(
        "SELECT d.website_id, d.name, d.excluded, d.problem_code, d.problem_detail, d.problem_at,
             (d.covered AND d.not_before <= $2 AND $2 < d.not_after) AS secured
         FROM domain_coverage d WHERE d.user_id = $1 ORDER BY d.website_id, d.position",
    )
    .bind(user)
    .bind(now.0)
    .fetch_all(tx)
    .await
    .map_err(failed("listing a user's domains"))?;
    let mut names: HashMap<i64, Vec<DomainRow>> = HashMap::new();
    for row in rows {
        names.entry(row.website_id).or_default().push(domain(row));
    }
    Ok(names)
}

fn domain(row: NameRow) -> DomainRow {
    let problem = match (row.problem_code, row.problem_detail, row.problem_at) {
        (Some(code), Some(detail), Some(at)) => {
            Some(Problem { remedy: remedy_of(&code), code, detail, at: Timestamp(at) })
        }
        _ => None,
    };
    let state = match (row.excluded, row.secured) {
        (true, _) => DomainState::Excluded,
        (false, true) => DomainState::Secured,
        (false, false) => DomainState::Unsecured,
    };
    DomainRow { display: display_name(&row.name), name: row.name, state, problem }
}

fn website(site: SiteRow, domains: Vec<DomainRow>, now: Timestamp) -> StoreResult<WebsiteRow> {
    Ok(WebsiteRow {
        display: display_name(&site.domain),
        coverage: coverage(&site, &domains, now),
        domain: site.domain,
        document_root: site.document_root,
        source: known(InventorySource::parse, "website", "source", site.source)?,
        domains,
        expires_at: site.not_after.map(Timestamp),
        issuer: site.issuer,
        fingerprint: site.fingerprint,
        served_at: site.served_at.map(Timestamp),
    })
}

fn coverage(site: &SiteRow, domains: &[DomainRow], now: Timestamp) -> Coverage {
    let (Some(not_before), Some(not_after)) = (site.not_before, site.not_after) else { return Coverage::Unsecured };
    if now.0 < not_before || not_after <= now.0 {
        return Coverage::Defective;
    }
    match domains.iter().any(|domain| domain.state == DomainState::Unsecured) {
        true => Coverage::Incomplete,
        false => Coverage::Secured,
    }
}
