//! When something is to happen next, or happened last, kept over restarts.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// Times of tasks.
#[async_trait]
pub trait ScheduleStore: Send + Sync {
    /// Tell the time that is kept for a task; `None` where there is none yet.
    async fn next_time(&self, task: &str) -> StoreResult<Option<Timestamp>>;

    /// Keep a time for a task.
    async fn set_next_time(&self, task: &str, at: Timestamp) -> StoreResult<()>;
}
