//! What can put TXT values into a zone, and why it could not.

use async_trait::async_trait;
use std::fmt::Debug;

/// A TXT value at a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TxtValue {
    /// The record's name, without a dot at its end.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Puts TXT values into zones. Whatever else is in a zone is never touched: not other types, not other values at the same name.
#[async_trait]
pub trait Publisher: Debug + Send + Sync {
    /// Add these values, in one change where there are not hundreds; a value that is there already stays.
    ///
    /// # Errors
    /// Where the zone was not changed, or nobody can tell.
    async fn publish(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError>;

    /// Remove exactly these values; one that is not there is no error.
    ///
    /// # Errors
    /// Where the zone was not changed, or nobody can tell.
    async fn remove(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError>;

    /// List the TXT values at a name where changes are made; `None` where that cannot be asked.
    ///
    /// # Errors
    /// Where there is no answer.
    async fn list(&self, zone: &str, name: &str) -> Result<Option<Vec<String>>, PublishError>;
}

/// Why a zone was not changed. The texts name the server or command, the zone and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// No connection, or it broke.
    #[error("{server} cannot be reached about zone {zone}: {reason}")]
    Unreachable {
        /// The DNS server.
        server: String,
        /// The zone.
        zone: String,
        /// What failed.
        reason: String,
    },
    /// No answer within the time limit.
    #[error("{server} did not answer about zone {zone} within {seconds} s")]
    Timeout {
        /// The DNS server.
        server: String,
        /// The zone.
        zone: String,
        /// The limit.
        seconds: u64,
    },
    /// The server says no.
    #[error("{server} refuses to change zone {zone}: {reason}")]
    Refused {
        /// The DNS server.
        server: String,
        /// The zone.
        zone: String,
        /// Its code, and what that means here.
        reason: String,
    },
    /// The answer may come from somebody else.
    #[error("the answer of {server} about zone {zone} cannot be believed: {reason}")]
    Untrusted {
        /// The DNS server.
        server: String,
        /// The zone.
        zone: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The provider could not do it, or nobody can tell.
    #[error("{server} did not change zone {zone}: {reason}")]
    Failed {
        /// The provider.
        server: String,
        /// The zone.
        zone: String,
        /// What it said.
        reason: String,
    },
    /// The command failed.
    #[error("the command {command} failed for zone {zone}: {reason}")]
    Command {
        /// The program.
        command: String,
        /// The zone.
        zone: String,
        /// How it ended, and its last words.
        reason: String,
    },
}

impl PublishError {
    /// Tell whether the change was understood and refused, so that a part of it may be accepted.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Failed { .. } | Self::Command { .. })
    }
}
