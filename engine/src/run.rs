//! Working on runs: one process at a time takes what was asked for, checks the websites, orders, installs, and tells.

mod books;
mod check;
mod finish;
mod journal;
mod lock;
mod outcome;
mod precheck;
mod preview;
mod renewal;
pub(crate) mod schedule;
mod session;
mod settle;
mod site;
mod survey;
mod turns;
mod work;

pub(crate) use precheck::checker;
pub(crate) use preview::plan;

use crate::Engine;
use crate::error::EngineResult;
use lock::RunnerLock;
use session::Ended;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often runs that another process asked for, or works on, are looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long to leave a store alone that failed.
const AFTER_ERROR: Duration = Duration::from_secs(5);
/// A token that old belongs to no order that is still worked on.
const STALE_CHALLENGE_SECONDS: i64 = 86_400;

impl Engine {
    /// Work on runs as they are asked for, until `stop` is cancelled; then what is in progress is parked and resumed later.
    ///
    /// While another process works on runs, this one waits and passes on that one's progress.
    ///
    /// # Errors
    /// Where the lock file cannot be made. Errors of single runs are logged and recorded, and the work goes on.
    pub async fn work(&self, stop: CancellationToken) -> EngineResult<()> {
        let lock = loop {
            if let Some(lock) = RunnerLock::try_take(&self.inner.config.data_dir)? {
                break lock;
            }
            self.pass_on_progress().await;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        };
        while !stop.is_cancelled() {
            if let Err(error) = schedule::keep(&self.inner).await {
                tracing::error!(%error, "the schedule cannot be kept; trying again soon");
            }
            match self.work_on_next(&stop).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = stop.cancelled() => break,
                    () = self.inner.wake.notified() => {}
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                },
                Err(error) => {
                    tracing::error!(%error, "a run cannot be worked on; trying again soon");
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(AFTER_ERROR) => {}
                    }
                }
            }
        }
        drop(lock);
        Ok(())
    }

    /// Work on the runs that are asked for until none is left; `false` at once where another process does that.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn work_off(&self, stop: CancellationToken) -> EngineResult<bool> {
        let Some(lock) = RunnerLock::try_take(&self.inner.config.data_dir)? else { return Ok(false) };
        while !stop.is_cancelled() && self.work_on_next(&stop).await? {}
        drop(lock);
        Ok(true)
    }

    /// Do what is due at this moment: ask for the runs whose time has come and work on runs until none is left; `false` at once where
    /// another process does that. For simulations, which move a clock of their own between two calls; a server calls [`Engine::work`].
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn work_on_what_is_due(&self, stop: CancellationToken) -> EngineResult<bool> {
        let Some(lock) = RunnerLock::try_take(&self.inner.config.data_dir)? else { return Ok(false) };
        schedule::keep(&self.inner).await?;
        while !stop.is_cancelled() && self.work_on_next(&stop).await? {
            schedule::keep(&self.inner).await?;
        }
        drop(lock);
        Ok(true)
    }

    async fn work_on_next(&self, stop: &CancellationToken) -> EngineResult<bool> {
        let inner = &self.inner;
        inner.store.sweep_challenges(inner.clock.now().plus(-STALE_CHALLENGE_SECONDS)).await?;
        let Some(run) = inner.store.next_run().await? else { return Ok(false) };
        let id = run.id.clone();
        tracing::info!(run.id = %id, run.scope = %run.scope, "run started");
        let ended = session::work_on(inner, run, stop).await?;
        inner.progress.send_replace(Some(inner.store.run(&id).await?));
        match ended {
            Ended::Finished => tracing::info!(run.id = %id, "run ended"),
            Ended::Parked => tracing::info!(run.id = %id, "run parked; it is resumed at the next start"),
        }
        Ok(true)
    }

    async fn pass_on_progress(&self) {
        let Ok(latest) = self.inner.store.runs(1, 1).await else { return };
        let latest = latest.rows.into_iter().next();
        self.inner.progress.send_if_modified(|known| {
            let changed = *known != latest;
            *known = latest;
            changed
        });
    }
}
