//! The pending queue: jobs that wait, are held, tried again or cancelled.

use super::{Job, JobId, StoreResult};
use crate::model::{Page, QueueQuery, QueueRow, Timestamp};
use async_trait::async_trait;

/// Why a job waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Until when.
    pub until: Timestamp,
    /// A stable code for the reason.
    pub code: String,
    /// The reason in words.
    pub detail: String,
}

/// The pending queue. What may become of a job is decided as [`super::JobStore`] says, and each change is a line in its history.
#[async_trait]
pub trait QueueStore: Send + Sync {
    /// Let a job wait. `Refused` where its certificate is issued.
    async fn let_wait(&self, id: JobId, wait: &Wait, at: Timestamp) -> StoreResult<()>;

    /// Forget that a job waits: it goes on at once.
    async fn retry_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()>;

    /// List open jobs that are not held and whose wait is over by `now`, in the order in which they were planned.
    async fn due_jobs(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<Job>>;

    /// Tell when the next job's wait is over; `None` where none waits.
    async fn next_due(&self) -> StoreResult<Option<Timestamp>>;

    /// Keep a job from going on until it is released. `Refused` where its certificate is issued.
    async fn hold_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()>;

    /// Let a held job go on.
    async fn release_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()>;

    /// Give a job up. `Refused` where its certificate is issued: that one is installed all the same.
    async fn cancel_job(&self, id: JobId, by: &str, at: Timestamp) -> StoreResult<()>;

    /// List jobs.
    async fn queue(&self, query: &QueueQuery, now: Timestamp) -> StoreResult<Page<QueueRow>>;

    /// Show one job; `NotFound` (kind `job`) where there is none.
    async fn queued(&self, id: JobId, now: Timestamp) -> StoreResult<QueueRow>;
}
