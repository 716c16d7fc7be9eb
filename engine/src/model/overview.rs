//! The whole server in numbers.

use super::{ProviderSummary, RunSummary};
use serde::{Deserialize, Serialize};

/// Names by what secures them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageCounts {
    /// Names in a valid certificate.
    pub secured: u32,
    /// Names in no valid certificate that had no problem yet.
    pub unsecured: u32,
    /// Names in no valid certificate whose last try failed.
    pub failing: u32,
    /// Names of users for whom AutoSSL is off.
    pub off: u32,
}

/// Names that share a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemGroup {
    /// The stable code of the cause.
    pub code: String,
    /// How many names have it.
    pub names: u32,
    /// One of them.
    pub example: String,
    /// What was seen there.
    pub detail: String,
    /// What to do, where the code is one of our own check's; empty otherwise.
    pub remedy: String,
    /// That name's user.
    pub user: String,
}

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Hosting users.
    pub users: u32,
    /// Websites.
    pub websites: u32,
    /// Names by state.
    pub coverage: CoverageCounts,
    /// Certificates that end within 14 days.
    pub expiring: u32,
    /// Causes, the most frequent first; at most ten.
    pub problems: Vec<ProblemGroup>,
    /// The latest runs, newest first; at most 14.
    pub runs: Vec<RunSummary>,
    /// The provider that orders go to, if one is chosen.
    pub provider: Option<ProviderSummary>,
}
