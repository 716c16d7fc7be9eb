//! Websites as their source tells them, and accounts that are changed by hand, in SQLite.

use super::row::{known, list};
use super::user::user_id;
use super::{SqliteStore, breaks_unique, commit, conflict, failed, import, not_found, staging};
use crate::model::InventorySource;
use crate::store::{
    ConfiguredCertificate, ImportedUser, ImportedWebsite, InventoryStore, OwnedWebsite, Revision, StoreResult,
};
use async_trait::async_trait;
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct Row {
    user: String,
    domain: String,
    document_root: String,
    source: String,
    configured_certificate: Option<String>,
    configured_key: Option<String>,
    aliases: String,
}

#[async_trait]
impl InventoryStore for SqliteStore {
    async fn inventory(&self, user: Option<&str>) -> StoreResult<Vec<OwnedWebsite>> {
        let mut tx = self.look().await?;
        websites(&mut tx, user).await
    }

    async fn owner_of(&self, domain: &str) -> StoreResult<String> {
        let mut tx = self.look().await?;
        let user: Option<String> = sqlx::query_scalar(
            "SELECT u.name FROM website w JOIN hosting_user u ON u.id = w.user_id WHERE w.domain = $1",
        )
        .bind(domain)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed("finding a website"))?;
        user.ok_or_else(|| not_found("website", domain))
    }

    async fn revise(&self, user: Option<&str>, decide: Revision<'_>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let stored = websites(&mut tx, user).await?;
        let Some(inventory) = decide(stored) else { return Ok(()) };
        staging::fill(&mut tx, &inventory).await?;
        import::merge_within(&mut tx, inventory.replaces).await?;
        staging::drop_tables(&mut tx).await?;
        commit(tx).await
    }

    async fn add_user(&self, user: &ImportedUser) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let package: Option<i64> = sqlx::query_scalar("SELECT id FROM package WHERE name = $1")
            .bind(&user.package)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed("reading a package"))?;
        let package = package.ok_or_else(|| not_found("package", &user.package))?;
        let added = sqlx::query(
            "INSERT INTO hosting_user (name, email, owner, package_id, suspended) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&user.name)
        .bind(&user.email)
        .bind(&user.owner)
        .bind(package)
        .bind(user.suspended)
        .execute(&mut *tx)
        .await
        .map_err(|error| match breaks_unique(&error, "hosting_user.name") {
            true => conflict("user", &user.name),
            false => failed("adding a user")(error),
        })?;
        let alone = ImportedUser { websites: Vec::new(), ..user.clone() };
        sqlx::query("INSERT INTO user_search (user_id, haystack) VALUES ($1, $2)")
            .bind(added.last_insert_rowid())
            .bind(staging::haystack(&alone))
            .execute(&mut *tx)
            .await
            .map_err(failed("indexing a user"))?;
        commit(tx).await
    }

    async fn remove_user(&self, user: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let id = user_id(&mut tx, user).await?;
        // First, so that the trigger takes it out of the search.
        for statement in ["DELETE FROM user_search WHERE user_id = $1", "DELETE FROM hosting_user WHERE id = $1"] {
            sqlx::query(statement).bind(id).execute(&mut *tx).await.map_err(failed("removing a user"))?;
        }
        commit(tx).await
    }

    async fn suspend_user(&self, user: &str) -> StoreResult<()> {
        set_suspended(self, user, "UPDATE hosting_user SET suspended = 1 WHERE id = $1").await
    }

    async fn unsuspend_user(&self, user: &str) -> StoreResult<()> {
        set_suspended(self, user, "UPDATE hosting_user SET suspended = 0 WHERE id = $1").await
    }
}

async fn set_suspended(store: &SqliteStore, user: &str, statement: &'static str) -> StoreResult<()> {
    let mut tx = store.write().await?;
    let id = user_id(&mut tx, user).await?;
    sqlx::query(statement).bind(id).execute(&mut *tx).await.map_err(failed("suspending a user"))?;
    commit(tx).await
}

async fn websites(tx: &mut SqliteConnection, user: Option<&str>) -> StoreResult<Vec<OwnedWebsite>> {
    let id = match user {
        Some(user) => Some(user_id(tx, user).await?),
        None => None,
    };
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT u.name AS user, w.domain, w.document_root, w.source, w.configured_certificate, w.configured_key,
             (SELECT json_group_array(d.name ORDER BY d.position) FROM domain d
              WHERE d.website_id = w.id AND d.name <> w.domain) AS aliases
         FROM hosting_user u JOIN website w ON w.user_id = u.id
         WHERE $1 IS NULL OR u.id = $1
         ORDER BY u.name, w.position, w.id",
    )
    .bind(id)
    .fetch_all(tx)
    .await
    .map_err(failed("listing the inventory"))?;
    rows.into_iter().map(owned).collect()
}

fn owned(row: Row) -> StoreResult<OwnedWebsite> {
    let website = ImportedWebsite {
        domain: row.domain,
        aliases: list("domain", "name", row.aliases)?,
        document_root: row.document_root,
        source: known(InventorySource::parse, "website", "source", row.source)?,
        configured_certificate: configured(row.configured_certificate, row.configured_key),
    };
    Ok(OwnedWebsite { user: row.user, website })
}

/// Put together the certificate that the web server's configuration names.
pub(super) fn configured(certificate: Option<String>, key: Option<String>) -> Option<ConfiguredCertificate> {
    Some(ConfiguredCertificate { certificate: certificate?.into(), key: key.map(Into::into) })
}
