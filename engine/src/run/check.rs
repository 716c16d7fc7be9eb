//! One website of a run for which a certificate is wanted: get it.

use super::companion::{self, Added};
use super::eyes::Sight;
use super::finish::{Pending, finish};
use super::foreign;
use super::journal::{Goal, Obtained, Refusal, obtain};
use super::outcome::{failed, only_companion, stays};
use super::persist;
use super::precheck::{Verdicts, methods};
use super::session::Session;
use super::settle::{Task, headline, left_out, report_problems, waiting};
use super::site::{Asked, Site};
use crate::error::EngineResult;
use crate::logbook::Block;
use crate::model::{RunId, Timestamp};
use crate::plan::{Occasion, OrderReason};
use crate::store::{JobId, NameProblem, WebsiteId, WebsiteOutcome};

/// Do what a task asks for. The certificate that waits to be installed with the others of this run is returned.
pub(super) async fn check(
    session: &Session<'_>,
    run: &RunId,
    task: Task,
    verdicts: &Verdicts,
    sight: Sight,
) -> EngineResult<Option<Pending>> {
    if is_for_companion(&task) {
        return check_companion(session, run, &task.site, verdicts, sight).await;
    }
    let Task { site, planned } = task;
    let now = session.inner.clock.now();
    let website = &site.website;
    let mut block = session.book.website_block(&website.user, &website.domain);
    let (goal, standing) = match planned {
        None => {
            block.out(1, format!("{}; its job goes on", headline(&site, now)));
            (Goal::resume(&site, now), Vec::new())
        }
        Some(job) => {
            block.out(1, format!("{}; {}", headline(&site, now), job.because.words()));
            foreign::report_replaced(&mut block, &site);
            if let Some(url) = site.explanation() {
                block.out(2, format!("The provider explains when it wants this certificate renewed: {url}"));
            }
            let (problems, standing) = left_out(website, &job.left_out, verdicts, now);
            report_problems(&mut block, &problems);
            report_left_out(&mut block, &problems, &job.names, &job.lost);
            persist::report(&mut block, verdicts);
            (Goal::planned(&site, job, problems, now), standing)
        }
    };
    let methods = methods(session, goal.names(), verdicts, &sight).await?;
    let goal = goal.by(methods).seen(sight.clone());
    let Obtained { certificate, problems } = obtain(session, run, website, goal, &mut block).await?;
    let now = session.inner.clock.now();
    let outcome = match certificate {
        Ok(job) => {
            session.show(|counts| counts.issued += 1);
            let renewed = session.inner.store.website(website.id).await?;
            // What was just renewed is not left alone for what failed before.
            let companion = companion::wanted(&renewed, session.companions(), Asked::ByPerson, now);
            let added = match companion {
                Some(names) => companion::add(session, run, &renewed, names, (verdicts, sight), &mut block).await?,
                None => Added::Nothing,
            };
            if let Some(pending) = pending(session, website.id, Some(job), problems.clone()).await? {
                return Ok(Some(pending.standing(standing).beside(added)));
            }
            failed(&site, problems, standing, now)
        }
        Err(Refusal::Waits) => waits(&site, problems, now),
        Err(Refusal::KeepsWhatItHas) => stays(problems, standing, now),
        Err(Refusal::Failed) => failed(&site, problems, standing, now),
    };
    companion::close(session, website).await?;
    drop(block);
    finish(session, run, website, &outcome).await?;
    Ok(None)
}

/// Tell whether a task is only for the companion of a certificate, which is in place or waits to be installed.
fn is_for_companion(task: &Task) -> bool {
    match &task.planned {
        Some(job) => job.occasion == Occasion::Companion,
        None => task.site.website.job.as_ref().is_none_or(|job| job.state.has_certificate()),
    }
}

/// Get the companion of a website's certificate. Where there is something to install, it is returned.
async fn check_companion(
    session: &Session<'_>,
    run: &RunId,
    site: &Site,
    verdicts: &Verdicts,
    sight: Sight,
) -> EngineResult<Option<Pending>> {
    let now = session.inner.clock.now();
    let website = &site.website;
    let mut block = session.book.website_block(&website.user, &website.domain);
    block.out(1, format!("{}; {}", headline(site, now), OrderReason::Companion.words()));
    // Whether one is due was decided already; what waited goes on now.
    let added = match companion::wanted(website, session.companions(), Asked::ByPerson, now) {
        Some(names) => companion::add(session, run, website, names, (verdicts, sight), &mut block).await?,
        None => Added::Nothing,
    };
    let job = website.job.as_ref().map(|job| job.id);
    if (added == Added::Issued || job.is_some() || site.is_to_be_installed())
        && let Some(pending) = pending(session, website.id, job, Vec::new()).await?
    {
        return Ok(Some(pending.beside(added)));
    }
    drop(block);
    finish(session, run, website, &only_companion(added, now)).await?;
    Ok(None)
}

/// Note what is to be installed for a website as it stands now.
async fn pending(
    session: &Session<'_>,
    website: WebsiteId,
    job: Option<JobId>,
    problems: Vec<NameProblem>,
) -> EngineResult<Option<Pending>> {
    let website = session.inner.store.website(website).await?;
    let certificate = website.certificate.as_ref();
    Ok(certificate.map(|certificate| Pending::new(session, &website, certificate, job, problems)))
}

fn waits(site: &Site, problems: Vec<NameProblem>, now: Timestamp) -> WebsiteOutcome {
    let mut outcome = waiting(&site.website, now);
    outcome.standing.retain(|name| !problems.iter().any(|problem| problem.name == *name));
    outcome.problems = problems;
    outcome
}

/// Say which names a certificate is ordered for, and which it is ordered without.
pub(super) fn report_left_out(block: &mut Block<'_>, problems: &[NameProblem], names: &[String], lost: &[String]) {
    if problems.is_empty() {
        block.out(2, format!("Ordering for {}.", names.join(", ")));
    } else {
        let left_out: Vec<_> = problems.iter().map(|problem| problem.name.as_str()).collect();
        block.warn(2, "reduced", format!("Ordering without {}, for {}.", left_out.join(", "), names.join(", ")));
    }
    if !lost.is_empty() {
        block.warn(2, "reduced_coverage", format!("{} will not be secured any more.", lost.join(", ")));
    }
}

/// Say why a certificate stays although it is due.
pub(super) fn report_deferral(block: &mut Block<'_>, names: &[String], until: Timestamp) {
    let (names, until) = (names.join(", "), until.rfc3339());
    let contents =
        format!("The certificate stays as it is, since it secures {names}; after {until} it is renewed without.");
    block.warn(2, "renewal_deferred", contents);
}

/// Tell who asked for a run.
pub(super) fn asked(requested_by: &str) -> Asked {
    if requested_by == super::schedule::SCHEDULER { Asked::BySchedule } else { Asked::ByPerson }
}
