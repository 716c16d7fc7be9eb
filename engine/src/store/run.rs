//! Runs: asked for, in progress, ended.

use super::StoreResult;
use crate::model::{Page, RunId, RunScope, RunState, RunSummary, Timestamp};
use async_trait::async_trait;

/// A run to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// Whom it is about.
    pub scope: RunScope,
    /// Who asks for it.
    pub requested_by: String,
    /// When; also its name, moved forward by whole seconds until no run has it.
    pub at: Timestamp,
}

/// Runs: asked for, in progress, ended.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Queue a run. Where an open run of the same scope exists, its name is returned and nothing is added.
    async fn queue_run(&self, new: &NewRun) -> StoreResult<RunId>;

    /// Fetch the run to work on: one in state `running` before the oldest one in state `queued`, if there is one.
    async fn next_run(&self) -> StoreResult<Option<RunSummary>>;

    /// Enter `running` with the provider's name and the sizes; counts that an interrupted run has collected are kept.
    async fn start_run(&self, id: &RunId, provider: &str, users: u32, websites: u32) -> StoreResult<()>;

    /// Enter a final state.
    async fn end_run(&self, id: &RunId, state: RunState, reason: Option<&str>, at: Timestamp) -> StoreResult<()>;

    /// Add to the count of certificates that are proved to be served.
    async fn count_served(&self, id: &RunId, served: u32) -> StoreResult<()>;

    /// Ask a run to stop; `NotFound` (kind `run`) where none of that name is open.
    async fn request_stop(&self, id: &RunId) -> StoreResult<()>;

    /// Tell whether a run was asked to stop.
    async fn stop_requested(&self, id: &RunId) -> StoreResult<bool>;

    /// Fetch one run; `NotFound` (kind `run`) where there is none.
    async fn run(&self, id: &RunId) -> StoreResult<RunSummary>;

    /// List runs, newest first.
    async fn runs(&self, page: u32, per_page: u32) -> StoreResult<Page<RunSummary>>;
}
