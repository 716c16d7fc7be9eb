//! The temporary tables that an import is staged in. They belong to the writing connection, so that filling them locks nobody out.

use super::failed;
use crate::inventory::display_name;
use crate::model::FeatureSetting;
use crate::store::{ImportedPackage, ImportedUser, ImportedWebsite, Inventory, StoreResult};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

/// Users staged by one statement.
const CHUNK: usize = 500;

/// Rows refer to each other by their number in the file. A user is changed where the names or their order are not those of the
/// last import; see [`mark_changed`].
const CREATE: &str = "
    CREATE TEMP TABLE staged_package (name TEXT NOT NULL, autossl INTEGER NOT NULL) STRICT;
    CREATE TEMP TABLE staged_user (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, owner TEXT NOT NULL, package TEXT NOT NULL,
        suspended INTEGER NOT NULL, haystack TEXT NOT NULL, changed INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE TEMP TABLE staged_website (
        number INTEGER PRIMARY KEY, user INTEGER NOT NULL, position INTEGER NOT NULL, domain TEXT NOT NULL,
        document_root TEXT NOT NULL, certificate TEXT, key TEXT
    ) STRICT;
    CREATE TEMP TABLE staged_domain (name TEXT NOT NULL, website INTEGER NOT NULL, position INTEGER NOT NULL) STRICT;";

/// After the rows: sorting once is quicker than keeping sorted. A name that is there twice fails here.
const INDEX: &str = "
    CREATE UNIQUE INDEX temp.staged_user_by_name ON staged_user (name);
    CREATE UNIQUE INDEX temp.staged_website_by_domain ON staged_website (domain);
    CREATE INDEX temp.staged_website_by_user ON staged_website (user);
    CREATE UNIQUE INDEX temp.staged_domain_by_name ON staged_domain (name);
    CREATE INDEX temp.staged_domain_by_website ON staged_domain (website);";

const DROP: &str = "
    DROP TABLE IF EXISTS temp.staged_package;
    DROP TABLE IF EXISTS temp.staged_user;
    DROP TABLE IF EXISTS temp.staged_website;
    DROP TABLE IF EXISTS temp.staged_domain;";

const PUT_PACKAGES: &str =
    "INSERT INTO staged_package (name, autossl) SELECT value ->> 0, value ->> 1 FROM json_each($1)";

const PUT_USERS: &str = "INSERT INTO staged_user (number, name, email, owner, package, suspended, haystack)
    SELECT $2 + key, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each($1)";

const PUT_WEBSITES: &str =
    "INSERT INTO staged_website (number, user, position, domain, document_root, certificate, key)
    SELECT $2 + key, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each($1)";

/// From one list of names for each website.
const PUT_DOMAINS: &str = "INSERT INTO staged_domain (website, position, name)
    SELECT $2 + w.key, n.key, n.value FROM json_each($1) w CROSS JOIN json_each(w.value) n";

/// Create the tables and fill them; what an interrupted import left is dropped.
pub(super) async fn fill(connection: &mut SqliteConnection, inventory: &Inventory) -> StoreResult<()> {
    drop_tables(connection).await?;
    sqlx::raw_sql(CREATE).execute(&mut *connection).await.map_err(failed("preparing an import"))?;
    put(connection, PUT_PACKAGES, packages(&inventory.packages), 0).await?;
    let (mut user, mut website) = (0, 0);
    for users in inventory.users.chunks(CHUNK) {
        let websites = websites(users, user);
        let count = websites.len();
        put(connection, PUT_USERS, accounts(users), user).await?;
        put(connection, PUT_WEBSITES, websites, website).await?;
        put(connection, PUT_DOMAINS, domains(users), website).await?;
        user += users.len();
        website += count;
    }
    sqlx::raw_sql(INDEX).execute(connection).await.map_err(failed("indexing an import"))?;
    Ok(())
}

/// Find the users whose names differ from those of the last import; for all others the merge can leave the names alone.
pub(super) async fn mark_changed(tx: &mut SqliteConnection) -> StoreResult<()> {
    sqlx::query(
        "UPDATE staged_user SET changed = NOT EXISTS (
             SELECT 1 FROM hosting_user u JOIN user_search s ON s.user_id = u.id
             WHERE u.name = staged_user.name AND s.haystack = staged_user.haystack
         )",
    )
    .execute(tx)
    .await
    .map_err(failed("comparing an import"))?;
    Ok(())
}

/// Drop the tables.
pub(super) async fn drop_tables(connection: &mut SqliteConnection) -> StoreResult<()> {
    sqlx::raw_sql(DROP).execute(connection).await.map_err(failed("clearing up an import"))?;
    Ok(())
}

/// Put rows whose numbers begin with `first`.
async fn put(
    connection: &mut SqliteConnection,
    statement: &'static str,
    rows: Vec<Value>,
    first: usize,
) -> StoreResult<()> {
    sqlx::query(statement)
        .bind(Value::Array(rows).to_string())
        .bind(i64::try_from(first).unwrap_or(i64::MAX))
        .execute(connection)
        .await
        .map_err(failed("staging an import"))?;
    Ok(())
}

fn packages(packages: &[ImportedPackage]) -> Vec<Value> {
    packages.iter().map(|package| json!([package.name, u8::from(package.autossl == FeatureSetting::On)])).collect()
}

fn accounts(users: &[ImportedUser]) -> Vec<Value> {
    let row = |user: &ImportedUser| {
        json!([user.name, user.email, user.owner, user.package, u8::from(user.suspended), haystack(user)])
    };
    users.iter().map(row).collect()
}

fn websites(users: &[ImportedUser], first: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    for (number, user) in users.iter().enumerate() {
        for (position, website) in user.websites.iter().enumerate() {
            let files = website.certificate.as_ref();
            let (certificate, key) =
                (files.map(|files| &files.certificate), files.and_then(|files| files.key.as_ref()));
            rows.push(json!([first + number, position, website.domain, website.document_root, certificate, key]));
        }
    }
    rows
}

fn domains(users: &[ImportedUser]) -> Vec<Value> {
    let names = |website: &ImportedWebsite| std::iter::once(&website.domain).chain(&website.aliases).cloned().collect();
    users.iter().flat_map(|user| &user.websites).map(names).collect()
}

/// Everything that a search for this user may name, in lower case, a line each; an empty line begins a website.
///
/// Two users with one haystack have the same names in the same websites: [`mark_changed`] relies on it.
fn haystack(user: &ImportedUser) -> String {
    let mut lines = vec![user.name.to_lowercase()];
    for website in &user.websites {
        lines.push(String::new());
        for name in std::iter::once(&website.domain).chain(&website.aliases) {
            let display = display_name(name);
            if display != *name {
                lines.push(display);
            }
            lines.push(name.clone());
        }
    }
    lines.join("\n")
}
