//! Which websites' visitors are to come over TLS, in SQLite.

use super::row::list;
use super::{SqliteStore, commit, failed, not_found};
use crate::model::HttpsChoice;
use crate::store::{HttpsStore, HttpsWebsite, StoreResult};
use async_trait::async_trait;

#[derive(sqlx::FromRow)]
struct Row {
    user: String,
    domain: String,
    names: String,
    https_redirect: bool,
    hsts_seconds: Option<u32>,
}

#[async_trait]
impl HttpsStore for SqliteStore {
    async fn set_https_redirect(&self, domains: &[String], redirect: bool) -> StoreResult<()> {
        set(self, "UPDATE website SET https_redirect = $2 WHERE domain = $1", domains, Some(u32::from(redirect))).await
    }

    async fn set_hsts(&self, domains: &[String], seconds: Option<u32>) -> StoreResult<()> {
        set(self, "UPDATE website SET hsts_seconds = $2 WHERE domain = $1", domains, seconds).await
    }

    async fn https_websites(&self) -> StoreResult<Vec<HttpsWebsite>> {
        let mut tx = self.look().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT u.name AS user, w.domain, w.https_redirect, w.hsts_seconds,
                 (SELECT json_group_array(d.name ORDER BY d.position) FROM domain d
                  WHERE d.website_id = w.id AND d.excluded = 0) AS names
             FROM website w JOIN hosting_user u ON u.id = w.user_id
             WHERE w.https_redirect = 1 OR w.hsts_seconds IS NOT NULL ORDER BY w.domain",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(failed("listing websites that are to be reached over TLS"))?;
        rows.into_iter().map(website).collect()
    }
}

async fn set(store: &SqliteStore, statement: &'static str, domains: &[String], value: Option<u32>) -> StoreResult<()> {
    let mut tx = store.write().await?;
    for domain in domains {
        let changed = sqlx::query(statement).bind(domain).bind(value).execute(&mut *tx).await;
        let changed = changed.map_err(failed("choosing how a website is reached"))?;
        if changed.rows_affected() == 0 {
            return Err(not_found("website", domain));
        }
    }
    commit(tx).await
}

fn website(row: Row) -> StoreResult<HttpsWebsite> {
    Ok(HttpsWebsite {
        user: row.user,
        domain: row.domain,
        names: list("domain", "name", row.names)?,
        choice: HttpsChoice { redirect: row.https_redirect, hsts: row.hsts_seconds },
    })
}
