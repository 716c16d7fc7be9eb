//! Certificates in services: bringing them there, and which of them are behind.

use super::finish::Pending;
use super::session::Session;
use super::site::Site;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::{InstallFailure, Installer, Item, Outcome, Pace, driver};
use crate::store::{ServiceFact, ServiceStanding, WebsiteId};
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
}

/// Bring certificates into each service and record what became of them there; the placements stand in the given order.
///
/// A service that takes none of them holds up no other. Those that are to be left alone yet come last.
pub(super) async fn bring(session: &Session<'_>, pending: &[Pending]) -> EngineResult<Vec<Placement>> {
    let inner = session.inner;
    let pace = Pace::new(inner.store.as_ref(), inner.clock.as_ref());
    let items: Vec<Item> = pending.iter().map(|pending| pending.item.clone()).collect();
    let mut placements = vec![Placement::default(); items.len()];
    for installer in in_order(inner, pace).await {
        let service = installer.service();
        session.book.block().out(0, format!("Installing {} in {service}.", certificates(items.len())));
        for warning in installer.warnings().await {
            session.book.block().warn(1, "service_warning", warning);
        }
        let outcomes = driver::install(installer, &inner.vault, &items, pace, inner.clock.now()).await;
        let facts = pending.iter().zip(&outcomes).map(|(pending, outcome)| ServiceFact {
            certificate: pending.certificate,
            service: service.to_owned(),
            standing: standing(outcome),
        });
        inner.store.record_service_facts(&facts.collect::<Vec<_>>(), inner.clock.now()).await?;
        for ((placement, item), outcome) in placements.iter_mut().zip(&items).zip(outcomes) {
            match outcome {
                Outcome::Unconcerned => {}
                Outcome::Served => placement.served_by.push(service.to_owned()),
                Outcome::Failed(failure) => {
                    let (service, names) = (service.to_owned(), installer.concerned(&item.names));
                    placement.behind.push(Behind { service, names, failure });
                }
            }
        }
    }
    Ok(placements)
}

/// Note which websites have a certificate that a service does not present, as far as is known.
pub(super) async fn note_unserved(inner: &Inner, sites: &mut [Site]) -> EngineResult<()> {
    let services = names(inner);
    if services.is_empty() {
        return Ok(());
    }
    let unserved: HashSet<WebsiteId> = inner.store.unserved_websites(&services).await?.into_iter().collect();
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

fn standing(outcome: &Outcome) -> ServiceStanding {
    match outcome {
        Outcome::Unconcerned => ServiceStanding::Unconcerned,
        Outcome::Served => ServiceStanding::Served,
        Outcome::Failed(InstallFailure { code, detail }) => {
            ServiceStanding::Failed { code: (*code).to_owned(), detail: detail.clone() }
        }
    }
}

fn certificates(count: usize) -> String {
    if count == 1 { "1 certificate".to_owned() } else { format!("{count} certificates") }
}
