//! Working on runs: one process at a time, the leader, takes what was asked for, checks the websites, orders, installs, and tells.

mod authorities;
mod authority;
mod books;
mod check;
mod companion;
mod departed;
mod drift;
mod eyes;
mod finish;
mod foreign;
mod journal;
pub(crate) mod leader;
mod lock;
mod opening;
mod outcome;
pub(crate) mod persist;
mod precheck;
mod preview;
mod promise;
mod renewal;
mod revoked;
pub(crate) mod schedule;
mod services;
mod session;
mod settle;
mod site;
mod survey;
pub(crate) mod sync;
mod turns;
mod uninstall;
mod work;

pub(crate) use drift::look_now;
pub(crate) use precheck::{Board, check_one, checker};
pub(crate) use preview::plan;
pub(crate) use promise::PROMISES;

use crate::Engine;
use crate::error::{EngineError, EngineResult};
use leader::Leadership;
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
    /// While another process works on runs, this one waits and passes on that one's progress. Where another machine takes the work
    /// over, what is in progress is dropped on the spot: that one resumes it.
    ///
    /// # Errors
    /// Where the lock file cannot be made. Errors of single runs are logged and recorded, and the work goes on.
    pub async fn work(&self, stop: CancellationToken) -> EngineResult<()> {
        while !stop.is_cancelled() {
            if let Some(leader) = self.try_lead().await? {
                tokio::select! {
                    () = leader.lost() => tracing::warn!("another process works on runs now; this one waits"),
                    () = self.work_as_leader(&stop) => {}
                }
                if let Err(error) = leader.give_up().await {
                    tracing::warn!(%error, "the lease stays until it expires");
                }
            } else {
                self.pass_on_progress().await;
                wait(LOOK_AGAIN, &stop).await;
            }
        }
        Ok(())
    }

    /// Work on the runs that are asked for until none is left; `false` where another process does that.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn work_off(&self, stop: CancellationToken) -> EngineResult<bool> {
        let work = async {
            while !stop.is_cancelled() && self.work_on_next(&stop).await? {}
            Ok(())
        };
        self.lead(work).await
    }

    /// Do what is due at this moment: ask for the runs whose time has come and work on runs until none is left; `false` at once where
    /// another process does that. For simulations, which move a clock of their own between two calls; a server calls [`Engine::work`].
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn work_on_what_is_due(&self, stop: CancellationToken) -> EngineResult<bool> {
        let work = async {
            drift::keep(&self.inner, &stop).await?;
            schedule::keep(&self.inner).await?;
            while !stop.is_cancelled() && self.work_on_next(&stop).await? {
                schedule::keep(&self.inner).await?;
            }
            Ok(())
        };
        self.lead(work).await
    }

    /// Work as the leader; `false` where another process is it, or became it meanwhile.
    async fn lead(&self, work: impl Future<Output = EngineResult<()>>) -> EngineResult<bool> {
        let Some(leader) = Leadership::try_take(&self.inner).await? else { return Ok(false) };
        services::prepare(&self.inner);
        let worked = tokio::select! {
            () = leader.lost() => Ok(false),
            worked = work => worked.map(|()| true),
        };
        leader.give_up().await?;
        worked
    }

    /// Try to become the leader; a store that fails is no reason to give up.
    async fn try_lead(&self) -> EngineResult<Option<Leadership>> {
        match Leadership::try_take(&self.inner).await {
            Err(EngineError::Store(error)) => {
                tracing::error!(%error, "the lease cannot be taken; trying again soon");
                Ok(None)
            }
            other => other,
        }
    }

    async fn work_as_leader(&self, stop: &CancellationToken) {
        services::prepare(&self.inner);
        while !stop.is_cancelled() {
            if let Err(error) = drift::keep(&self.inner, stop).await {
                tracing::error!(%error, "what services present cannot be looked at; trying again later");
            }
            if let Err(error) = schedule::keep(&self.inner).await {
                tracing::error!(%error, "the schedule cannot be kept; trying again soon");
            }
            match self.work_on_next(stop).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = self.inner.wake.notified() => {}
                    () = wait(LOOK_AGAIN, stop) => {}
                },
                Err(error) => {
                    tracing::error!(%error, "a run cannot be worked on; trying again soon");
                    wait(AFTER_ERROR, stop).await;
                }
            }
        }
    }

    async fn work_on_next(&self, stop: &CancellationToken) -> EngineResult<bool> {
        let inner = &self.inner;
        inner.store.sweep_challenges(inner.clock.now().plus(-STALE_CHALLENGE_SECONDS)).await?;
        let Some(run) = inner.store.next_run().await? else { return Ok(false) };
        let id = run.id.clone();
        // No order is in progress before a run: what is still published was left behind.
        inner.dns.now(inner.store.as_ref()).await?.sweep(inner.store.as_ref(), inner.clock.now()).await?;
        tracing::info!(run.id = %id, run.scope = %run.scope, "run started");
        let ended = session::work_on(inner, run, stop).await?;
        promise::settle(inner).await?;
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

async fn wait(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}
