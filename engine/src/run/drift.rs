//! Looking whether what is served is still what was installed: by the schedule, at the beginning of each run of all users, and when
//! somebody asks.
//!
//! A difference is recorded as what keeps a certificate from being served, and put right by the catch-up, as after a service was down.
//! A certificate of others that clients accept is somebody's decision: it is told and stays. Where nothing differs nothing is written.

mod judge;
mod share;

use super::schedule;
use super::session::Session;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::drift::{Expected, look as look_at};
use crate::install::{Installer, concerned};
use crate::model::{Drift, DriftReport, SilentService, Timestamp};
use crate::store::{ServedCertificate, ServiceFact, ServiceStanding};
use judge::Judge;
use share::Share;
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// The last look.
const DRIFT: &str = "drift";

/// Look where it is time, until `stop` is cancelled.
pub(super) async fn keep(inner: &Inner, stop: &CancellationToken) -> EngineResult<()> {
    let now = inner.clock.now();
    let Some(every) = inner.config.schedule.drift else { return Ok(()) };
    if inner.installers.is_empty() || !schedule::is_free(inner, DRIFT, every, now).await? {
        return Ok(());
    }
    let share = next_share(inner, every, now).await?;
    let report = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        report = look(inner, share) => report?,
    };
    for Drift { service, website, code, detail, .. } in report.drifted {
        tracing::warn!(service.name = %service, website.domain = %website, %code, %detail, "a service does not present what was installed");
    }
    for SilentService { service, reason } in report.silent {
        tracing::warn!(service.name = %service, %reason, "whether a service presents what was installed is not known");
    }
    Ok(())
}

/// Look in a run of all users, and say in its log what differs; the run puts it right.
pub(super) async fn look_in_run(session: &Session<'_>) -> EngineResult<()> {
    let inner = session.inner;
    let Some(every) = inner.config.schedule.drift else { return Ok(()) };
    let share = next_share(inner, every, inner.clock.now()).await?;
    let report = look(inner, share).await?;
    for Drift { service, user, website, code, detail } in &report.drifted {
        let contents = format!("{website}: {service} does not present what was installed: {detail}");
        session.book.website_block(user, website).warn(1, code, contents);
    }
    for SilentService { service, reason } in &report.silent {
        let contents = format!("Whether {service} presents what was installed is not known: {reason}.");
        session.book.block().warn(1, "service_down", contents);
    }
    Ok(())
}

/// Look at everything now.
pub(crate) async fn look_now(inner: &Inner) -> EngineResult<DriftReport> {
    look(inner, Share::All).await
}

/// Tell whose turn it is, and note that they had it.
async fn next_share(inner: &Inner, every: i64, now: Timestamp) -> EngineResult<Share> {
    let last = inner.store.next_time(DRIFT).await?;
    inner.store.set_next_time(DRIFT, now).await?;
    Ok(Share::due(last, now, every))
}

async fn look(inner: &Inner, share: Share) -> EngineResult<DriftReport> {
    let mut report = DriftReport::default();
    for installer in &inner.installers {
        look_at_service(inner, installer.as_ref(), share, &mut report).await?;
    }
    Ok(report)
}

async fn look_at_service(
    inner: &Inner,
    installer: &dyn Installer,
    share: Share,
    report: &mut DriftReport,
) -> EngineResult<()> {
    let service = installer.service().to_owned();
    let mut served = inner.store.served_certificates(&service).await?;
    let of_all = served.len();
    served.retain(|one| share.has(&one.website, of_all));
    if served.is_empty() {
        return Ok(());
    }
    if let Some(reason) = installer.is_down().await {
        report.silent.push(SilentService { service, reason });
        return Ok(());
    }
    let expected = match expected(inner, installer, &served).await {
        Ok(expected) => expected,
        Err(error) => {
            let reason = format!("its part of the TLS store cannot be read: {error}");
            report.silent.push(SilentService { service, reason });
            return Ok(());
        }
    };
    report.looked_at += u32::try_from(served.len()).unwrap_or(u32::MAX);
    let seen = match look_at(installer, &expected).await {
        Ok(seen) => seen,
        Err(reason) => {
            report.silent.push(SilentService { service, reason });
            return Ok(());
        }
    };
    let mut judge = Judge::new(inner);
    let mut facts = Vec::new();
    for (one, difference) in served.into_iter().zip(seen) {
        let standing = match difference {
            Some(difference) => judge.standing(&difference).await?,
            None if one.is_left_alone => ServiceStanding::Served,
            None => continue,
        };
        report.drifted.extend(judge::drift(&service, &one, &standing));
        // What was left alone before and still is, is known.
        if !(one.is_left_alone && matches!(standing, ServiceStanding::LeftAlone { .. })) {
            facts.push(ServiceFact { certificate: one.certificate, service: service.clone(), standing });
        }
    }
    if !facts.is_empty() {
        inner.store.record_service_facts(&facts, inner.clock.now()).await?;
    }
    Ok(())
}

/// Say what a service is to present: each certificate for the names that lead to it in the service's view, and for those of its own
/// that lead nowhere.
async fn expected(
    inner: &Inner,
    installer: &dyn Installer,
    served: &[ServedCertificate],
) -> Result<Vec<Expected>, String> {
    let names = inner.hands.contents(installer).await?.names;
    let mut of_website: HashMap<&str, Vec<String>> = HashMap::new();
    for (name, website) in &names {
        of_website.entry(website).or_default().push(name.clone());
    }
    let expected = |one: &ServedCertificate| {
        let lost = concerned(installer, &one.names).into_iter().filter(|name| !names.contains_key(name));
        let names = of_website.get(one.website.as_str()).into_iter().flatten().cloned().chain(lost).collect();
        Expected { fingerprint: one.fingerprint.clone(), names }
    };
    Ok(served.iter().map(expected).collect())
}
