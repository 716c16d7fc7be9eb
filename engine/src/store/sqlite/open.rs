//! Creating, opening and migrating the file.

use super::failed;
use super::readers::Readers;
use super::writer::Writer;
use crate::store::{StoreError, StoreResult};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

const READERS: usize = 4;

/// How long a statement waits for another process's write; the import of 100,000 users is the longest.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Open the connection that writes and those that read.
pub(super) async fn open(url: &str) -> StoreResult<(Writer, Readers)> {
    let path = path_of(url)?;
    let lock = claim(path.clone()).await.map_err(|error| failed("creating the file")(error.into()))?;
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF");
    let migrating = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await;
    let migrating = migrating.map_err(failed("opening the file to migrate it"))?;
    MIGRATIONS.run(&migrating).await.map_err(StoreError::Migration)?;
    migrating.close().await;
    let writer = SqliteConnection::connect_with(&options).await.map_err(failed("opening the file to write"))?;
    let options = options.pragma("query_only", "ON");
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let reader = SqliteConnection::connect_with(&options).await;
        readers.push(reader.map_err(failed("opening the file to read"))?);
    }
    drop(lock);
    Ok((Writer::new(writer), Readers::new(readers)))
}

/// Read the path from `sqlite://PATH`, literally; databases in memory would be another one for each connection.
fn path_of(url: &str) -> StoreResult<PathBuf> {
    match url.strip_prefix("sqlite://") {
        Some(path) if !path.is_empty() && !path.starts_with(':') && !path.contains(['?', '#']) => {
            Ok(PathBuf::from(path))
        }
        _ => Err(StoreError::UnsupportedUrl(url.to_owned())),
    }
}

/// Make the file with its final mode, which SQLite gives to the files beside it, and keep other processes from migrating it.
async fn claim(path: PathBuf) -> io::Result<File> {
    tokio::task::spawn_blocking(move || {
        let mut beside = path.clone().into_os_string();
        beside.push("-lock");
        let lock = private().create(true).truncate(false).open(beside)?;
        lock.lock()?;
        create(&path)?;
        Ok(lock)
    })
    .await?
}

/// Create the file if it is missing. One that is there must not be opened: closing it would drop SQLite's own locks on it.
fn create(path: &Path) -> io::Result<()> {
    match private().create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::SqlitePool;

    /// Make a database as the version before a migration left it.
    async fn before(migration: i64, url: &str) -> SqlitePool {
        let path = path_of(url).unwrap();
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let earlier = MIGRATIONS.iter().filter(|known| known.version < migration).cloned().collect();
        Migrator::with_migrations(earlier).run(&pool).await.unwrap();
        pool
    }

    #[tokio::test]
    async fn jobs_and_certificates_of_before_are_those_of_the_provider_that_was_selected() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("autossl.db").display());
        let old = before(8, &url).await;
        for statement in [
            "INSERT INTO provider (id, selected) VALUES ('ours', 1), ('other', 0)",
            "INSERT INTO hosting_user (id, name, email, owner, package_id, suspended) VALUES (1, 'alice', '', 'root', 1, 0)",
            "INSERT INTO website (id, user_id, domain, document_root, position) VALUES (1, 1, 'alice.test', '/srv', 0)",
            "INSERT INTO certificate (id, website_id, not_before, not_after, issuer, fingerprint, serial, generation, issued_at)
             VALUES (1, 1, 0, 9, 'CA', 'f0', '0a', 1, 0)",
            "INSERT INTO job (id, run, website_id, state, order_url) VALUES (1, 'r', 1, 'finalizing', 'https://ca.test/1')",
        ] {
            sqlx::query(statement).execute(&old).await.unwrap();
        }
        old.close().await;
        let (writer, _) = open(&url).await.unwrap();
        let mut call = writer.begin().await.unwrap();
        let of = "SELECT provider FROM job UNION ALL SELECT provider FROM certificate UNION ALL
                  SELECT id FROM provider WHERE selected = 1 OR fallback IS NOT NULL";
        let providers: Vec<String> = sqlx::query_scalar(of).fetch_all(&mut *call).await.unwrap();
        assert_eq!(providers, ["ours"; 3]);
        let both = sqlx::query("UPDATE provider SET fallback = 1 WHERE id = 'ours'").execute(&mut *call).await;
        assert!(both.is_err(), "the selected one is no fallback");
    }
}
