//! The companion of a website's certificate during a run: a second one with an RSA key, for clients that cannot do ECDSA. It is got
//! when the certificate is there, and whatever becomes of it holds up nothing.

use super::eyes::Sight;
use super::journal::{Goal, Obtained, Refusal, obtain};
use super::precheck::{Verdicts, methods, problem};
use super::session::Session;
use super::site::{Asked, facts_in_place};
use super::survey::rests;
use crate::analyze::Validity;
use crate::error::EngineResult;
use crate::logbook::Block;
use crate::model::{RunId, Timestamp};
use crate::plan::Seed;
use crate::plan::companion::{Beside, CompanionOrder, Companions, IssuedCompanion, OrderedFor, names};
use crate::queue::backoff::{Failures, Ladder};
use crate::store::{Companion, CompanionTrouble, NameProblem, Step, Website};

/// What became of the order for a companion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Added {
    /// None was due.
    #[default]
    Nothing,
    /// There is a new one.
    Issued,
    /// It goes on later, from the pending queue.
    Waits,
    /// It did not work; the schedule tries again.
    Failed,
}

/// Describe a website's companion to the planner.
pub(super) fn beside(website: &Website, asked: Asked, now: Timestamp) -> Beside<'_> {
    let retry_at = website.companion.trouble.as_ref().and_then(|trouble| trouble.retry_at);
    let is_left_alone = asked == Asked::BySchedule && retry_at.is_some_and(|at| at > now);
    let has_job =
        website.companion.job.as_ref().is_some_and(|job| job.state.has_certificate() || rests(job, asked, now));
    Beside {
        issued: website.companion.issued.as_ref().map(|companion| issued(website, companion)),
        order: if is_left_alone || has_job { CompanionOrder::Rests } else { CompanionOrder::Free },
    }
}

/// Tell for which names a website is to get a companion now; `None` where it is not.
pub(super) fn wanted(website: &Website, companions: Companions, asked: Asked, now: Timestamp) -> Option<Vec<String>> {
    let own: Vec<&str> = website.names.iter().map(String::as_str).collect();
    let facts = facts_in_place(website).filter(|_| website.foreign.is_none())?;
    Some(&facts).filter(|facts| companions.has_one(facts))?;
    beside(website, asked, now).wanted(&facts, &own, now)
}

/// The companion that services present beside a website's certificate; `None` where there is none, or it is of no use.
pub(super) fn presented(website: &Website, companions: Companions, now: Timestamp) -> Option<&Companion> {
    let own: Vec<&str> = website.names.iter().map(String::as_str).collect();
    let facts = facts_in_place(website).filter(|_| website.foreign.is_none())?;
    let companion = website.companion.issued.as_ref().filter(|_| companions.has_one(&facts))?;
    issued(website, companion).is_of_use(&names(&facts.names, &own), now).then_some(companion)
}

/// Get the companion of a website's certificate, if one is due, going on with what an earlier run or process began; `verdicts` are
/// those of our own check, as far as it was made.
pub(super) async fn add(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    names: Vec<String>,
    (verdicts, sight): (&Verdicts, Sight),
    block: &mut Block<'_>,
) -> EngineResult<Added> {
    block.out(2, "Getting its companion, the certificate with an RSA key.");
    let problems: Vec<NameProblem> = match website.companion.job {
        // An order that was made is finished, whatever our own check says.
        Some(_) => Vec::new(),
        None => {
            let now = session.inner.clock.now();
            let verdicts = names.iter().filter_map(|name| verdicts.get(name));
            verdicts.filter_map(|verdict| problem(website, verdict, now)).collect()
        }
    };
    if !problems.is_empty() {
        super::settle::report_problems(block, &problems);
        return give_up(session, website, &problems, block).await;
    }
    let methods = methods(session, &names, verdicts, &sight).await?;
    let goal = Goal::companion(website, names).by(methods).seen(sight);
    let Obtained { certificate, problems } = obtain(session, run, website, goal, block).await?;
    match certificate {
        Ok(_) => {
            session.show(|counts| counts.issued += 1);
            Ok(Added::Issued)
        }
        Err(Refusal::Waits) => Ok(Added::Waits),
        Err(Refusal::KeepsWhatItHas) => {
            let detail = "somebody cancelled its job".to_owned();
            let trouble = CompanionTrouble { code: "cancelled".into(), detail, failures: 0, retry_at: None };
            session.inner.store.note_companion_trouble(website.id, &trouble).await?;
            Ok(Added::Failed)
        }
        Err(Refusal::Failed) => give_up(session, website, &problems, block).await,
    }
}

/// End the job for a companion that nothing is done for now, so that it is not due for ever; the next order begins anew.
pub(super) async fn close(session: &Session<'_>, website: &Website) -> EngineResult<()> {
    let inner = session.inner;
    let now = inner.clock.now();
    let job = website.companion.job.as_ref().filter(|job| !job.state.has_certificate());
    let Some(job) = job.filter(|job| !rests(job, Asked::BySchedule, now)) else { return Ok(()) };
    inner.store.step_job(job.id, Step::Fail, "no companion is got for its website now", now).await?;
    inner.vault.remove_job_key(job.id)
}

/// Remember why there is no companion, and when it is tried again.
async fn give_up(
    session: &Session<'_>,
    website: &Website,
    problems: &[NameProblem],
    block: &mut Block<'_>,
) -> EngineResult<Added> {
    let now = session.inner.clock.now();
    let before = website.companion.trouble.as_ref().map_or(0, |trouble| trouble.failures);
    let failures = Failures { count: before.saturating_add(1), last_at: now };
    let retry_at = failures.retry_at(Ladder::FailedValidation, Seed::of(&website.domain));
    let (code, detail) = problems.first().map_or_else(
        || ("companion_failed".to_owned(), "the log says why".to_owned()),
        |problem| (problem.code.clone(), format!("{}: {}", problem.name, problem.detail)),
    );
    let contents = format!(
        "{} has no new companion ({code}); its certificate is not concerned. The schedule tries again after {}.",
        website.domain,
        retry_at.rfc3339()
    );
    block.error(2, "companion_failed", contents);
    let trouble = CompanionTrouble { code, detail, failures: failures.count, retry_at: Some(retry_at) };
    session.inner.store.note_companion_trouble(website.id, &trouble).await?;
    Ok(Added::Failed)
}

fn issued<'a>(website: &Website, companion: &'a Companion) -> IssuedCompanion<'a> {
    let is_own = website.certificate.as_ref().is_some_and(|certificate| certificate.id == companion.of);
    IssuedCompanion {
        names: &companion.names,
        validity: Validity { not_before: companion.not_before, not_after: companion.not_after },
        revoked_at: companion.revoked_at,
        ordered_for: if is_own { OrderedFor::ThisOne } else { OrderedFor::EarlierOne },
    }
}
