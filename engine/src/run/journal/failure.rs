//! What to do when an order does not work out: leave names out, wait for the provider, or give up.

use super::step::Outcome;
use super::{Obtained, Refusal, close, replan};
use crate::acme::{AcmeError, NameFailure, Trouble};
use crate::analyze::{covers, defects};
use crate::budget;
use crate::error::{EngineError, EngineResult};
use crate::logbook::Block;
use crate::model::Timestamp;
use crate::plan::shrink::{Dueness, FailingName, Impediment, Shrink, shrink};
use crate::plan::{Occasion, Seed};
use crate::queue::backoff::{Failures, Ladder, after_limit};
use crate::queue::polling::next_question;
use crate::run::authority::{Authority, Told};
use crate::run::check::{report_deferral, report_left_out};
use crate::run::precheck::persistence_of;
use crate::run::session::Session;
use crate::run::site::facts_in_place;
use crate::store::{Job, NameProblem, StoreError, Wait, Website};

/// Report the names by which a step failed. What the provider could not validate counts against its limit.
pub(super) async fn failing(
    session: &Session<'_>,
    authority: &Authority,
    website: &Website,
    outcome: Outcome,
    block: &mut Block<'_>,
) -> EngineResult<Vec<NameProblem>> {
    let now = session.inner.clock.now();
    let mut problems = Vec::new();
    let mut add = |failing: String, code: String, detail: String| {
        // A wildcard stands for names of the website that have no place of their own in the order.
        let stood_for = website.names.iter().filter(|name| **name != failing && covers(&failing, name)).cloned();
        for name in stood_for.chain([failing.clone()]) {
            let trouble = website.troubles.iter().find(|trouble| trouble.name == name);
            let count = trouble.map_or(0, |trouble| trouble.failures).saturating_add(1);
            let retry_at = Some(Failures { count, last_at: now }.retry_at(Ladder::FailedValidation, Seed::of(&name)));
            problems.push(NameProblem { name, code: code.clone(), detail: detail.clone(), retry_at });
        }
    };
    match outcome {
        Outcome::Failing(failures) => {
            for NameFailure { name, kind, detail } in failures {
                let code = format!("dcv_{}", snake_case(&kind));
                block.name_error(2, &code, &name, format!("{name} failed validation: {detail}"));
                authority.books.failed_validation(session.inner, &name).await?;
                add(name, code, detail);
            }
        }
        Outcome::Unpublished(findings) => {
            for (name, finding) in findings {
                let (code, detail) = (finding.code.as_str(), format!("{} {}", finding.code.cause(), finding.evidence));
                block.name_error(2, code, &name, format!("{name} cannot be validated: {detail}"));
                add(name, code.to_owned(), detail);
            }
        }
        Outcome::Now(_) | Outcome::OrderLost(_) => {}
    }
    Ok(problems)
}

/// Tell the first problem's code and what was seen: a companion is for all of its names or for none.
pub(super) fn first(problems: &[NameProblem]) -> (String, String) {
    let told = |problem: &NameProblem| (problem.code.clone(), format!("{}: {}", problem.name, problem.detail));
    problems.first().map_or_else(Default::default, told)
}

/// Decide whether to go on without the names that have problems.
pub(super) async fn leave_out(
    session: &Session<'_>,
    website: &Website,
    job: &mut Job,
    dueness: Dueness,
    problems: &[NameProblem],
    block: &mut Block<'_>,
) -> EngineResult<Result<(), Refusal>> {
    let now = session.inner.clock.now();
    let failing: Vec<_> = problems
        .iter()
        .map(|problem| FailingName {
            name: &problem.name,
            persistence: persistence_of(website, &problem.name, &problem.code, now),
        })
        .collect();
    let planned: Vec<&str> = job.names.iter().map(String::as_str).collect();
    // What clients refuse has nothing to lose.
    let live = facts_in_place(website).filter(|facts| defects(facts, now).is_empty());
    let shrunk = shrink(&planned, &failing, live.as_ref(), dueness, now);
    let code = shrunk.code().unwrap_or_default();
    let refusal = match shrunk {
        Shrink::Order { names, lost } => {
            report_left_out(block, problems, &names, &lost);
            let left_out: Vec<_> = problems.iter().map(|problem| problem.name.as_str()).collect();
            replan(session, job, &format!("without {}", left_out.join(", ")), Some(names)).await?;
            return Ok(Ok(()));
        }
        Shrink::Deferred { until, names } => {
            report_deferral(block, &names, until);
            Refusal::KeepsWhatItHas
        }
        Shrink::Impeded(Impediment::NoUnsecuredDomainPassedDcv) => {
            block.warn(2, code, "The names that are left are secured already; the certificate stays.");
            Refusal::KeepsWhatItHas
        }
        Shrink::Impeded(Impediment::TotalDcvFailure) => {
            block.error(2, code, "No name passed validation.");
            Refusal::Failed
        }
    };
    close(session, job.id, code).await?;
    Ok(Err(refusal))
}

/// Deal with an error of the provider: a job that may still be finished waits in the pending queue, another is over.
pub(super) async fn refused(
    session: &Session<'_>,
    job: &mut Job,
    website: &Website,
    problems: Vec<NameProblem>,
    error: &AcmeError,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let now = session.inner.clock.now();
    let Some(until) = next_attempt(job, error, now) else {
        return give_up(session, job, website, problems, error.code(), &error.to_string(), block).await;
    };
    let wait = Wait { until, code: error.code().to_owned(), detail: error.to_string() };
    session.inner.store.let_wait(job.id, &wait, now).await?;
    let contents = format!("{error}. The job waits in the pending queue and goes on after {}.", until.rfc3339());
    if matches!(error, AcmeError::Unfinished { .. } | AcmeError::RateLimited { .. }) {
        block.warn(2, error.code(), contents);
        return Ok(Obtained { certificate: Err(Refusal::Waits), problems });
    }
    block.error(2, error.code(), contents);
    Ok(failed(website, problems, error.code(), &error.to_string()))
}

/// Let a job wait until the provider's limits allow its order.
pub(super) async fn wait_for_budget(
    session: &Session<'_>,
    job: &Job,
    authority: &Authority,
    problems: Vec<NameProblem>,
    budget: budget::Wait,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let now = session.inner.clock.now();
    let (limit, subject) = (budget.limit.kind.words(), budget.limit.subject_in_words());
    let detail = format!("{}'s limit of {limit} ({subject}) is used up", authority.name());
    authority.books.line_up(&budget.limit).await;
    block.warn(2, "ca_budget", format!("Waiting until {}: {detail}.", budget.until.rfc3339()));
    let wait = Wait { until: budget.until, code: "ca_budget".to_owned(), detail };
    session.inner.store.let_wait(job.id, &wait, now).await?;
    Ok(Obtained { certificate: Err(Refusal::Waits), problems })
}

/// Let a job wait until the provider that has its order, or is to get it, is asked again.
pub(super) async fn put_off(
    session: &Session<'_>,
    job: &Job,
    website: &Website,
    problems: Vec<NameProblem>,
    until: Timestamp,
    told: &Told,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let Told { code, words } = told;
    let wait = Wait { until, code: code.clone(), detail: words.clone() };
    session.inner.store.let_wait(job.id, &wait, session.inner.clock.now()).await?;
    let until = until.rfc3339();
    block.error(2, code, format!("{words}. The job waits in the pending queue and goes on after {until}."));
    Ok(failed(website, problems, code, words))
}

/// Deal with what the store does not allow: the job was cancelled, or is held, while it was worked on.
pub(super) fn disallowed(
    error: EngineError,
    problems: Vec<NameProblem>,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let refusal = match error {
        EngineError::Store(StoreError::NotFound { kind: "job", .. }) => {
            block.warn(2, "cancelled", "The job was cancelled.");
            Refusal::KeepsWhatItHas
        }
        EngineError::Store(StoreError::Refused { reason, .. }) => {
            block.warn(2, "job_stays", format!("The job stays as it is: {reason}."));
            Refusal::Waits
        }
        error => return Err(error),
    };
    Ok(Obtained { certificate: Err(refusal), problems })
}

/// Tell when a job goes on after an error; `None` where trying again would not help.
fn next_attempt(job: &Job, error: &AcmeError, now: Timestamp) -> Option<Timestamp> {
    let seed = Seed::of(&job.names.join(" "));
    match error {
        AcmeError::Unfinished { retry_after, .. } => Some(next_question(job.planned_at, now, *retry_after)),
        AcmeError::RateLimited { retry_after, .. } => {
            Some(after_limit(retry_after.map(|seconds| now.plus(seconds)), seed, now))
        }
        AcmeError::NotAcme { retry_after: Some(seconds), .. } => Some(after_limit(Some(now.plus(*seconds)), seed, now)),
        error if error.trouble() == Trouble::Down => {
            // The pauses double, so the time that has passed tells how many there were.
            let minutes = u64::try_from(now.since(job.planned_at) / 60).unwrap_or(0);
            let count = (minutes + 1).ilog2() + 1;
            Some(Failures { count, last_at: now }.retry_at(Ladder::Outage, seed))
        }
        _ => None,
    }
}

pub(super) async fn give_up(
    session: &Session<'_>,
    job: &Job,
    website: &Website,
    problems: Vec<NameProblem>,
    code: &str,
    reason: &str,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    block.error(2, code, format!("No {} for {}: {reason}.", ordered(job), website.domain));
    close(session, job.id, reason).await?;
    Ok(failed(website, problems, code, reason))
}

pub(super) fn out_of_order(
    website: &Website,
    problems: Vec<NameProblem>,
    Told { code, words }: &Told,
    block: &mut Block<'_>,
) -> Obtained {
    block.error(2, code, format!("Nothing was ordered for {}: {words}.", website.domain));
    failed(website, problems, code, words)
}

/// Name what a job is for.
const fn ordered(job: &Job) -> &'static str {
    match job.occasion {
        Occasion::Companion => "companion",
        Occasion::Ordinary | Occasion::Readd => "certificate",
    }
}

/// Put the reason on every name that has none yet.
fn failed(website: &Website, mut problems: Vec<NameProblem>, code: &str, reason: &str) -> Obtained {
    for name in &website.names {
        if !problems.iter().any(|problem| problem.name == *name) {
            let (name, code, detail) = (name.clone(), code.to_owned(), reason.to_owned());
            problems.push(NameProblem { name, code, detail, retry_at: None });
        }
    }
    Obtained { certificate: Err(Refusal::Failed), problems }
}

fn snake_case(kind: &str) -> String {
    let mut out = String::with_capacity(kind.len() + 4);
    for letter in kind.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
    }
    out
}
