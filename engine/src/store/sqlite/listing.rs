//! The listing of users: search, filters, sort, pages.
//!
//! Each order has an index that also holds what the filters look at, so that finding a page reads no rows but its own. Ties are
//! sorted by name, and a descending order is the exact reverse of the ascending one.

use super::count;
use super::filter::{COUNT_GATHERED, COUNT_WALKED, Filter, gather, walk};
use super::row::known;
use super::{SqliteStore, failed};
use crate::inventory::display_name;
use crate::model::{CheckResult, FeatureSetting, Override, Page, Timestamp, UserQuery, UserRow, UserSort};
use crate::store::StoreResult;
use sqlx::SqliteConnection;

const DEFAULT_ROWS: u32 = 25;
const MOST_ROWS: u32 = 500;

/// So many users are sorted in less time than it takes to find them along an index.
const MOST_GATHERED: u32 = 10_000;

/// Which rows of a listing to show.
pub(super) struct Window {
    pub(super) per_page: u32,
    pub(super) offset: u32,
    page: u32,
    total: u32,
}

impl Window {
    /// Cut a listing of `total` rows: page 0 counts as 1, a page after the last one as the last one.
    pub(super) fn new(page: u32, per_page: u32, total: u32) -> Self {
        let per_page = if per_page == 0 { DEFAULT_ROWS } else { per_page.min(MOST_ROWS) };
        let page = page.clamp(1, total.div_ceil(per_page).max(1));
        Self { per_page, offset: (page - 1) * per_page, page, total }
    }

    pub(super) fn page<T>(self, rows: Vec<T>) -> Page<T> {
        Page { rows, page: self.page, per_page: self.per_page, total: self.total }
    }
}

/// The rows of the users whose numbers are in $1, in that order, as of $2.
const ROWS: &str = "
    SELECT
        u.name, u.owner, p.name AS package, u.suspended, p.autossl AS feature, u.decision, u.checked_at, u.result,
        (SELECT w.domain FROM website w WHERE w.user_id = u.id ORDER BY w.position LIMIT 1) AS primary_domain,
        (SELECT count(*) FROM domain_coverage d WHERE d.user_id = u.id AND d.excluded = 0) AS names_total,
        (SELECT count(*) FROM domain_coverage d
         WHERE d.user_id = u.id AND d.excluded = 0 AND d.covered AND d.not_before <= $2 AND $2 < d.not_after
        ) AS names_secured
    FROM json_each($1) page
    CROSS JOIN hosting_user u ON u.id = page.value
    CROSS JOIN package p ON p.id = u.package_id
    ORDER BY page.key";

#[derive(sqlx::FromRow)]
struct ListedRow {
    name: String,
    owner: String,
    package: String,
    primary_domain: Option<String>,
    suspended: bool,
    feature: bool,
    decision: String,
    names_secured: u32,
    names_total: u32,
    checked_at: Option<i64>,
    result: Option<String>,
}

/// List one page.
pub(super) async fn list(store: &SqliteStore, query: &UserQuery, now: Timestamp) -> StoreResult<Page<UserRow>> {
    if query.sort == UserSort::Coverage {
        count::refresh(store, now).await?;
    }
    let filter = Filter::of(query);
    let phrase = filter.phrase();
    let mut tx = store.read().await?;
    let (count, search) = match &phrase {
        Some(phrase) => (COUNT_GATHERED, phrase),
        None => (COUNT_WALKED, &filter.search),
    };
    let total: u32 = sqlx::query_scalar(count)
        .bind(search)
        .bind(filter.decision)
        .bind(filter.result)
        .fetch_one(&mut *tx)
        .await
        .map_err(failed("counting users"))?;
    let (page, search) = match &phrase {
        Some(phrase) if total <= MOST_GATHERED => (gather(query.sort, query.direction), phrase),
        _ => (walk(query.sort, query.direction), &filter.search),
    };
    let window = Window::new(query.page, query.per_page, total);
    let ids: Vec<i64> = sqlx::query_scalar(page)
        .bind(search)
        .bind(filter.decision)
        .bind(filter.result)
        .bind(window.per_page)
        .bind(window.offset)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("finding users"))?;
    Ok(window.page(rows(&mut tx, &ids, now).await?))
}

/// Read the rows of these users, in this order.
pub(super) async fn rows(tx: &mut SqliteConnection, ids: &[i64], now: Timestamp) -> StoreResult<Vec<UserRow>> {
    let rows: Vec<ListedRow> = sqlx::query_as(ROWS)
        .bind(serde_json::Value::from(ids).to_string())
        .bind(now.0)
        .fetch_all(tx)
        .await
        .map_err(failed("listing users"))?;
    rows.into_iter().map(user_row).collect()
}

fn user_row(row: ListedRow) -> StoreResult<UserRow> {
    Ok(UserRow {
        name: row.name,
        owner: row.owner,
        package: row.package,
        primary_domain: row.primary_domain.as_deref().map(display_name),
        suspended: row.suspended,
        feature: if row.feature { FeatureSetting::On } else { FeatureSetting::Off },
        decision: known(Override::parse, "hosting_user", "decision", row.decision)?,
        names_secured: row.names_secured,
        names_total: row.names_total,
        checked_at: row.checked_at.map(Timestamp),
        result: row.result.map(|result| known(CheckResult::parse, "hosting_user", "result", result)).transpose()?,
    })
}
