//! Getting a certificate, step by step: each step is in the journal before it is taken, so that a crash at any point is
//! followed by the next step and never by a second order.

mod begin;
mod failure;
mod goal;
mod lost;
mod search;
mod step;

pub(super) use goal::{Goal, Obtained, Refusal};

use super::authority::{Authority, Heard};
use super::session::Session;
use crate::acme::{AcmeError, Trouble};
use crate::budget::Wait;
use crate::error::EngineResult;
use crate::logbook::Block;
use crate::model::RunId;
use crate::plan::Occasion;
use crate::store::{Job, JobId, JobState, NewJob, Step, Website};
use begin::{Begun, begin, hand_over};
use failure::{disallowed, failing, first, give_up, leave_out, out_of_order, put_off, refused, wait_for_budget};
use search::{Found, Place, Reason, Search};
use std::sync::Arc;
use step::{Outcome, StepError, take_step};

/// Each round leaves at least one name out or makes a lost order anew; more rounds than this mean that something else is wrong.
const MOST_ROUNDS: u32 = 8;

/// Get a certificate for a website, resuming what an earlier run or process began.
pub(super) async fn obtain(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    goal: Goal,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let mut search = Search::new(session, &goal);
    let Goal { names, dueness, failing: mut problems, mut methods, occasion, .. } = goal;
    let (provider, detail, replaces) = (String::new(), String::new(), None);
    let new = NewJob { run: run.clone(), website: website.id, names, provider, detail, replaces, occasion };
    let (mut job, mut place) = match begin(session, website, new, &mut search, block).await {
        Ok(Begun::At(job, place)) => (job, place),
        Ok(Begun::Limited(job, authority, wait)) => {
            return wait_for_budget(session, &job, &authority, problems, wait, block).await;
        }
        Ok(Begun::Down(job, until, told)) => {
            return put_off(session, &job, website, problems, until, &told, block).await;
        }
        Ok(Begun::OutOfOrder(told)) => return Ok(out_of_order(website, problems, &told, block)),
        Ok(Begun::Over) => return Ok(Obtained { certificate: Err(Refusal::Failed), problems }),
        Err(error) => return disallowed(error, problems, block),
    };
    if let Some(profile) = place.account.needed_profile(&job.names) {
        let contents =
            format!("{} gives certificates for addresses with its profile {profile}.", place.authority.name());
        block.note(2, "address_profile", contents);
    }
    // What the provider found while this server was not there to answer says nothing about the names.
    let mut unattended = job.state == JobState::Validating;
    let mut order = None;
    for _ in 0..MOST_ROUNDS * 4 {
        let stepped = match pay(session, &mut job, &mut place, &mut search, block).await {
            Ok(None) => match methods.of(session, &place.authority, &job.names).await {
                Ok(methods) => take_step(session, &place.account, website, &mut job, methods, &mut order).await,
                Err(error) => Err(StepError::Engine(error)),
            },
            Ok(Some((authority, wait))) => {
                return wait_for_budget(session, &job, &authority, problems, wait, block).await;
            }
            Err(error) => Err(StepError::Engine(error)),
        };
        match stepped {
            Ok(Outcome::Now(JobState::Issued)) => {
                session.note(&place.authority, Heard::Order).await?;
                block.out(2, format!("{} issued the certificate.", place.authority.name()));
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
                session.note(&place.authority, Heard::Order).await?;
                problems.extend(failing(session, &place.authority, website, outcome, block).await?);
                if job.occasion == Occasion::Companion {
                    let (code, reason) = first(&problems);
                    return give_up(session, &job, website, problems, &code, &reason, block).await;
                }
                let left = leave_out(session, website, &mut job, dueness, &problems, block).await?;
                if let Err(refusal) = left {
                    return Ok(Obtained { certificate: Err(refusal), problems });
                }
            }
            Err(StepError::Engine(error)) => {
                let obtained = disallowed(error, problems, block)?;
                if obtained.certificate == Err(Refusal::KeepsWhatItHas) {
                    session.inner.vault.remove_job_key(job.id)?;
                }
                return Ok(obtained);
            }
            Err(StepError::Acme(error)) => {
                session.note(&place.authority, Heard::Failure(&error)).await?;
                place.authority.books.believe(session.inner, &error, &job.names).await?;
                match elsewhere(session, &mut job, &place, &mut search, &error, block).await {
                    Ok(Elsewhere::At(next)) => (place, order) = (next, None),
                    Ok(Elsewhere::Limited(authority, wait)) => {
                        return wait_for_budget(session, &job, &authority, problems, wait, block).await;
                    }
                    Ok(Elsewhere::Nowhere) => {
                        return refused(session, &mut job, website, problems, &error, block).await;
                    }
                    Err(error) => return disallowed(error, problems, block),
                }
            }
        }
    }
    give_up(session, &job, website, problems, "too_many_rounds", "the provider never settled on the order", block).await
}

/// Spend what an order costs before it is made, or tell for whose limit it has to wait. Where its provider has no token any more, one
/// of the others may take it.
async fn pay(
    session: &Session<'_>,
    job: &mut Job,
    place: &mut Place,
    search: &mut Search<'_>,
    block: &mut Block<'_>,
) -> EngineResult<Option<(Arc<Authority>, Wait)>> {
    if job.state != JobState::Planned {
        return Ok(None);
    }
    loop {
        let (charge, purpose) = (search.charge_at(&place.authority), search.purpose());
        let wait = place.authority.books.order(session.inner, &job.names, charge, purpose).await?;
        let Some(wait) = wait else { return Ok(None) };
        match search.next(&job.names).await? {
            Found::At(next) if next.authority.id() != place.authority.id() => {
                hand_over(session, job, &next.authority, search, block).await?;
                *place = next;
            }
            Found::Later(authority, Reason::Limit(wait)) => {
                hand_over(session, job, &authority, search, block).await?;
                return Ok(Some((authority, wait)));
            }
            _ => return Ok(Some((Arc::clone(&place.authority), wait))),
        }
    }
}

/// Who takes an order that a provider could not make.
enum Elsewhere {
    /// This one.
    At(Place),
    /// This one, when its limits allow it.
    Limited(Arc<Authority>, Wait),
    /// Nobody.
    Nowhere,
}

/// Let another provider take an order that was not made, if it is the provider that is the matter.
async fn elsewhere(
    session: &Session<'_>,
    job: &mut Job,
    place: &Place,
    search: &mut Search<'_>,
    error: &AcmeError,
    block: &mut Block<'_>,
) -> EngineResult<Elsewhere> {
    let is_made = !matches!(job.state, JobState::Planned | JobState::Ordering);
    if is_made || error.trouble() == Trouble::None {
        return Ok(Elsewhere::Nowhere);
    }
    search.failed(&place.authority, error.into());
    Ok(match search.next(&job.names).await? {
        Found::At(next) => {
            hand_over(session, job, &next.authority, search, block).await?;
            Elsewhere::At(next)
        }
        Found::Later(authority, Reason::Limit(wait)) => {
            hand_over(session, job, &authority, search, block).await?;
            Elsewhere::Limited(authority, wait)
        }
        Found::Later(_, Reason::Down(..)) | Found::Nowhere(_) => Elsewhere::Nowhere,
    })
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
