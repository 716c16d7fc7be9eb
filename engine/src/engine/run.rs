//! Asking for runs, watching them, reading their logs.

use super::Engine;
use crate::error::EngineResult;
use crate::logbook;
use crate::model::{LogFilter, LogFormat, LogPage, Page, RunId, RunScope, RunSummary};
use crate::store::NewRun;
use std::path::PathBuf;
use tokio::sync::watch;

impl Engine {
    /// Ask for a run; it starts as soon as no other run is in progress. An open run of the same scope is returned instead.
    ///
    /// # Errors
    /// Where the user does not exist.
    pub async fn request_run(&self, scope: RunScope, requested_by: &str) -> EngineResult<RunId> {
        let inner = &self.inner;
        if let RunScope::User(name) = &scope {
            inner.store.user(name, inner.clock.now()).await?;
        }
        let new = NewRun { scope, requested_by: requested_by.to_owned(), at: inner.clock.now() };
        let id = inner.store.queue_run(&new).await?;
        inner.progress.send_replace(Some(inner.store.run(&id).await?));
        inner.wake.notify_one();
        Ok(id)
    }

    /// Ask a run to stop after the websites that it is working on.
    ///
    /// # Errors
    /// Where no open run has this name.
    pub async fn stop_run(&self, id: &RunId) -> EngineResult<()> {
        Ok(self.inner.store.request_stop(id).await?)
    }

    /// Watch the run that changed last; `None` until one does.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Option<RunSummary>> {
        self.inner.progress.subscribe()
    }

    /// Show one run.
    ///
    /// # Errors
    /// Where there is no such run.
    pub async fn run(&self, id: &RunId) -> EngineResult<RunSummary> {
        Ok(self.inner.store.run(id).await?)
    }

    /// List runs, newest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn runs(&self, page: u32, per_page: u32) -> EngineResult<Page<RunSummary>> {
        Ok(self.inner.store.runs(page, per_page).await?)
    }

    /// Read a part of a run's log: at most `limit` matching records from number `offset` on.
    ///
    /// # Errors
    /// Where there is no such run or its log cannot be read; a run that has not started has an empty log.
    pub async fn log_page(&self, id: &RunId, filter: &LogFilter, offset: u32, limit: u32) -> EngineResult<LogPage> {
        let path = self.log_path(id, LogFormat::Json).await?;
        logbook::read(path, filter.clone(), offset, limit, self.inner.clock.now()).await
    }

    /// Name the file that holds a run's log.
    ///
    /// # Errors
    /// Where there is no such run.
    pub async fn log_path(&self, id: &RunId, format: LogFormat) -> EngineResult<PathBuf> {
        self.inner.store.run(id).await?;
        Ok(logbook::path(&self.inner.config.logs_dir, id, format))
    }
}
