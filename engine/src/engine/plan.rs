//! The plan that is only shown, and the pending queue.

use super::Engine;
use crate::error::EngineResult;
use crate::model::{JobDetail, JobMoment, Page, QueueQuery, QueueRow, RunId, RunScope};
use crate::plan::Plan;
use crate::store::{JobEvent, JobId, NewRun};

impl Engine {
    /// Make the plan of a run without doing any of it: websites are looked at and names are checked, nothing is ordered.
    ///
    /// # Errors
    /// Where the user does not exist or no provider is selected.
    pub async fn plan(&self, scope: &RunScope) -> EngineResult<Plan> {
        let inner = &self.inner;
        if let RunScope::User(name) = scope {
            inner.store.user(name, inner.clock.now()).await?;
        }
        crate::run::plan(inner, inner.providers_in_order().await?, scope).await
    }

    /// List pending jobs, or those in a state.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn queue(&self, query: &QueueQuery) -> EngineResult<Page<QueueRow>> {
        Ok(self.inner.store.queue(query, self.inner.clock.now()).await?)
    }

    /// Show one job with its history, oldest first.
    ///
    /// # Errors
    /// Where there is no such job.
    pub async fn job(&self, id: i64) -> EngineResult<JobDetail> {
        let row = self.inner.store.queued(JobId(id), self.inner.clock.now()).await?;
        let moment =
            |event: JobEvent| JobMoment { at: event.at, state: event.state.as_str().into(), detail: event.detail };
        let history = self.inner.store.job_events(JobId(id)).await?.into_iter().map(moment).collect();
        Ok(JobDetail { row, history })
    }

    /// Let a waiting job go on at once, in a run of the pending queue whose name is returned.
    ///
    /// # Errors
    /// Where no open job has this number.
    pub async fn retry_job(&self, id: i64, by: &str) -> EngineResult<RunId> {
        let inner = &self.inner;
        let at = inner.clock.now();
        inner.store.retry_job(JobId(id), by, at).await?;
        let new = NewRun { scope: RunScope::Queue, requested_by: by.to_owned(), at };
        let run = inner.store.queue_run(&new).await?;
        inner.wake.notify_one();
        Ok(run)
    }

    /// Keep a job from going on until it is released.
    ///
    /// # Errors
    /// Where no open job has this number, or its certificate is issued already.
    pub async fn hold_job(&self, id: i64, by: &str) -> EngineResult<()> {
        Ok(self.inner.store.hold_job(JobId(id), by, self.inner.clock.now()).await?)
    }

    /// Let a held job go on when its time comes.
    ///
    /// # Errors
    /// Where no open job has this number.
    pub async fn release_job(&self, id: i64, by: &str) -> EngineResult<()> {
        Ok(self.inner.store.release_job(JobId(id), by, self.inner.clock.now()).await?)
    }

    /// Give a job up.
    ///
    /// # Errors
    /// Where no open job has this number, or its certificate is issued already.
    pub async fn cancel_job(&self, id: i64, by: &str) -> EngineResult<()> {
        self.inner.store.cancel_job(JobId(id), by, self.inner.clock.now()).await?;
        self.inner.vault.remove_job_key(JobId(id))
    }
}
