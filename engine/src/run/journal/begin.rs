//! Where a job begins or goes on: an order that was made, or may have been, stays at its provider; any other goes to the first provider
//! that can take it. Which one that is stands in the journal before it hears of the order.

use super::replan;
use super::search::{Found, Place, Reason, Search};
use crate::acme::Trouble;
use crate::analyze::covers;
use crate::budget::Wait;
use crate::error::EngineResult;
use crate::logbook::Block;
use crate::model::{RunId, Timestamp};
use crate::plan::Occasion;
use crate::run::authority::{Authority, Told};
use crate::run::session::Session;
use crate::store::{Job, JobState, NewJob, Website};
use std::sync::Arc;

/// How long an order waits for a provider that failed and is not taken to be down yet, in seconds.
const AFTER_FAILURE: i64 = 60;

/// Where a job begins or goes on.
pub(super) enum Begun {
    /// There.
    At(Job, Place),
    /// It waits for a limit of this provider.
    Limited(Job, Arc<Authority>, Wait),
    /// It waits for a provider that is down.
    Down(Job, Timestamp, Told),
    /// No provider can be asked; a job that there is stays as it is.
    OutOfOrder(Told),
    /// None of its names is the website's any more.
    Over,
}

/// Plan a job, or take up the one that is open.
pub(super) async fn begin(
    session: &Session<'_>,
    website: &Website,
    new: NewJob,
    search: &mut Search<'_>,
    block: &mut Block<'_>,
) -> EngineResult<Begun> {
    let open = match new.occasion {
        Occasion::Companion => session.inner.store.open_companion_job(website.id).await?,
        Occasion::Ordinary | Occasion::Readd => session.inner.store.open_job(website.id).await?,
    };
    let Some(mut job) = open else {
        return Ok(match search.next(&new.names).await? {
            Found::At(place) => Begun::At(plan(session, new, &place.authority, search, block).await?, place),
            Found::Later(authority, Reason::Limit(wait)) => {
                Begun::Limited(plan(session, new, &authority, search, block).await?, authority, wait)
            }
            Found::Later(_, Reason::Down(_, told)) | Found::Nowhere(told) => Begun::OutOfOrder(told),
        });
    };
    if !take_up(session, website, &mut job, &new.run, block).await? {
        return Ok(Begun::Over);
    }
    if new.occasion == Occasion::Companion && job.state != JobState::Finalizing && !has_same_names(&job, &new) {
        replan(session, &mut job, "the certificate has other names now", Some(new.names.clone())).await?;
    }
    if job.state != JobState::Planned {
        match reach(session, &job).await? {
            Reached::At(place) => return Ok(Begun::At(job, place)),
            Reached::Not(told) => return Ok(Begun::OutOfOrder(told)),
            Reached::Gone(reason) => {
                block.warn(2, "order_lost", format!("The order is made anew: {reason}."));
                replan(session, &mut job, &reason, None).await?;
            }
            // The answer to its new-order request never came: no certificate comes of that order.
            Reached::Down(authority, _, told) if job.state == JobState::Ordering => search.failed(&authority, told),
            Reached::Down(_, until, told) => return Ok(Begun::Down(job, until, told)),
        }
    }
    search.planned_at(&job.provider);
    Ok(match search.next(&job.names).await? {
        Found::At(place) => {
            hand_over(session, &mut job, &place.authority, search, block).await?;
            Begun::At(job, place)
        }
        Found::Later(authority, Reason::Limit(wait)) => {
            hand_over(session, &mut job, &authority, search, block).await?;
            Begun::Limited(job, authority, wait)
        }
        Found::Later(_, Reason::Down(until, told)) => Begun::Down(job, until, told),
        Found::Nowhere(told) => Begun::OutOfOrder(told),
    })
}

fn has_same_names(job: &Job, new: &NewJob) -> bool {
    job.names.len() == new.names.len() && new.names.iter().all(|name| job.names.contains(name))
}

async fn plan(
    session: &Session<'_>,
    new: NewJob,
    authority: &Authority,
    search: &Search<'_>,
    block: &mut Block<'_>,
) -> EngineResult<Job> {
    let new = NewJob {
        provider: authority.id().to_owned(),
        detail: say(authority, search, block),
        replaces: search.replaces_at(authority).map(str::to_owned),
        ..new
    };
    Ok(session.inner.store.plan_job(&new, session.inner.clock.now()).await?)
}

/// Let a provider get the order, unless it has it already.
pub(super) async fn hand_over(
    session: &Session<'_>,
    job: &mut Job,
    authority: &Authority,
    search: &Search<'_>,
    block: &mut Block<'_>,
) -> EngineResult<()> {
    if job.provider == authority.id() {
        return Ok(());
    }
    let detail = say(authority, search, block);
    let replaces = search.replaces_at(authority);
    let now = session.inner.clock.now();
    session.inner.store.hand_over_job(job.id, authority.id(), replaces, &detail, now).await?;
    job.state = JobState::Planned;
    job.provider = authority.id().to_owned();
    job.replaces = replaces.map(str::to_owned);
    Ok(())
}

/// Say who gets the order, and why not one before it: in the log, and for the job's history.
fn say(authority: &Authority, search: &Search<'_>, block: &mut Block<'_>) -> String {
    match search.why_not_before(authority) {
        None => format!("to be ordered from {}", authority.name()),
        Some(why) => {
            block.note(2, "other_provider", format!("It is ordered from {}, since {why}.", authority.name()));
            format!("to be ordered from {}, since {why}", authority.name())
        }
    }
}

/// Take up an open job in this run; `false` where none of its names is the website's any more.
async fn take_up(
    session: &Session<'_>,
    website: &Website,
    job: &mut Job,
    run: &RunId,
    block: &mut Block<'_>,
) -> EngineResult<bool> {
    block.out(2, format!("Resuming the order that stopped at {:?}.", job.state.as_str()));
    if job.run == *run {
        return Ok(true);
    }
    session.inner.store.adopt_job(job.id, run).await?;
    job.run = run.clone();
    // The website may have changed since; an order whose CSR was sent is finished all the same.
    let is_wanted = |name: &String| website.names.iter().any(|own| covers(name, own));
    let (still, gone): (Vec<String>, Vec<String>) = job.names.iter().cloned().partition(is_wanted);
    if still.is_empty() {
        block.warn(2, "names_gone", format!("{} left the website; nothing is ordered.", gone.join(", ")));
        super::close(session, job.id, "its names left the website").await?;
        return Ok(false);
    }
    if !gone.is_empty() && job.state != JobState::Finalizing {
        replan(session, job, &format!("{} left the website", gone.join(", ")), Some(still)).await?;
    }
    Ok(true)
}

enum Reached {
    At(Place),
    /// It is down, and asked again then.
    Down(Arc<Authority>, Timestamp, Told),
    /// A person has to put something right first.
    Not(Told),
    /// The order cannot be reached any more.
    Gone(String),
}

/// Reach the provider that has a job's order.
async fn reach(session: &Session<'_>, job: &Job) -> EngineResult<Reached> {
    let inner = session.inner;
    let Some(authority) = session.authorities.find(inner, &job.provider).await? else {
        return Ok(Reached::Gone(format!("there is no account at {} any more", job.provider)));
    };
    let now = inner.clock.now();
    if !authority.admit(now) {
        let (until, told) = (authority.shut_until(now).unwrap_or(now), authority.outage());
        return Ok(Reached::Down(authority, until, told));
    }
    Ok(match session.account_at(&authority).await? {
        Ok(account) => Reached::At(Place { authority, account }),
        Err(error) if error.trouble() == Trouble::None => Reached::Not((&error).into()),
        Err(error) => {
            let until = authority.shut_until(now).unwrap_or_else(|| now.plus(AFTER_FAILURE));
            Reached::Down(authority, until, (&error).into())
        }
    })
}
