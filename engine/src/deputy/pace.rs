//! When the deputy reloaded services last. It has no database, and services forget as quickly as it does.

use crate::model::Timestamp;
use crate::store::{ScheduleStore, StoreResult};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Times of tasks, in memory.
#[derive(Debug, Default)]
pub(super) struct Times(Mutex<HashMap<String, Timestamp>>);

#[async_trait]
impl ScheduleStore for Times {
    async fn next_time(&self, task: &str) -> StoreResult<Option<Timestamp>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(task).copied())
    }

    async fn set_next_time(&self, task: &str, at: Timestamp) -> StoreResult<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(task.to_owned(), at);
        Ok(())
    }
}
