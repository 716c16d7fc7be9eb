//! The pending queue as the interface shows it.

use super::{RunId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a pending job stands, as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Decided; nothing was sent.
    Planned,
    /// Somebody keeps it from going on.
    Held,
    /// It goes on at a stated time.
    Waiting,
    /// The order is being made, or was made.
    Ordered,
    /// Challenges are being answered.
    Validating,
    /// The certificate authority is issuing.
    Processing,
    /// The certificate is there.
    Issued,
    /// Services are being configured with it.
    Installing,
    /// Installed.
    Done,
    /// Given up.
    Failed,
    /// Given up because somebody said so.
    Cancelled,
}

impl QueueState {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 11] = [
        Self::Planned,
        Self::Held,
        Self::Waiting,
        Self::Ordered,
        Self::Validating,
        Self::Processing,
        Self::Issued,
        Self::Installing,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Name the state as the command line and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Ordered => "ordered",
            Self::Validating => "validating",
            Self::Processing => "processing",
            Self::Issued => "issued",
            Self::Installing => "installing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Read a state's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Tell whether the job is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// Which jobs to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueQuery {
    /// Only jobs of a user or website whose name contains this.
    pub search: String,
    /// Only jobs in this state; without one all that are not over.
    pub state: Option<QueueState>,
    /// The page, from 1; 0 counts as 1.
    pub page: u32,
    /// Rows on a page; 0 counts as 25.
    pub per_page: u32,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its number.
    pub id: i64,
    /// The website's primary name.
    pub website: String,
    /// The website's user.
    pub user: String,
    /// The names to order.
    pub names: Vec<String>,
    /// The provider that has its order, or is to get it, by its short name; empty where that is not known.
    pub provider: String,
    /// Where it stands.
    pub state: QueueState,
    /// Since when.
    pub since: Timestamp,
    /// A stable code for why it waits, if it does.
    pub code: Option<String>,
    /// Why it waits, or what was said last.
    pub reason: String,
    /// When it goes on, where that is known.
    pub next_attempt: Option<Timestamp>,
    /// How often an order was begun.
    pub tries: u32,
    /// The run that works on it, whose log tells more.
    pub run: RunId,
    /// When it was planned.
    pub planned_at: Timestamp,
}

/// One job with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobDetail {
    /// The job.
    pub row: QueueRow,
    /// What happened to it, oldest first.
    pub history: Vec<JobMoment>,
}

/// A line of a job's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMoment {
    /// When.
    pub at: Timestamp,
    /// The state that was entered, as the journal spells it.
    pub state: String,
    /// What there is to say about it.
    pub detail: String,
}
