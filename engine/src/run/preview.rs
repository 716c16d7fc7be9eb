//! A run that stops after the plan.

use super::authorities::Authorities;
use super::books::open_ledger;
use super::eyes::Eyes;
use super::session::settings;
use super::site::{Asked, Circumstances};
use super::survey::{read, survey};
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::model::RunScope;
use crate::plan::{Plan, SkipReason, Skipped};
use crate::provider::Provider;
use tokio_util::sync::CancellationToken;

/// Make the plan that a run would carry out now with these providers, of which orders go to the first that is not down. Nobody is
/// asked but the names' own servers.
pub(crate) async fn plan(inner: &Inner, providers: Vec<Provider>, scope: &RunScope) -> EngineResult<Plan> {
    // What is read is only remembered; the run's log tells what could not be.
    super::foreign::look(inner, scope).await?;
    let mut sites = read(inner, scope, None, &CancellationToken::new()).await?;
    if *scope == RunScope::AllUsers {
        let turns = super::turns::look(inner).await?;
        sites.iter_mut().for_each(|site| site.take_turn(turns.of(site.id())));
    }
    let now = inner.clock.now();
    let authorities = Authorities::read(inner, providers, Asked::BySchedule).await?;
    let first = authorities.order().iter().position(|authority| authority.shut_until(now).is_none()).unwrap_or(0);
    let provider = &authorities.order().get(first).ok_or(EngineError::NoProvider)?.provider;
    let ledger = open_ledger(inner, provider).await?;
    let eyes = Eyes::open(inner, &authorities, first).await?;
    let circumstances = Circumstances { asked: Asked::ByPerson, provider: &provider.id, now };
    let settings = settings(inner, provider).await?;
    super::services::note_unserved(inner, settings.companions, &mut sites).await?;
    let mut surveyed = survey(sites, &settings, &ledger, eyes.as_ref(), circumstances).await?;
    for job in &mut surveyed.plan.jobs {
        let elsewhere = surveyed.elsewhere.get(&job.website).and_then(|place| authorities.order().get(*place));
        job.provider = elsewhere.map(|authority| authority.name().to_owned());
    }
    let pending = surveyed.resumed.iter().chain(surveyed.waiting.iter().map(|(id, _)| id));
    let pending: Vec<_> = pending.chain(surveyed.ready.iter().map(|(id, _)| id)).copied().collect();
    surveyed.plan.skipped.extend(pending.into_iter().filter_map(|id| {
        let website = &surveyed.sites.get(&id)?.website;
        Some(Skipped {
            website: id,
            user: website.user.clone(),
            domain: website.domain.clone(),
            because: SkipReason::Pending,
            left_out: Vec::new(),
        })
    }));
    Ok(surveyed.plan)
}
