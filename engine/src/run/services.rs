//! Certificates in services: bringing them there, and which of them are behind.

use super::companion;
use super::finish::Pending;
use super::session::Session;
use super::site::Site;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::{Beside, InstallFailure, Installer, Item, Outcome, Pace, concerned};
use crate::plan::companion::Companions;
use crate::store::{CertificateId, ServiceFact, ServiceRecord, ServiceStanding, WebsiteId};
use std::collections::HashSet;
use std::time::Duration;

/// Why a certificate is not served, and by which service.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    pub(super) service: String,
    /// The names for which it should present the certificate.
    pub(super) names: Vec<String>,
    pub(super) failure: InstallFailure,
}

/// What became of a certificate in all services.
#[derive(Clone, Debug, Default)]
pub(super) struct Placement {
    /// The services that present it.
    pub(super) served_by: Vec<String>,
    /// Those that should and do not.
    pub(super) behind: Vec<Behind>,
    /// Those of the first kind that do not present its companion beside it.
    pub(super) alone: Vec<Behind>,
    /// Whether any presents it.
    pub(super) with_companion: bool,
}

/// Make each service's part of the TLS store, so that services can be told of it before the first certificate is there. Where there is
/// a deputy, it does so.
pub(super) fn prepare(inner: &Inner) {
    if !inner.hands.are_own() {
        return;
    }
    for installer in &inner.installers {
        if let Err(error) = installer.place().open() {
            tracing::warn!(service.name = %installer.service(), %error, "a service's part of the TLS store cannot be made");
        }
    }
}

/// Bring certificates into each service that does not serve them yet and record what became of them there; the placements stand in the
/// given order.
///
/// A service that takes none of them holds up no other. Those that are to be left alone yet come last.
pub(super) async fn bring(session: &Session<'_>, pending: &[Pending]) -> EngineResult<Vec<Placement>> {
    let inner = session.inner;
    let pace = Pace::new(inner.store.as_ref(), inner.clock.as_ref());
    let mut placements = Vec::with_capacity(pending.len());
    for pending in pending {
        let beside = match pending.companion() {
            Some(companion) => inner.store.service_records(companion).await?,
            None => Vec::new(),
        };
        let records = inner.store.service_records(pending.certificate).await?;
        let served = records.into_iter().filter(|record| record.is_settled(inner.clock.now()));
        let served = served.map(|record| record.service).filter(|service| is_in_order(pending, &beside, service));
        placements.push(Placement { served_by: served.collect(), ..Placement::default() });
    }
    for installer in in_order(inner, pace).await {
        let service = installer.service();
        let missing = |index: &usize| !placements[*index].served_by.iter().any(|served| served == service);
        let wanted: Vec<usize> = (0..pending.len()).filter(missing).collect();
        if wanted.is_empty() {
            continue;
        }
        session.book.block().out(0, format!("Installing {} in {service}.", certificates(wanted.len())));
        for warning in inner.hands.warnings(installer).await {
            session.book.block().warn(1, "service_warning", warning);
        }
        let items: Vec<Item> = wanted.iter().map(|index| pending[*index].item.clone()).collect();
        let outcomes = inner.hands.install(installer, &inner.vault, &items, pace, inner.clock.now()).await;
        let facts = wanted.iter().zip(&outcomes).flat_map(|(index, outcome)| facts(service, &pending[*index], outcome));
        inner.store.record_service_facts(&facts.collect::<Vec<_>>(), inner.clock.now()).await?;
        for ((index, item), outcome) in wanted.into_iter().zip(&items).zip(outcomes) {
            match outcome {
                Outcome::Unconcerned => {}
                Outcome::Served(beside) => {
                    placements[index].served_by.push(service.to_owned());
                    match beside {
                        Beside::Nothing => {}
                        Beside::Served => placements[index].with_companion = true,
                        Beside::Failed(failure) => placements[index].alone.push(behind(installer, item, failure)),
                    }
                }
                Outcome::Failed(failure) => placements[index].behind.push(behind(installer, item, failure)),
            }
        }
    }
    Ok(placements)
}

/// Tell whether a service that presents a certificate presents its companion, too, or none where none is to be; `beside` says what
/// became of the companion in each service.
fn is_in_order(pending: &Pending, beside: &[ServiceRecord], service: &str) -> bool {
    let record = beside.iter().find(|record| record.service == service);
    match (&pending.item.companion, record) {
        (Some(_), record) => record.is_some_and(|record| record.problem.is_none()),
        (None, Some(record)) => record.problem.is_none() && record.served_at.is_none(),
        (None, None) => true,
    }
}

fn behind(installer: &dyn Installer, item: &Item, failure: InstallFailure) -> Behind {
    Behind { service: installer.service().to_owned(), names: concerned(installer, &item.names), failure }
}

/// Note which websites have a certificate that a service does not present, as far as is known, or a companion that is to go.
pub(super) async fn note_unserved(inner: &Inner, companions: Companions, sites: &mut [Site]) -> EngineResult<()> {
    let now = inner.clock.now();
    let has_to_go = |site: &&mut Site| {
        site.website.companion.issued.is_some() && companion::presented(&site.website, companions, now).is_none()
    };
    sites.iter_mut().filter(has_to_go).for_each(Site::is_unserved);
    let services = names(inner);
    if services.is_empty() {
        return Ok(());
    }
    let unserved: HashSet<WebsiteId> =
        inner.store.unserved_websites(&services, inner.clock.now()).await?.into_iter().collect();
    sites.iter_mut().filter(|site| unserved.contains(&site.website.id)).for_each(Site::is_unserved);
    Ok(())
}

/// List websites whose certificate the schedule brings to a service once more, at most so many.
pub(super) async fn due(inner: &Inner, limit: u32) -> EngineResult<Vec<WebsiteId>> {
    let services = names(inner);
    if services.is_empty() {
        return Ok(Vec::new());
    }
    Ok(inner.store.services_due(&services, inner.clock.now(), limit).await?)
}

fn names(inner: &Inner) -> Vec<String> {
    inner.installers.iter().map(|installer| installer.service().to_owned()).collect()
}

async fn in_order<'a>(inner: &'a Inner, pace: Pace<'_>) -> Vec<&'a dyn Installer> {
    let mut waits: Vec<(Duration, &dyn Installer)> = Vec::new();
    for installer in &inner.installers {
        waits.push((pace.left(installer.service(), installer.pause()).await, installer.as_ref()));
    }
    waits.sort_by_key(|(wait, _)| *wait);
    waits.into_iter().map(|(_, installer)| installer).collect()
}

/// What is to be remembered of a certificate in a service, and of its companion.
fn facts(service: &str, pending: &Pending, outcome: &Outcome) -> Vec<ServiceFact> {
    let (own, companion) = match outcome {
        Outcome::Unconcerned => (ServiceStanding::Unconcerned, Some(ServiceStanding::Unconcerned)),
        Outcome::Served(Beside::Nothing) => (ServiceStanding::Served, Some(ServiceStanding::Unconcerned)),
        Outcome::Served(Beside::Served) => (ServiceStanding::Served, Some(ServiceStanding::Served)),
        Outcome::Served(Beside::Failed(failure)) => (ServiceStanding::Served, Some(failed(failure))),
        Outcome::Failed(failure) => (failed(failure), None),
    };
    let fact =
        |certificate: CertificateId, standing| ServiceFact { certificate, service: service.to_owned(), standing };
    let companion = pending.companion().zip(companion).map(|(companion, standing)| fact(companion, standing));
    std::iter::once(fact(pending.certificate, own)).chain(companion).collect()
}

fn failed(failure: &InstallFailure) -> ServiceStanding {
    ServiceStanding::Failed { code: failure.code.clone().into_owned(), detail: failure.detail.clone() }
}

fn certificates(count: usize) -> String {
    if count == 1 { "1 certificate".to_owned() } else { format!("{count} certificates") }
}
