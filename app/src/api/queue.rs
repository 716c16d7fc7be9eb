//! The Pending Queue tab.

use super::TextJson;
use crate::error::UiError;
use engine::model::{JobDetail, Page, QueueQuery, QueueRow};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// What can be done with a pending job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobVerb {
    /// Let it go on at once.
    Retry,
    /// Keep it from going on.
    Hold,
    /// Let it go on when its time comes.
    Release,
    /// Give it up.
    Cancel,
}

impl JobVerb {
    /// Each of them, in the order of their buttons.
    pub const ALL: [Self; 4] = [Self::Retry, Self::Hold, Self::Release, Self::Cancel];

    /// Name it as forms spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Cancel => "cancel",
        }
    }

    /// Read its name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == name)
    }

    /// Say that it was done with so many jobs.
    #[must_use]
    pub fn sentence(self, jobs: u32) -> String {
        let jobs = crate::text::counted(jobs, "job", "jobs");
        match self {
            Self::Retry => format!("Asked for another try of {jobs}. A run of the pending queue does it."),
            Self::Hold => format!("Held {jobs}: nothing goes on until released."),
            Self::Release => format!("Released {jobs}."),
            Self::Cancel => format!("Cancelled {jobs}. The next run decides anew."),
        }
    }
}

/// List pending jobs.
///
/// # Errors
/// As [`UiError`] says.
#[server(ListQueue, prefix = "/fn", endpoint = "queue", input = Json, output = TextJson)]
pub async fn queue(
    /// Which, and how.
    query: QueueQuery,
) -> Result<Page<QueueRow>, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.queue(&query).await.map_err(super::gate::report)
}

/// Show one job with its history.
///
/// # Errors
/// As [`UiError`] says.
#[server(ReadJob, prefix = "/fn", endpoint = "job", input = Json, output = TextJson)]
pub async fn job(
    /// Its number.
    id: i64,
) -> Result<JobDetail, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.job(id).await.map_err(super::gate::report)
}

/// Do something with jobs; tells with how many. One that refuses stops it there: those before it are done.
///
/// # Errors
/// As [`UiError`] says.
#[server(prefix = "/fn", endpoint = "change_jobs", output = TextJson)]
pub async fn change_jobs(
    /// What.
    verb: JobVerb,
    /// The jobs' numbers.
    #[server(default)]
    jobs: Vec<i64>,
) -> Result<u32, UiError> {
    let (engine, principal) = super::gate::administrator()?;
    if jobs.is_empty() {
        return Err(UiError::Invalid("no job is selected".into()));
    }
    let mut done = 0;
    for id in jobs {
        let changed = match verb {
            JobVerb::Retry => engine.retry_job(id, &principal.name).await.map(drop),
            JobVerb::Hold => engine.hold_job(id, &principal.name).await,
            JobVerb::Release => engine.release_job(id, &principal.name).await,
            JobVerb::Cancel => engine.cancel_job(id, &principal.name).await,
        };
        changed.map_err(super::gate::report)?;
        done += 1;
    }
    super::gate::answer_plain_form("saved");
    Ok(done)
}
