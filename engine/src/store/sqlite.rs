//! The store in one SQLite file, in WAL mode: one connection writes, a few others read.
//!
//! What each call promises is said at the traits; the tables are in `migrations/sqlite`.

mod access;
mod archive;
mod budget;
mod certificate;
mod challenge;
mod companion;
mod count;
mod delivery;
mod departed;
mod detail;
mod dns;
mod dns_zone;
mod filter;
mod foreign;
mod https;
mod import;
mod inventory;
mod job;
mod lease;
mod listing;
mod open;
mod option;
mod outcome;
mod persist;
mod provider;
mod provider_order;
mod queue;
mod readers;
mod row;
mod run;
mod schedule;
mod service;
mod staging;
mod standing;
mod summary;
mod user;
mod verdict;
mod website;
mod writer;

use super::{StoreError, StoreResult};
use readers::{Reader, Readers};
use writer::{Call, Writer};

/// The store in one SQLite file. Several processes may have the same file open.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    /// The writers of this process stand in line here, those of other processes at the file's lock.
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Open the database at `sqlite://PATH`; create it for its owner only where it is missing, and bring its tables to this version.
    ///
    /// # Errors
    /// `UnsupportedUrl` where the URL is of another kind, else where the file cannot be opened or migrated.
    pub async fn open(url: &str) -> StoreResult<Self> {
        let (writer, readers) = open::open(url).await?;
        Ok(Self { writer, readers })
    }

    /// Take a connection to read with one statement.
    async fn look(&self) -> StoreResult<Reader> {
        self.readers.look().await.map_err(failed("beginning to read"))
    }

    /// Begin to read with several statements, which all see the same state.
    async fn read(&self) -> StoreResult<Reader> {
        self.readers.begin().await.map_err(failed("beginning to read"))
    }

    /// Begin to write: the file's write lock is held from here on, so that nothing read can change before the commit.
    async fn write(&self) -> StoreResult<Call> {
        self.writer.begin().await.map_err(failed("beginning to write"))
    }
}

async fn commit(tx: Call) -> StoreResult<()> {
    tx.commit().await.map_err(failed("committing"))
}

/// Tell what was tried when a statement failed.
fn failed(action: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Unavailable { action, source }
}

/// Tell whether a statement broke a uniqueness constraint. SQLite names these by `table.column`, not by their own name.
fn breaks_unique(error: &sqlx::Error, column: &str) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation() && error.message().ends_with(column))
}

fn not_found(kind: &'static str, name: impl ToString) -> StoreError {
    StoreError::NotFound { kind, name: name.to_string() }
}

fn conflict(kind: &'static str, name: impl ToString) -> StoreError {
    StoreError::Conflict { kind, name: name.to_string() }
}

/// Bind a list as one value, for `json_each`.
fn json_list(items: &[String]) -> String {
    serde_json::Value::from(items.to_vec()).to_string()
}
