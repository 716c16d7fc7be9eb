//! The first half of a run: look at every website and make the plan. The same survey makes the plan that is only shown, for which
//! it checks the names of the websites that want a certificate.

use super::eyes::Eyes;
use super::precheck::Verdicts;
use super::site::{Asked, Circumstances, Site};
use crate::budget::{Buckets, Ledger};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::{RunId, RunScope, Timestamp};
use crate::plan::{Plan, PlannedJob, Settings, SiteId, SkipReason, Skipped, assemble};
use crate::store::{JobId, OpenJob, WebsitePlace};
use std::collections::{HashMap, HashSet};
use tokio_util::sync::CancellationToken;

/// Websites that are read together.
const BATCH: u32 = 1_000;
/// Waits that only time ends: a person's run does not cut them short.
const FIRM_WAITS: [&str; 3] = ["ca_rate_limited", "ca_budget", "ca_unfinished"];

/// What is to be done for the websites of a run.
pub(crate) struct Survey {
    /// The websites by row.
    pub(super) sites: HashMap<SiteId, Site>,
    /// What is decided; the jobs of websites that have one are not in it.
    pub(crate) plan: Plan,
    /// Websites whose open job goes on, or whose companion is to be got before their new certificate is installed.
    pub(super) resumed: Vec<SiteId>,
    /// Websites whose new certificate waits to be installed, with the job.
    pub(super) ready: Vec<(SiteId, JobId)>,
    /// Websites whose job goes on later, and why.
    pub(super) waiting: Vec<(SiteId, String)>,
    /// Websites that got a certificate of others while their job was open; it stays, and the job is over.
    pub(super) overtaken: Vec<(SiteId, JobId)>,
    /// Websites whose names CAA records keep from the first provider, with the place of the one that they are ordered from.
    pub(super) elsewhere: HashMap<SiteId, usize>,
}

/// Read the websites of a scope that a run has not dealt with, and of which a name is not excluded.
pub(super) async fn read(
    inner: &Inner,
    scope: &RunScope,
    run: Option<&RunId>,
    stop: &CancellationToken,
) -> EngineResult<Vec<Site>> {
    let mut sites = Vec::new();
    let mut after: Option<WebsitePlace> = None;
    while !stop.is_cancelled() {
        let websites = inner.store.websites_after(scope, after.as_ref(), BATCH).await?;
        let Some(last) = websites.last() else { break };
        after = Some(WebsitePlace { user: last.user.clone(), id: last.id });
        let left = websites.into_iter().filter(|website| run.is_none() || website.last_run.as_ref() != run);
        sites.extend(left.filter(|website| !website.names.is_empty()).map(Site::new));
    }
    Ok(sites)
}

/// Make the plan for websites. With `eyes` the names of those that want a certificate are checked, and it holds; without, it is
/// decided once more for each website when its names are checked (see [`super::work`]).
pub(super) async fn survey<B: Buckets>(
    sites: Vec<Site>,
    settings: &Settings,
    ledger: &Ledger<B>,
    eyes: Option<&Eyes<'_>>,
    circumstances: Circumstances<'_>,
) -> EngineResult<Survey> {
    let (mut resumed, mut ready, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    let (mut free, mut overtaken, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
    for site in &sites {
        let stays = site.unreadable().is_some() || site.kept(settings.foreign, circumstances.now).is_some();
        if let Some(job) = site.website.job.as_ref().filter(|_| stays) {
            overtaken.push((site.id(), job.id));
        }
        let job = site.website.job.as_ref().filter(|_| !stays);
        match job.map(|job| (job.id, of_job(job, circumstances))) {
            None if site.unreadable().is_some() => unreadable.extend(unreadable_skip(site)),
            None => free.push(site),
            Some((_, Going::On)) => resumed.push(site.id()),
            Some((_, Going::ToInstall)) if site.companion_wanted(settings.companions, circumstances) => {
                resumed.push(site.id());
            }
            Some((job, Going::ToInstall)) => ready.push((site.id(), job)),
            Some((_, Going::Later(reason))) => waiting.push((site.id(), reason)),
        }
    }
    let plan_for = |sites: &[&Site], settings: &Settings, verdicts: &Verdicts| {
        let inputs: Vec<_> = sites.iter().map(|site| site.input(circumstances, verdicts)).collect();
        assemble(&inputs, settings, ledger, circumstances.now)
    };
    let mut settings = settings.clone();
    let mut verdicts = Verdicts::new();
    let mut plan = plan_for(&free, &settings, &verdicts);
    let mut elsewhere = HashMap::new();
    if let Some(eyes) = eyes {
        // Twice only where a wildcard fails that names were reduced to: then they are checked themselves.
        loop {
            let planned = plan.jobs.iter().flat_map(|job: &PlannedJob| &job.names);
            let unknown: Vec<String> = planned.filter(|name| !verdicts.contains_key(*name)).cloned().collect();
            if unknown.is_empty() {
                break;
            }
            verdicts.extend(eyes.first().check(unknown.iter()).await?);
            for job in &plan.jobs {
                let sight = eyes.reconsider(&job.names, &mut verdicts).await?;
                elsewhere
                    .extend(sight.by.filter(|place| *place != eyes.first_place()).map(|place| (job.website, place)));
            }
            let failing = unknown.iter().filter(|name| verdicts.get(*name).is_some_and(|verdict| !verdict.passed()));
            failing.filter_map(|name| name.strip_prefix("*.")).for_each(|name| settings.zones.exclude(name));
            let wanted: HashSet<SiteId> = plan.jobs.drain(..).map(|job| job.website).collect();
            free.retain(|site| wanted.contains(&site.id()));
            let checked = plan_for(&free, &settings, &verdicts);
            plan.jobs = checked.jobs;
            plan.skipped.extend(checked.skipped);
        }
    }
    plan.skipped.extend(unreadable);
    let sites = sites.into_iter().map(|site| (site.id(), site)).collect();
    Ok(Survey { sites, plan, resumed, ready, waiting, overtaken, elsewhere })
}

/// Leave a website alone whose certificate of others cannot be read.
fn unreadable_skip(site: &Site) -> Option<Skipped> {
    let (path, reason) = site.unreadable()?;
    let because = SkipReason::Unreadable(format!("{path}: {reason}"));
    let (user, domain) = (site.website.user.clone(), site.website.domain.clone());
    Some(Skipped { website: site.id(), user, domain, because, left_out: Vec::new() })
}

/// Whether an open job goes on.
enum Going {
    On,
    ToInstall,
    Later(String),
}

fn of_job(job: &OpenJob, circumstances: Circumstances<'_>) -> Going {
    if job.state.has_certificate() {
        return Going::ToInstall;
    }
    match &job.wait {
        _ if !rests(job, circumstances.asked, circumstances.now) => Going::On,
        Some((until, code)) if !job.held => Going::Later(format!("its job waits until {} ({code})", until.rfc3339())),
        _ => Going::Later("its job is held".into()),
    }
}

/// Tell whether a job goes on later only.
pub(super) fn rests(job: &OpenJob, asked: Asked, now: Timestamp) -> bool {
    let is_patient = |code: &str| asked == Asked::BySchedule || FIRM_WAITS.contains(&code);
    job.held || job.wait.as_ref().is_some_and(|(until, code)| *until > now && is_patient(code))
}
