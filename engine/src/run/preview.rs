//! A run that stops after the plan.

use super::books::open_ledger;
use super::precheck::Prechecker;
use super::session::settings;
use super::site::{Asked, Circumstances};
use super::survey::{read, survey};
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::model::RunScope;
use crate::plan::{Plan, SkipReason, Skipped};
use crate::provider::Provider;
use tokio_util::sync::CancellationToken;

/// Make the plan that a person's run would carry out now.
pub(crate) async fn plan(inner: &Inner, provider: &Provider, scope: &RunScope) -> EngineResult<Plan> {
    // What is read is only remembered; the run's log tells what could not be.
    super::foreign::look(inner, scope).await?;
    let mut sites = read(inner, scope, None, &CancellationToken::new()).await?;
    if *scope == RunScope::AllUsers {
        let turns = super::turns::look(inner).await?;
        sites.iter_mut().for_each(|site| site.take_turn(turns.of(site.id())));
    }
    // A provider that cannot be reached is no reason to show nothing.
    let account = match crate::provider::open_account(inner, provider).await {
        Ok(account) => Some(account),
        Err(error @ (EngineError::Acme(_) | EngineError::TermsNotAgreed { .. })) => {
            tracing::warn!(%error, "the plan is made without the provider");
            None
        }
        Err(error) => return Err(error),
    };
    let ledger = open_ledger(inner, provider).await?;
    let prechecker = Prechecker::new(inner, account.as_ref());
    let circumstances =
        Circumstances { asked: Asked::ByPerson, has_services: !inner.installers.is_empty(), now: inner.clock.now() };
    let settings = settings(inner, provider, account.as_ref()).await?;
    let mut surveyed = survey(sites, &settings, &ledger, prechecker.as_ref(), circumstances).await?;
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
