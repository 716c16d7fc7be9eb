//! Users in SQLite: overrides and exclusions; the larger calls are in modules of their own.

use super::filter::{COUNT_WALKED, Filter, matching};
use super::{SqliteStore, commit, count, detail, failed, import, json_list, listing, not_found, summary};
use crate::model::{CoverageCounts, KeyType, Override, Page, ProblemGroup, Timestamp, UserDetail, UserQuery, UserRow};
use crate::store::{Inventory, StoreResult, UserStore};
use async_trait::async_trait;
use sqlx::SqliteConnection;

#[async_trait]
impl UserStore for SqliteStore {
    async fn import(&self, inventory: &Inventory) -> StoreResult<()> {
        import::import(self, inventory).await
    }

    async fn users(&self, query: &UserQuery, now: Timestamp) -> StoreResult<Page<UserRow>> {
        listing::list(self, query, now).await
    }

    async fn user(&self, name: &str, now: Timestamp) -> StoreResult<UserDetail> {
        detail::show(self, name, now).await
    }

    async fn set_override(&self, names: &[String], decision: Override) -> StoreResult<u32> {
        let mut tx = self.write().await?;
        let names_json = json_list(names);
        refuse_unknown(&mut tx, &names_json).await?;
        let changed =
            sqlx::query("UPDATE hosting_user SET decision = $2 WHERE name IN (SELECT value FROM json_each($1))")
                .bind(&names_json)
                .bind(decision.as_str())
                .execute(&mut *tx)
                .await
                .map_err(failed("setting overrides"))?;
        commit(tx).await?;
        Ok(u32::try_from(changed.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn set_override_matching(&self, query: &UserQuery, decision: Override) -> StoreResult<u32> {
        let filter = Filter::of(query);
        let mut tx = self.write().await?;
        let count: u32 = sqlx::query_scalar(COUNT_WALKED)
            .bind(&filter.search)
            .bind(filter.decision)
            .bind(filter.result)
            .fetch_one(&mut *tx)
            .await
            .map_err(failed("counting users"))?;
        sqlx::query(matching!("UPDATE hosting_user AS u SET decision = $4", "AND u.decision <> $4"))
            .bind(&filter.search)
            .bind(filter.decision)
            .bind(filter.result)
            .bind(decision.as_str())
            .execute(&mut *tx)
            .await
            .map_err(failed("setting overrides"))?;
        commit(tx).await?;
        Ok(count)
    }

    async fn set_key_type(&self, names: &[String], choice: Option<KeyType>) -> StoreResult<u32> {
        let mut tx = self.write().await?;
        let names = json_list(names);
        refuse_unknown(&mut tx, &names).await?;
        let changed =
            sqlx::query("UPDATE hosting_user SET key_type = $2 WHERE name IN (SELECT value FROM json_each($1))")
                .bind(&names)
                .bind(choice.map(KeyType::as_str))
                .execute(&mut *tx)
                .await
                .map_err(failed("choosing keys"))?;
        commit(tx).await?;
        Ok(u32::try_from(changed.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn exclude(&self, user: &str, domains: &[String]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let id = user_id(&mut tx, user).await?;
        let domains = json_list(domains);
        let unknown: Option<String> = sqlx::query_scalar(
            "SELECT value FROM json_each($2) WHERE value NOT IN (
                 SELECT d.name FROM website w JOIN domain d ON d.website_id = w.id WHERE w.user_id = $1
             ) ORDER BY key LIMIT 1",
        )
        .bind(id)
        .bind(&domains)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("looking for unknown domains"))?;
        if let Some(name) = unknown {
            return Err(not_found("domain", name));
        }
        sqlx::query("UPDATE domain SET excluded = 1 WHERE name IN (SELECT value FROM json_each($1))")
            .bind(&domains)
            .execute(&mut *tx)
            .await
            .map_err(failed("excluding domains"))?;
        count::outdate_user(&mut tx, id).await?;
        commit(tx).await
    }

    async fn totals(&self, now: Timestamp, expiring_before: Timestamp) -> StoreResult<(u32, u32, u32)> {
        summary::totals(self, now, expiring_before).await
    }

    async fn coverage(&self, now: Timestamp) -> StoreResult<CoverageCounts> {
        summary::coverage(self, now).await
    }

    async fn problems(&self, now: Timestamp) -> StoreResult<Vec<ProblemGroup>> {
        summary::problems(self, now).await
    }
}

/// Refuse a list of names, as JSON, of which one is no user's.
async fn refuse_unknown(tx: &mut SqliteConnection, names: &str) -> StoreResult<()> {
    let unknown: Option<String> = sqlx::query_scalar(
        "SELECT value FROM json_each($1) WHERE value NOT IN (SELECT name FROM hosting_user) ORDER BY key LIMIT 1",
    )
    .bind(names)
    .fetch_optional(tx)
    .await
    .map_err(failed("looking for unknown users"))?;
    unknown.map_or(Ok(()), |name| Err(not_found("user", name)))
}

/// Find a user's row; `NotFound` where there is none.
pub(super) async fn user_id(tx: &mut SqliteConnection, name: &str) -> StoreResult<i64> {
    let id: Option<i64> = sqlx::query_scalar("SELECT id FROM hosting_user WHERE name = $1")
        .bind(name)
        .fetch_optional(tx)
        .await
        .map_err(failed("reading a user"))?;
    id.ok_or_else(|| not_found("user", name))
}
