//! Why the store could not do what was asked.

use crate::queue::machine::Refusal;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be opened or does not answer.
    #[error("database: {action} failed")]
    Unavailable {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: sqlx::Error,
    },
    /// The database's tables cannot be brought to this version.
    #[error("database: migration failed")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database URL is not one that AutoSSL knows.
    #[error("database URL {0} is not supported: use sqlite://PATH")]
    UnsupportedUrl(String),
    /// The object does not exist.
    #[error("no {kind} named {name}")]
    NotFound {
        /// What sort of object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The object exists already, or another one stands in its way.
    #[error("{kind} {name} exists already")]
    Conflict {
        /// What sort of object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// What is wanted of a job may not happen to it as it stands.
    #[error("job {job}: {reason}")]
    Refused {
        /// Its number.
        job: i64,
        /// Why not.
        #[source]
        reason: Refusal,
    },
    /// A row holds what no version of AutoSSL writes.
    #[error("database: {table} holds an unreadable {column}: {value}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What is there.
        value: String,
    },
}
