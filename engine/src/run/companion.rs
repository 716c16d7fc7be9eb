//! The certificates beside the primary ones, for clients that cannot use the primary ones' keys: ordered when all primary ones of
//! a run are done, and installed together with them.
//!
//! What goes wrong with one is a warning and never touches the primary one, its website's coverage or its names' problems.

mod order;
mod place;

pub(super) use place::{Second, place_second};

use super::finish::Pending;
use super::journal::close;
use super::session::Session;
use super::site::{Circumstances, Seconds, companion_in_place, facts_of, window};
use super::survey::Survey;
use crate::analyze::CertificateFacts;
use crate::error::{EngineError, EngineResult};
use crate::logbook::Block;
use crate::model::{CertificateRole, RunId};
use crate::plan::companion::{CompanionReason, PrimaryIs, companion_reason, may_stand_beside, takes_companion};
use crate::plan::{companion_charge, replaced};
use crate::store::{CertificateRecord, JobId, OpenJob, StoreError, Website, WebsiteId};
use futures::{StreamExt, stream};
use order::{Wanted, obtain};
use std::collections::{BTreeSet, HashMap};
use tokio_util::sync::CancellationToken;

/// List the websites of a survey whose second certificate wants something, as things stand.
pub(super) fn candidates(survey: &Survey, circumstances: Circumstances) -> BTreeSet<WebsiteId> {
    let planned = survey.plan.jobs.iter().filter(|job| job.role == CertificateRole::Companion);
    let planned = planned.map(|job| WebsiteId(job.website.0));
    let loose = survey.sites.values().filter(|site| site.has_loose_companion(circumstances));
    planned.chain(loose.map(|site| site.website.id)).collect()
}

/// Order the second certificates that are wanted, and let them be installed with the primary ones that wait for that.
pub(super) async fn look_after(
    session: &Session<'_>,
    run: &RunId,
    mut websites: BTreeSet<WebsiteId>,
    circumstances: Circumstances,
    to_install: &mut Vec<Pending>,
    stop: &CancellationToken,
) -> EngineResult<()> {
    let places: HashMap<WebsiteId, usize> =
        to_install.iter().enumerate().map(|(place, pending)| (pending.website().id, place)).collect();
    let concerned = |pending: &&Pending| {
        let website = pending.website();
        wants_second(session, website, circumstances) || website.companion.is_some() || website.companion_job.is_some()
    };
    websites.extend(to_install.iter().filter(concerned).map(|pending| pending.website().id));
    let is_new = |id| places.get(&id).is_some_and(|place| to_install[*place].is_new());
    let work: Vec<_> = websites
        .into_iter()
        .map(|id| {
            let primary_is = if is_new(id) { PrimaryIs::New } else { PrimaryIs::Unchanged };
            look_at(session, run, id, primary_is, circumstances, stop)
        })
        .collect();
    let at_once = session.inner.config.limits.orders_in_flight.max(1);
    let mut done = stream::iter(work).buffer_unordered(at_once);
    let mut pairs = Vec::new();
    while let Some(pair) = done.next().await {
        pairs.extend(pair?);
    }
    drop(done);
    let mut with_primary: HashMap<WebsiteId, Option<Second>> = HashMap::new();
    for Pair { website, primary, second } in pairs {
        match places.get(&website.id) {
            Some(_) => drop(with_primary.insert(website.id, second)),
            None if needs_installing(&website, second.as_ref(), circumstances) => {
                to_install.push(Pending::of_second(&website, &primary, second));
            }
            None => {}
        }
    }
    *to_install = std::mem::take(to_install)
        .into_iter()
        .map(|pending| match with_primary.remove(&pending.website().id) {
            Some(second) => pending.beside(second),
            None => pending,
        })
        .collect();
    Ok(())
}

/// A website with what is to be presented beside its primary certificate.
struct Pair {
    website: Website,
    primary: CertificateRecord,
    second: Option<Second>,
}

/// Look after one website; `None` where its second certificate is nothing to be installed or taken out.
async fn look_at(
    session: &Session<'_>,
    run: &RunId,
    id: WebsiteId,
    primary_is: PrimaryIs,
    circumstances: Circumstances,
    stop: &CancellationToken,
) -> EngineResult<Option<Pair>> {
    let store = &session.inner.store;
    let website = match store.website(id).await {
        Err(StoreError::NotFound { .. }) => return Ok(None),
        found => found?,
    };
    let Some(primary) = website.certificate.clone().filter(|_| website.foreign.is_none()) else { return Ok(None) };
    let facts = facts_of(&primary);
    let mut issued = None;
    if wants_second(session, &website, circumstances) {
        let is_over = stop.is_cancelled() || store.stop_requested(run).await?;
        if takes_companion(&facts, session.inner.clock.now()) && !is_over {
            issued = get(session, run, &website, &facts, primary_is, circumstances).await?;
        }
    } else if let Some(job) = website.companion_job.as_ref() {
        close(session, job.id, "a second certificate is not wanted any more").await?;
    }
    let website = store.website(id).await?;
    let now = session.inner.clock.now();
    // A changed choice of keys takes effect with the next primary certificate.
    let stays = primary_is == PrimaryIs::Unchanged || wants_second(session, &website, circumstances);
    let fits = |record: &&CertificateRecord| stays && may_stand_beside(&facts, &facts_of(record), now);
    let second = website.companion.as_deref().filter(fits).map(|record| Second::new(record, issued));
    Ok(Some(Pair { website, primary, second }))
}

fn wants_second(session: &Session<'_>, website: &Website, circumstances: Circumstances) -> bool {
    session.keys_of(website).companion().is_some() && circumstances.seconds == Seconds::OfUse
}

fn needs_installing(website: &Website, second: Option<&Second>, circumstances: Circumstances) -> bool {
    match (second, website.companion.as_deref()) {
        (Some(second), Some(record)) => {
            second.job().is_some() || circumstances.has_services && record.served_at.is_none()
        }
        // What is in place must go.
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

/// Get a second certificate where it is time; the job whose certificate waits to be installed is returned.
async fn get(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    primary: &CertificateFacts,
    primary_is: PrimaryIs,
    circumstances: Circumstances,
) -> EngineResult<Option<JobId>> {
    let now = session.inner.clock.now();
    let because = match &website.companion_job {
        Some(job) if job.state.has_certificate() => return Ok(Some(job.id)),
        Some(job) if waits(job, circumstances) => return Ok(None),
        Some(_) => "its job goes on".to_owned(),
        None => match reason(website, primary, primary_is, circumstances) {
            Some(reason) => reason.words(),
            None => return Ok(None),
        },
    };
    let mut block = session.book.website_block(&website.user, &website.domain);
    let kind = session.key_type(website, CertificateRole::Companion).as_str();
    block.out(1, format!("{} ({}): a certificate with a key of {kind}, too; {because}", website.domain, website.user));
    let old = website.companion.as_deref().map(|record| (facts_of(record), window(record)));
    let old = old.as_ref().map(|(facts, window)| companion_in_place(facts, window.as_ref()));
    let names = primary.names.clone();
    let charge = companion_charge(old, &names, now);
    let replaces = old.and_then(|current| replaced(current, &names));
    let obtained = obtain(session, run, website, Wanted { names, charge, replaces }, &mut block).await;
    report(obtained, &mut block)
}

fn reason(
    website: &Website,
    primary: &CertificateFacts,
    primary_is: PrimaryIs,
    circumstances: Circumstances,
) -> Option<CompanionReason> {
    let old = website.companion.as_deref().map(|record| (facts_of(record), window(record)));
    let old = old.as_ref().map(|(facts, window)| (facts, window.as_ref()));
    companion_reason(&primary.names, primary_is, old, circumstances.now)
}

/// Tell whether an open job goes on later only.
fn waits(job: &OpenJob, circumstances: Circumstances) -> bool {
    job.held || job.wait.as_ref().is_some_and(|(until, _)| *until > circumstances.now)
}

/// Take a refusal of the journal for what it is: the job stays as somebody wants it.
fn report(obtained: EngineResult<Option<JobId>>, block: &mut Block<'_>) -> EngineResult<Option<JobId>> {
    match obtained {
        Err(EngineError::Store(StoreError::Refused { reason, .. })) => {
            block.warn(2, "job_stays", format!("The job stays as it is: {reason}."));
            Ok(None)
        }
        Err(EngineError::Store(StoreError::NotFound { kind: "job", .. })) => {
            block.warn(2, "cancelled", "The job was cancelled.");
            Ok(None)
        }
        other => other,
    }
}
