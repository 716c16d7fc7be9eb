//! Runs: one check of all users or of one.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// A run's name: its start in UTC as RFC 3339, which also names its log directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl std::fmt::Display for RunId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whom a run is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunScope {
    /// Every user for whom AutoSSL is on.
    AllUsers,
    /// One user.
    User(String),
    /// The pending jobs that are due.
    Queue,
}

impl RunScope {
    /// Mean one user, or all where the name is empty.
    #[must_use]
    pub fn of_user(name: String) -> Self {
        if name.is_empty() { Self::AllUsers } else { Self::User(name) }
    }
}

impl std::fmt::Display for RunScope {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AllUsers => formatter.write_str("all users"),
            Self::User(name) => formatter.write_str(name),
            Self::Queue => formatter.write_str("pending jobs"),
        }
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Asked for, not yet started.
    Queued,
    /// In progress, or parked by a stop of the server and resumed at the next start.
    Running,
    /// Ended; nothing failed.
    Succeeded,
    /// Ended; some names or websites failed.
    Incomplete,
    /// Ended; nothing could be done, e.g. the provider did not answer.
    Failed,
    /// Ended early because the administrator stopped it.
    Stopped,
}

impl RunState {
    const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Succeeded, Self::Incomplete, Self::Failed, Self::Stopped];

    /// Name the state as the store and `run.json` spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Read a state's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Tell whether the run can still change.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// What a run has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCounts {
    /// Users in the run.
    pub users: u32,
    /// Websites in the run.
    pub websites: u32,
    /// Websites that are dealt with.
    pub websites_done: u32,
    /// Websites that were secured already and need nothing.
    pub kept: u32,
    /// Certificates issued.
    pub issued: u32,
    /// Certificates that a service was proved to present.
    pub served: u32,
    /// Websites for which nothing could be issued.
    pub failed: u32,
    /// Names that were left out of a certificate.
    pub names_failed: u32,
    /// Websites whose job goes on later, from the pending queue.
    pub waiting: u32,
}

/// One run, as listings and the progress bar show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run's name.
    pub id: RunId,
    /// Whom it is about.
    pub scope: RunScope,
    /// The provider's display name; empty while none is chosen.
    pub provider: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Where it stands.
    pub state: RunState,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What it did.
    pub counts: RunCounts,
    /// Why it failed as a whole, if it did.
    pub reason: Option<String>,
}
