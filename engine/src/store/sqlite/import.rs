//! The import: the file is staged in temporary tables, then merged set by set in one transaction.
//!
//! Only what differs is written, so that a source can be imported again and again.

use super::{SqliteStore, conflict, count, failed, not_found, staging};
use crate::model::Timestamp;
use crate::store::{Inventory, Replaces, StoreResult};
use sqlx::{Connection, SqliteConnection};

const PACKAGES: &str = "INSERT INTO package (name, autossl) SELECT name, autossl FROM staged_package WHERE true
    ON CONFLICT (name) DO UPDATE SET autossl = excluded.autossl WHERE autossl <> excluded.autossl";

macro_rules! put_users {
    ($conflict:literal) => {
        concat!(
            "INSERT INTO hosting_user (name, email, owner, package_id, suspended)
             SELECT s.name, s.email, s.owner, p.id, s.suspended FROM staged_user s CROSS JOIN package p ON p.name = s.package
             WHERE true ORDER BY s.name ON CONFLICT (name) DO ",
            $conflict
        )
    };
}

const USERS: &str = put_users!(
    "UPDATE SET
         email = excluded.email, owner = excluded.owner, package_id = excluded.package_id, suspended = excluded.suspended
     WHERE (email, owner, package_id, suspended)
         <> (excluded.email, excluded.owner, excluded.package_id, excluded.suspended)"
);

const NEW_USERS: &str = put_users!("NOTHING");

/// The merge of websites, in this order (CROSS JOIN keeps SQLite from starting with the larger, stored side): names must have moved to their new websites before old websites go, with what is left to them.
const MERGE: [(&str, &str); 9] = [
    (
        "outdating counts",
        "UPDATE hosting_user SET counted_from = 9223372036854775807, counted_until = -9223372036854775807
         WHERE name IN (SELECT name FROM staged_user WHERE changed = 1)",
    ),
    (
        "indexing users",
        "INSERT INTO user_search (user_id, haystack)
         SELECT u.id, s.haystack FROM staged_user s CROSS JOIN hosting_user u ON u.name = s.name WHERE s.changed = 1
         ORDER BY u.id
         ON CONFLICT (user_id) DO UPDATE SET haystack = excluded.haystack",
    ),
    (
        "forgetting the choices of former owners",
        "UPDATE domain SET excluded = 0, problem_code = NULL, problem_detail = NULL, problem_at = NULL
         WHERE name IN (
             SELECT d.name FROM staged_user c
             CROSS JOIN staged_website sw ON sw.user = c.number
             CROSS JOIN staged_domain sd ON sd.website = sw.number
             CROSS JOIN domain d ON d.name = sd.name
             JOIN website w ON w.id = d.website_id
             JOIN hosting_user u ON u.id = w.user_id
             WHERE c.changed = 1 AND u.name <> c.name
         )",
    ),
    (
        "importing websites",
        "INSERT INTO website (
             user_id, domain, document_root, position, source, configured_certificate, configured_key
         )
         SELECT u.id, sw.domain, sw.document_root, sw.position, sw.source, sw.configured_certificate, sw.configured_key
         FROM staged_website sw
         CROSS JOIN staged_user c ON c.number = sw.user
         CROSS JOIN hosting_user u ON u.name = c.name
         WHERE true ORDER BY sw.number
         ON CONFLICT (domain) DO UPDATE SET
             user_id = excluded.user_id, document_root = excluded.document_root, position = excluded.position,
             source = excluded.source, configured_certificate = excluded.configured_certificate,
             configured_key = excluded.configured_key
         WHERE (user_id, document_root, position, source, configured_certificate, configured_key)
             IS NOT (excluded.user_id, excluded.document_root, excluded.position, excluded.source,
                 excluded.configured_certificate, excluded.configured_key)",
    ),
    (
        "outdating counts of users without their certificates of others",
        "UPDATE hosting_user SET counted_from = 9223372036854775807, counted_until = -9223372036854775807
         WHERE id IN (
             SELECT w.user_id FROM foreign_certificate f CROSS JOIN website w ON w.id = f.website_id
             WHERE w.configured_certificate IS NULL
         )",
    ),
    (
        "forgetting certificates that websites are not configured with any more",
        "DELETE FROM foreign_certificate
         WHERE website_id IN (SELECT id FROM website WHERE configured_certificate IS NULL)",
    ),
    (
        "importing domains",
        "INSERT INTO domain (name, website_id, position)
         SELECT sd.name, w.id, sd.position
         FROM staged_user c
         CROSS JOIN staged_website sw ON sw.user = c.number
         CROSS JOIN website w ON w.domain = sw.domain
         CROSS JOIN staged_domain sd ON sd.website = sw.number
         WHERE c.changed = 1 ORDER BY sd.name
         ON CONFLICT (name) DO UPDATE SET website_id = excluded.website_id, position = excluded.position
         WHERE (website_id, position) <> (excluded.website_id, excluded.position)",
    ),
    (
        "removing domains",
        "DELETE FROM domain WHERE name IN (
             SELECT d.name FROM staged_user c
             CROSS JOIN hosting_user u ON u.name = c.name
             CROSS JOIN website w ON w.user_id = u.id
             CROSS JOIN domain d ON d.website_id = w.id
             WHERE c.changed = 1 AND d.name NOT IN (SELECT name FROM staged_domain)
         )",
    ),
    (
        "removing websites",
        "DELETE FROM website WHERE id IN (
             SELECT w.id FROM staged_user c
             CROSS JOIN hosting_user u ON u.name = c.name
             CROSS JOIN website w ON w.user_id = u.id
             WHERE c.changed = 1 AND w.domain NOT IN (SELECT domain FROM staged_website)
         )",
    ),
];

/// Add or replace what the inventory names, as a whole or not at all.
pub(super) async fn import(store: &SqliteStore, inventory: &Inventory) -> StoreResult<()> {
    let mut connection = store.writer.alone().await.map_err(failed("beginning to import"))?;
    staging::fill(&mut connection, inventory).await?;
    let merged = merge(&mut connection, inventory.replaces).await;
    merged.and(staging::drop_tables(&mut connection).await)
}

async fn merge(connection: &mut SqliteConnection, replaces: Replaces) -> StoreResult<()> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed("beginning to write"))?;
    merge_within(&mut tx, replaces).await?;
    tx.commit().await.map_err(failed("committing"))
}

/// Merge what is staged, in a transaction that writes already.
pub(super) async fn merge_within(tx: &mut SqliteConnection, replaces: Replaces) -> StoreResult<()> {
    staging::mark_changed(tx, replaces).await?;
    check(tx).await?;
    let users = if replaces == Replaces::Websites { NEW_USERS } else { USERS };
    for (action, statement) in [("importing packages", PACKAGES), ("importing users", users)].into_iter().chain(MERGE) {
        sqlx::query(statement).execute(&mut *tx).await.map_err(failed(action))?;
    }
    let latest = latest_moment(tx).await?;
    count::refresh_within(tx, latest).await
}

/// Refuse packages that nobody knows and names that belong to users outside the file.
async fn check(tx: &mut SqliteConnection) -> StoreResult<()> {
    let unknown: Option<String> = sqlx::query_scalar(
        "SELECT package FROM staged_user
         WHERE package NOT IN (SELECT name FROM staged_package) AND package NOT IN (SELECT name FROM package)
         ORDER BY package LIMIT 1",
    )
    .fetch_optional(&mut *tx)
    .await
    .map_err(failed("checking an import's packages"))?;
    if let Some(package) = unknown {
        return Err(not_found("package", package));
    }
    let foreign: Option<String> = sqlx::query_scalar(
        "SELECT d.name FROM staged_user c
         CROSS JOIN staged_website sw ON sw.user = c.number
         CROSS JOIN staged_domain sd ON sd.website = sw.number
         CROSS JOIN domain d ON d.name = sd.name
         JOIN website w ON w.id = d.website_id
         JOIN hosting_user u ON u.id = w.user_id
         WHERE c.changed = 1 AND u.name NOT IN (SELECT name FROM staged_user)
         ORDER BY d.name LIMIT 1",
    )
    .fetch_optional(tx)
    .await
    .map_err(failed("checking an import's domains"))?;
    foreign.map_or(Ok(()), |name| Err(conflict("domain", name)))
}

/// The latest moment that the store knows of, near enough to count most users' names for.
async fn latest_moment(tx: &mut SqliteConnection) -> StoreResult<Timestamp> {
    sqlx::query_scalar("SELECT coalesce((SELECT issued_at FROM certificate ORDER BY id DESC LIMIT 1), 0)")
        .fetch_one(tx)
        .await
        .map(Timestamp)
        .map_err(failed("reading the latest moment"))
}
