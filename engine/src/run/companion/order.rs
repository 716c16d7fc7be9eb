//! Getting one second certificate. Whatever goes wrong, its job waits in the pending queue and is tried again: it is not given up
//! before somebody cancels it.

use crate::acme::AcmeError;
use crate::budget::{Charge, Purpose};
use crate::dcv::Finding;
use crate::error::{EngineError, EngineResult};
use crate::logbook::Block;
use crate::model::{CertificateRole, RunId, Timestamp};
use crate::plan::{Occasion, Seed};
use crate::queue::backoff::{Failures, Ladder};
use crate::run::journal::{Outcome, StepError, next_attempt, replan, take_step};
use crate::run::precheck::{Verdicts, by_dns};
use crate::run::session::Session;
use crate::store::{Job, JobId, JobState, NewJob, StoreError, Wait, Website};

/// So often an order that is lost is made anew within a run.
const MOST_TRIES: u32 = 8;
/// More steps than any order takes.
const MOST_STEPS: u32 = 32;
/// Why a job waits that something went wrong with beside the provider being out of order.
const FAILED: &str = "companion_failed";

/// What to order.
pub(super) struct Wanted {
    /// The names of the primary certificate.
    pub(super) names: Vec<String>,
    /// Which limits the order counts against.
    pub(super) charge: Charge,
    /// The certificate that it replaces (RFC 9773, section 4.1).
    pub(super) replaces: Option<String>,
}

/// How far a try has come.
enum Tried {
    Issued,
    Step(JobState),
    Again(String),
    Failed(String),
    Refused(AcmeError),
}

/// Get a second certificate, resuming what an earlier run or process began; `None` where its job waits now.
pub(super) async fn obtain(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    wanted: Wanted,
    block: &mut Block<'_>,
) -> EngineResult<Option<JobId>> {
    let Wanted { names, charge, replaces } = wanted;
    let mut job = take_up(session, run, website, names, replaces).await?;
    let account = match session.usable_account() {
        Ok(account) => account,
        Err(error) => return refused(session, &mut job, &error, block).await,
    };
    let by_dns = by_dns(session, &job.names, &Verdicts::new()).await?;
    // What the provider found while this server was not there to answer says nothing about the names.
    let mut unattended = job.state == JobState::Validating;
    let mut order = None;
    for _ in 0..MOST_STEPS {
        if job.state == JobState::Planned
            && let Some(wait) = session.books.order(session.inner, &job.names, charge, Purpose::Ordinary).await?
        {
            let (limit, subject) = (wait.limit.kind.words(), wait.limit.subject_in_words());
            let detail = format!("{}'s limit of {limit} ({subject}) is used up", session.provider.name);
            return put_off(session, &job, wait.until, "ca_budget", &detail, block).await;
        }
        let step = take_step(session, account, website, &mut job, &by_dns, &mut order).await;
        match tried(session, job.id, step, block).await? {
            Tried::Issued => {
                session.note(Ok(()));
                return Ok(Some(job.id));
            }
            Tried::Step(state) => job.state = state,
            Tried::Failed(_) if std::mem::take(&mut unattended) => {
                order = None;
                replan(session, &mut job, "its validation was interrupted", None).await?;
            }
            Tried::Again(reason) if job.tries < MOST_TRIES => {
                order = None;
                replan(session, &mut job, &reason, None).await?;
            }
            Tried::Again(reason) | Tried::Failed(reason) => return failed(session, &mut job, &reason, block).await,
            Tried::Refused(error) => {
                session.note(Err(&error));
                session.books.believe(session.inner, &error, &job.names).await?;
                return refused(session, &mut job, &error, block).await;
            }
        }
    }
    failed(session, &mut job, "the provider never settled on the order", block).await
}

/// Plan the job, or take up the one that is open: its names are the primary certificate's of now.
async fn take_up(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    names: Vec<String>,
    replaces: Option<String>,
) -> EngineResult<Job> {
    let (store, role) = (&session.inner.store, CertificateRole::Companion);
    let Some(mut job) = store.open_job_for(website.id, role).await? else {
        let (run, website, occasion) = (run.clone(), website.id, Occasion::Ordinary);
        let new = NewJob { run, website, role, names, replaces, occasion };
        return Ok(store.plan_job(&new, session.inner.clock.now()).await?);
    };
    if job.run != *run {
        store.adopt_job(job.id, run).await?;
        job.run = run.clone();
    }
    if job.names != names && job.state != JobState::Finalizing {
        replan(session, &mut job, "the first certificate has other names", Some(names)).await?;
    }
    Ok(job)
}

/// Read what came of a step; names that fail count against the provider's limit, and are said.
async fn tried(
    session: &Session<'_>,
    job: JobId,
    step: Result<Outcome, StepError>,
    block: &mut Block<'_>,
) -> EngineResult<Tried> {
    Ok(match step {
        Ok(Outcome::Now(JobState::Issued)) => Tried::Issued,
        Ok(Outcome::Now(state)) => Tried::Step(state),
        Ok(Outcome::OrderLost(reason)) => Tried::Again(reason),
        Ok(Outcome::Failing(failures)) => {
            let mut said = Vec::new();
            for failure in failures {
                session.books.failed_validation(session.inner, &failure.name).await?;
                said.push(format!("{}: {}", failure.name, failure.detail));
            }
            block.warn(2, FAILED, format!("The provider could not validate {}.", said.join("; ")));
            Tried::Failed(said.join("; "))
        }
        Ok(Outcome::Unpublished(findings)) => {
            let line = |(name, finding): &(String, Finding)| format!("{name}: {}", finding.code.cause());
            Tried::Failed(findings.iter().map(line).collect::<Vec<_>>().join("; "))
        }
        Err(StepError::Acme(error)) => Tried::Refused(error),
        Err(StepError::Engine(EngineError::Acme(error))) => Tried::Refused(error),
        Err(StepError::Engine(error)) => {
            // A job that was cancelled leaves no key behind.
            if matches!(error, EngineError::Store(StoreError::NotFound { kind: "job", .. })) {
                session.inner.vault.remove_job_key(job)?;
            }
            return Err(error);
        }
    })
}

async fn refused(
    session: &Session<'_>,
    job: &mut Job,
    error: &AcmeError,
    block: &mut Block<'_>,
) -> EngineResult<Option<JobId>> {
    match next_attempt(job, error, session.inner.clock.now()) {
        Some(until) => put_off(session, job, until, error.code(), &error.to_string(), block).await,
        None => failed(session, job, &error.to_string(), block).await,
    }
}

/// Begin anew after a pause that grows with the tries.
async fn failed(
    session: &Session<'_>,
    job: &mut Job,
    reason: &str,
    block: &mut Block<'_>,
) -> EngineResult<Option<JobId>> {
    let (count, last_at) = (job.tries.max(1), session.inner.clock.now());
    let until = Failures { count, last_at }.retry_at(Ladder::FailedValidation, Seed::of(&job.names.join(" ")));
    if job.state != JobState::Planned {
        replan(session, job, reason, None).await?;
    }
    put_off(session, job, until, FAILED, reason, block).await
}

async fn put_off(
    session: &Session<'_>,
    job: &Job,
    until: Timestamp,
    code: &str,
    detail: &str,
    block: &mut Block<'_>,
) -> EngineResult<Option<JobId>> {
    let wait = Wait { until, code: code.to_owned(), detail: detail.to_owned() };
    session.inner.store.let_wait(job.id, &wait, session.inner.clock.now()).await?;
    let contents = format!(
        "The first certificate stands alone: {detail}. The second one's job waits in the pending queue and goes on after {}.",
        until.rfc3339()
    );
    block.warn(2, code, contents);
    Ok(None)
}
