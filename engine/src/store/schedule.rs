//! When something is to happen next, kept over restarts.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// When something is to happen next.
#[async_trait]
pub trait ScheduleStore: Send + Sync {
    /// Tell when a task is to happen; `None` where that was never decided.
    async fn next_time(&self, task: &str) -> StoreResult<Option<Timestamp>>;

    /// Decide when a task is to happen next.
    async fn set_next_time(&self, task: &str, at: Timestamp) -> StoreResult<()>;
}
