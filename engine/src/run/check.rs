//! One website in a run: what it needs, and getting it.

use super::finish::Pending;
use super::journal::{Obtained, Refusal, obtain};
use super::need::{Need, coverage, need};
use super::session::Session;
use crate::error::EngineResult;
use crate::model::{CheckResult, Coverage, RunCounts, RunId};
use crate::store::{JobState, NameProblem, Website, WebsiteOutcome};

/// How the check of a website went.
pub(super) enum Checked {
    /// Nothing is left to do.
    Over(WebsiteOutcome),
    /// A certificate waits to be installed with the others of this run.
    ToInstall(Box<Pending>),
}

/// Check one website and order what it needs.
pub(super) async fn check(session: &Session<'_>, run: &RunId, website: &Website) -> EngineResult<Checked> {
    let inner = session.inner;
    let now = inner.clock.now();
    let mut block = session.book.website_block(&website.user, &website.domain);
    let headline = format!("{} ({}): {}", website.domain, website.user, coverage(website, now).as_str());
    let unfinished = inner.store.open_job(website.id).await?;
    let ready = unfinished.as_ref().is_some_and(|job| matches!(job.state, JobState::Issued | JobState::Installing));
    let has_services = !inner.installers.is_empty();
    let reason = match (need(website, has_services, now), &website.certificate) {
        (_, Some(certificate)) if ready => {
            block.out(1, format!("{headline}; its new certificate waits to be installed"));
            let pending = Pending::new(website, certificate, unfinished.map(|job| job.id), Vec::new());
            return Ok(Checked::ToInstall(Box::new(pending)));
        }
        (Need::Nothing { reason }, _) => {
            block.success(1, format!("{headline}, {reason}"));
            return Ok(Checked::Over(outcome(CheckResult::Secured, Vec::new(), RunCounts { kept: 1, ..one() }, now)));
        }
        (Need::Installing(certificate), _) => {
            block
                .out(1, format!("{headline}, but no service was seen to present its certificate; installing it again"));
            return Ok(Checked::ToInstall(Box::new(Pending::new(website, &certificate, None, Vec::new()))));
        }
        (Need::Certificate { reason }, _) => reason,
    };
    block.out(1, format!("{headline}; {reason}; ordering for {}", website.names.join(", ")));
    match obtain(session, run, website, &mut block).await? {
        Obtained { certificate: Ok(job), problems } => {
            session.show(|counts| counts.issued += 1);
            let renewed = inner.store.website(website.id).await?;
            match &renewed.certificate {
                Some(certificate) => {
                    let pending = Pending::new(&renewed, certificate, Some(job), problems);
                    Ok(Checked::ToInstall(Box::new(pending)))
                }
                None => Ok(Checked::Over(nothing_issued(website, problems, now))),
            }
        }
        Obtained { certificate: Err(Refusal::KeepsWhatItHas), problems } => {
            let names_failed = u32::try_from(problems.len()).unwrap_or(u32::MAX);
            let counts = RunCounts { kept: 1, names_failed, ..one() };
            Ok(Checked::Over(outcome(CheckResult::Incomplete, problems, counts, now)))
        }
        Obtained { certificate: Err(Refusal::Failed), problems } => {
            Ok(Checked::Over(nothing_issued(website, problems, now)))
        }
    }
}

fn nothing_issued(website: &Website, problems: Vec<NameProblem>, now: crate::model::Timestamp) -> WebsiteOutcome {
    let result = match coverage(website, now) {
        Coverage::Secured | Coverage::Incomplete => CheckResult::Incomplete,
        Coverage::Defective | Coverage::Unsecured => CheckResult::Failed,
    };
    let names_failed = u32::try_from(problems.len()).unwrap_or(u32::MAX);
    outcome(result, problems, RunCounts { failed: 1, names_failed, ..one() }, now)
}

/// The counts of one website that is dealt with.
pub(super) fn one() -> RunCounts {
    RunCounts { websites_done: 1, ..RunCounts::default() }
}

/// Put an outcome together.
pub(super) fn outcome(
    result: CheckResult,
    problems: Vec<NameProblem>,
    counts: RunCounts,
    at: crate::model::Timestamp,
) -> WebsiteOutcome {
    WebsiteOutcome { result, problems, counts, at }
}
