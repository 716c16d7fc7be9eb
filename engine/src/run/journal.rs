//! Getting a certificate, step by step: each step is in the journal before it is taken, so that a crash at any point is
//! followed by the next step and never by a second order.

mod failure;
mod lost;
mod step;

use super::session::Session;
use super::site::Site;
use crate::analyze::covers;
use crate::budget::{Charge, Purpose};
use crate::error::{EngineError, EngineResult};
use crate::logbook::Block;
use crate::model::{RunId, Timestamp};
use crate::plan::shrink::Dueness;
use crate::plan::{Occasion, PlannedJob};
use crate::store::{Job, JobId, JobState, NameProblem, NewJob, Step, StoreError, Website};
use failure::{failing, give_up, leave_out, out_of_order, refused, wait_for_budget};
use std::collections::BTreeSet;
use step::{Outcome, StepError, take_step};

/// Each round leaves at least one name out or makes a lost order anew; more rounds than this mean that something else is wrong.
const MOST_ROUNDS: u32 = 8;

/// What to order.
pub(super) struct Goal {
    names: Vec<String>,
    dueness: Dueness,
    charge: Charge,
    purpose: Purpose,
    replaces: Option<String>,
    failing: Vec<NameProblem>,
    by_dns: BTreeSet<String>,
    occasion: Occasion,
    /// Until when it would wait for the provider's limits, since others come before it.
    place: Option<Timestamp>,
}

impl Goal {
    /// Order what was planned; `failing` are the names that were left out already.
    pub(super) fn planned(site: &Site, job: PlannedJob, failing: Vec<NameProblem>, now: Timestamp) -> Self {
        let PlannedJob { names, charge, purpose, replaces, occasion, wait, .. } = job;
        let by_dns = BTreeSet::new();
        let place = wait.map(|wait| wait.until);
        Self { names, dueness: site.dueness(now), charge, purpose, replaces, failing, by_dns, occasion, place }
    }

    /// Go on with the job that is open.
    pub(super) fn resume(site: &Site, now: Timestamp) -> Self {
        Self {
            names: site.website.names.clone(),
            dueness: site.dueness(now),
            charge: site.charge(now),
            purpose: Purpose::Ordinary,
            replaces: None,
            failing: Vec::new(),
            by_dns: BTreeSet::new(),
            occasion: Occasion::Ordinary,
            place: None,
        }
    }

    /// The names that may be ordered.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Validate these names by DNS-01, as wildcards always are.
    pub(super) fn by_dns(self, names: BTreeSet<String>) -> Self {
        Self { by_dns: names, ..self }
    }
}

/// What came of trying to get a certificate.
pub(super) struct Obtained {
    /// The job whose certificate is in the certificate store, or why there is none.
    pub(super) certificate: Result<JobId, Refusal>,
    /// The names that are not in it, each with a reason.
    pub(super) problems: Vec<NameProblem>,
}

/// Why there is no new certificate. The reasons are in the problems and the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The certificate in place is better than the one that could be had.
    KeepsWhatItHas,
    /// The job goes on later, from the pending queue.
    Waits,
    /// It did not work.
    Failed,
}

/// Get a certificate for a website, resuming what an earlier run or process began.
pub(super) async fn obtain(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    goal: Goal,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let Goal { names, dueness, charge, purpose, replaces, failing: mut problems, by_dns, occasion, place } = goal;
    let account = match session.usable_account() {
        Ok(account) => account,
        Err(error) => return Ok(out_of_order(website, problems, &error, block)),
    };
    let new = NewJob { run: run.clone(), website: website.id, names, replaces, occasion };
    let Some(mut job) = take_up_job(session, website, new, block).await? else {
        return Ok(Obtained { certificate: Err(Refusal::Failed), problems });
    };
    // What the provider found while this server was not there to answer says nothing about the names.
    let mut unattended = job.state == JobState::Validating;
    let mut order = None;
    for _ in 0..MOST_ROUNDS * 4 {
        if job.state == JobState::Planned
            && let Some(mut wait) = session.books.order(session.inner, &job.names, charge, purpose).await?
        {
            // All that wait for the same limit would come back together for its next token.
            wait.until = place.map_or(wait.until, |place| wait.until.max(place));
            return wait_for_budget(session, &job, problems, wait, block).await;
        }
        match take_step(session, account, website, &mut job, &by_dns, &mut order).await {
            Ok(Outcome::Now(JobState::Issued)) => {
                session.note(Ok(()));
                return Ok(Obtained { certificate: Ok(job.id), problems });
            }
            Ok(Outcome::Now(state)) => job.state = state,
            Ok(Outcome::Failing(_)) if std::mem::take(&mut unattended) => {
                let reason = "its validation was interrupted";
                block.warn(2, "order_lost", format!("The order is made anew: {reason}."));
                order = None;
                replan(session, &mut job, reason, None).await?;
            }
            Ok(Outcome::OrderLost(reason)) if job.tries < MOST_ROUNDS => {
                block.warn(2, "order_lost", format!("The order is made anew: {reason}."));
                order = None;
                replan(session, &mut job, &reason, None).await?;
            }
            Ok(Outcome::OrderLost(reason)) => {
                return give_up(session, &job, website, problems, "order_lost", &reason, block).await;
            }
            Ok(outcome @ (Outcome::Failing(_) | Outcome::Unpublished(_))) => {
                order = None;
                problems.extend(failing(session, website, outcome, block).await?);
                let left = leave_out(session, website, &mut job, dueness, &problems, block).await?;
                if let Err(refusal) = left {
                    return Ok(Obtained { certificate: Err(refusal), problems });
                }
            }
            Err(StepError::Engine(EngineError::Store(StoreError::NotFound { kind: "job", .. }))) => {
                block.warn(2, "cancelled", "The job was cancelled.");
                session.inner.vault.remove_job_key(job.id)?;
                return Ok(Obtained { certificate: Err(Refusal::KeepsWhatItHas), problems });
            }
            Err(StepError::Engine(EngineError::Store(StoreError::Refused { reason, .. }))) => {
                block.warn(2, "job_stays", format!("The job stays as it is: {reason}."));
                return Ok(Obtained { certificate: Err(Refusal::Waits), problems });
            }
            Err(StepError::Engine(error)) => return Err(error),
            Err(StepError::Acme(error)) => {
                session.note(Err(&error));
                session.books.believe(session.inner, &error, &job.names).await?;
                return refused(session, &mut job, website, problems, &error, block).await;
            }
        }
    }
    give_up(session, &job, website, problems, "too_many_rounds", "the provider never settled on the order", block).await
}

/// Plan a job, or take up the one that is open; `None` where none of its names is the website's any more.
async fn take_up_job(
    session: &Session<'_>,
    website: &Website,
    new: NewJob,
    block: &mut Block<'_>,
) -> EngineResult<Option<Job>> {
    let inner = session.inner;
    let run = &new.run;
    let Some(mut job) = inner.store.open_job(website.id).await? else {
        return Ok(Some(inner.store.plan_job(&new, inner.clock.now()).await?));
    };
    block.out(2, format!("Resuming the order that stopped at {:?}.", job.state.as_str()));
    if job.run != *run {
        inner.store.adopt_job(job.id, run).await?;
        job.run = run.clone();
        // The website may have changed since; an order whose CSR was sent is finished all the same.
        let is_wanted = |name: &String| website.names.iter().any(|own| covers(name, own));
        let (still, gone): (Vec<String>, Vec<String>) = job.names.iter().cloned().partition(is_wanted);
        if still.is_empty() {
            block.warn(2, "names_gone", format!("{} left the website; nothing is ordered.", gone.join(", ")));
            close(session, job.id, "its names left the website").await?;
            return Ok(None);
        }
        if !gone.is_empty() && job.state != JobState::Finalizing {
            replan(session, &mut job, &format!("{} left the website", gone.join(", ")), Some(still)).await?;
        }
    }
    Ok(Some(job))
}

async fn replan(session: &Session<'_>, job: &mut Job, detail: &str, names: Option<Vec<String>>) -> EngineResult<()> {
    if let Some(names) = names {
        job.names = names;
    }
    session.inner.store.replan_job(job.id, &job.names, detail, session.inner.clock.now()).await?;
    job.state = JobState::Planned;
    job.order_url = None;
    Ok(())
}

async fn close(session: &Session<'_>, job: JobId, reason: &str) -> EngineResult<()> {
    session.inner.store.step_job(job, Step::Fail, reason, session.inner.clock.now()).await?;
    session.inner.vault.remove_job_key(job)
}
