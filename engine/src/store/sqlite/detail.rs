//! One user with websites and names.

use super::foreign::{ForeignRow, foreign};
use super::row::known;
use super::user::user_id;
use super::{SqliteStore, failed, listing, not_found};
use crate::analyze::analyze;
use crate::dcv::remedy_of;
use crate::inventory::display_name;
use crate::model::{
    Coverage, DomainRow, DomainState, InventorySource, KEY_TYPE, KeyType, OthersCertificate, Problem, Timestamp,
    UserDetail, WebsiteRow,
};
use crate::store::{ForeignCertificate, Reading, StoreResult};
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
    revoked_at: Option<i64>,
    issuer: Option<String>,
    fingerprint: Option<String>,
    served_at: Option<i64>,
    foreign_fingerprint: Option<String>,
    #[sqlx(flatten)]
    foreign: ForeignRow,
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
    let (email, key_type, server_key_type): (String, Option<String>, Option<String>) = sqlx::query_as(
        "SELECT email, key_type, (SELECT value FROM option_value WHERE key = $2) FROM hosting_user WHERE id = $1",
    )
    .bind(id)
    .bind(KEY_TYPE)
    .fetch_one(&mut *tx)
    .await
    .map_err(failed("reading a user"))?;
    let choice =
        |word: Option<String>, table| word.map(|word| known(KeyType::parse, table, "key_type", word)).transpose();
    let key_type = choice(key_type, "hosting_user")?;
    let server_key_type = choice(server_key_type, "option_value")?.unwrap_or_default();
    let mut names = names_of(&mut tx, id, now).await?;
    let sites = sites_of(&mut tx, id).await?;
    let mut websites = Vec::with_capacity(sites.len());
    for site in sites {
        let domains = names.remove(&site.id).unwrap_or_default();
        websites.push(website(site, domains, now)?);
    }
    Ok(UserDetail { row, email, key_type, server_key_type, websites })
}

async fn sites_of(tx: &mut SqliteConnection, user: i64) -> StoreResult<Vec<SiteRow>> {
    sqlx::query_as(
        "SELECT w.id, w.domain, w.document_root, w.source, c.not_before, c.not_after, c.revoked_at, c.issuer, c.fingerprint, c.served_at,
             f.fingerprint AS foreign_fingerprint, f.path AS foreign_path, f.facts AS foreign_facts,
             f.reason AS foreign_reason, f.seen_at AS foreign_seen_at
         FROM website w
         LEFT JOIN certificate c ON c.id = w.certificate_id
         LEFT JOIN foreign_certificate f ON f.website_id = w.id AND f.in_place = 1
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
    let coverage = coverage(&site, &domains, now);
    let own = WebsiteRow {
        display: display_name(&site.domain),
        coverage,
        domain: site.domain,
        document_root: site.document_root,
        source: known(InventorySource::parse, "website", "source", site.source)?,
        domains,
        expires_at: site.not_after.map(Timestamp),
        issuer: site.issuer,
        fingerprint: site.fingerprint,
        served_at: site.served_at.map(Timestamp),
        others: None,
    };
    Ok(match foreign(site.foreign)? {
        Some(foreign) => of_others(own, foreign, site.foreign_fingerprint, now),
        None => own,
    })
}

/// Show the certificate of others in the place of AutoSSL's own.
fn of_others(own: WebsiteRow, foreign: ForeignCertificate, fingerprint: Option<String>, now: Timestamp) -> WebsiteRow {
    let none = WebsiteRow { expires_at: None, issuer: None, fingerprint: None, served_at: None, ..own };
    match foreign.reading {
        Reading::Facts(facts) => {
            let wanted = none.domains.iter().filter(|domain| domain.state != DomainState::Excluded);
            let names: Vec<&str> = wanted.map(|domain| domain.name.as_str()).collect();
            let analysis = analyze(Some(&facts), &names, now);
            let mut words = vec![facts.validation.words()];
            words.extend(analysis.defects.iter().map(|defect| defect.words()));
            WebsiteRow {
                coverage: analysis.coverage,
                expires_at: Some(facts.validity.not_after),
                issuer: Some(facts.issuer.clone()),
                fingerprint,
                others: Some(OthersCertificate { path: foreign.path, words: words.join("; ") }),
                ..none
            }
        }
        Reading::Unreadable(reason) => WebsiteRow {
            coverage: Coverage::Unsecured,
            others: Some(OthersCertificate { path: foreign.path, words: reason }),
            ..none
        },
    }
}

fn coverage(site: &SiteRow, domains: &[DomainRow], now: Timestamp) -> Coverage {
    let (Some(not_before), Some(not_after)) = (site.not_before, site.not_after) else { return Coverage::Unsecured };
    if now.0 < not_before || not_after <= now.0 || site.revoked_at.is_some_and(|at| at <= now.0) {
        return Coverage::Defective;
    }
    match domains.iter().any(|domain| domain.state == DomainState::Unsecured) {
        true => Coverage::Incomplete,
        false => Coverage::Secured,
    }
}
