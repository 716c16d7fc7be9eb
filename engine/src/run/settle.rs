//! From a survey to tasks: settle the websites that need nothing, many in one step, and say why.

use super::companion;
use super::finish::{Pending, finish};
use super::foreign;
use super::outcome::{add, as_result, failed, kept, one, stays};
use super::precheck::{Verdicts, problem};
use super::session::Session;
use super::site::Site;
use super::survey::Survey;
use crate::error::EngineResult;
use crate::logbook::Block;
use crate::model::{CheckResult, RunCounts, RunId, RunScope, Timestamp};
use crate::plan::level::Turns;
use crate::plan::shrink::Impediment;
use crate::plan::{LeftOut, LeftOutReason, PlannedJob, RestReason, SkipReason, Skipped};
use crate::store::{Job, NameProblem, Step, Website, WebsiteId, WebsiteOutcome};
use std::collections::{BTreeSet, HashSet};

/// Jobs that one run takes up; the next one takes the rest.
const MOST_DUE: u32 = 1_000;
/// Websites that are settled in one transaction.
const BATCH: usize = 500;

/// A website that something is to be done for.
pub(super) struct Task {
    /// The website.
    pub(super) site: Site,
    /// What is planned; `None` where its open job goes on.
    pub(super) planned: Option<PlannedJob>,
}

/// What is left to do after a survey.
pub(super) struct Settled {
    /// Certificates to get, in this order.
    pub(super) tasks: Vec<Task>,
    /// Certificates that are there and wait to be installed.
    pub(super) to_install: Vec<Pending>,
}

/// List the websites of the jobs that are due, those whose issuer wants their certificate renewed now, those whose turn it is, and
/// those whose certificate a service is to be brought once more. Companions that failed are tried again.
///
/// Jobs of users for whom AutoSSL was switched off meanwhile are given up.
pub(super) async fn due(session: &Session<'_>, open_windows: Vec<WebsiteId>, turns: &Turns) -> EngineResult<Vec<Site>> {
    let inner = session.inner;
    let mut sites = Vec::new();
    let jobs = inner.store.due_jobs(inner.clock.now(), MOST_DUE).await?;
    let due: Vec<_> = jobs.iter().map(|job| (job.website, Some(job))).collect();
    let has_job: HashSet<WebsiteId> = jobs.iter().map(|job| job.website).collect();
    let behind = super::services::due(inner, MOST_DUE).await?;
    let come = turns.come().iter().map(|site| WebsiteId(site.0));
    let companions = inner.store.take_due_companions(inner.clock.now(), MOST_DUE).await?;
    let renewed: BTreeSet<WebsiteId> = open_windows.into_iter().chain(come).chain(behind).chain(companions).collect();
    let renewed = renewed.into_iter().filter(|id| !has_job.contains(id));
    // A website may have a job for its certificate and one for the companion.
    let mut seen = HashSet::new();
    for (id, job) in due.into_iter().chain(renewed.map(|id| (id, None))) {
        let website = inner.store.website(id).await?;
        let (users, _) = inner.store.count_eligible(&RunScope::User(website.user.clone())).await?;
        match job {
            _ if users > 0 && !website.names.is_empty() => {
                sites.extend(seen.insert(id).then(|| Site::new(website)));
            }
            Some(job) => give_up(session, job, &website).await?,
            None => {}
        }
    }
    Ok(sites)
}

async fn give_up(session: &Session<'_>, job: &Job, website: &Website) -> EngineResult<()> {
    let inner = session.inner;
    let mut block = session.book.website_block(&website.user, &website.domain);
    block.warn(1, "autossl_off", format!("AutoSSL is off for {}; the job is given up.", website.user));
    inner.store.step_job(job.id, Step::Fail, "AutoSSL is off for the user", inner.clock.now()).await?;
    inner.vault.remove_job_key(job.id)
}

/// Finish the websites for which nothing is ordered, and list what is left to do.
pub(super) async fn settle(session: &Session<'_>, run: &RunId, survey: Survey) -> EngineResult<Settled> {
    let Survey { mut sites, plan, resumed, ready, waiting, overtaken, elsewhere: _ } = survey;
    let now = plan.at;
    for (id, job) in overtaken {
        let Some(site) = sites.get(&id) else { continue };
        foreign::overtaken(session, &mut block(session, site), job).await?;
    }
    let mut settled = Vec::new();
    for (id, reason) in waiting {
        let Some(site) = sites.get(&id) else { continue };
        block(session, site).warn(1, "waiting", format!("{}, and {reason}", headline(site, now)));
        companion::close(session, &site.website).await?;
        settled.push((site.website.id, self::waiting(&site.website, now)));
    }
    for skipped in plan.skipped {
        let Some(site) = sites.get(&skipped.website) else { continue };
        companion::close(session, &site.website).await?;
        let outcome = skip(&mut block(session, site), site, skipped, &Verdicts::new(), now);
        settled.push((site.website.id, outcome));
    }
    for batch in settled.chunks(BATCH) {
        finish_batch(session, run, batch).await?;
    }
    let mut to_install = Vec::new();
    let installs = plan.installs.into_iter().map(|install| (install.website, None));
    for (id, job) in installs.chain(ready.into_iter().map(|(id, job)| (id, Some(job)))) {
        let Some(site) = sites.get(&id) else { continue };
        let Some(certificate) = &site.website.certificate else { continue };
        let why = match job {
            Some(_) => "its new certificate waits to be installed",
            None => "a service was not seen to present what it should; installing it again",
        };
        block(session, site).out(1, format!("{}; {why}", headline(site, now)));
        companion::close(session, &site.website).await?;
        to_install.push(Pending::new(session, &site.website, certificate, job, Vec::new()));
    }
    let resumed: Vec<_> = resumed.into_iter().filter_map(|id| sites.remove(&id)).collect();
    let mut tasks: Vec<Task> = resumed.into_iter().map(|site| Task { site, planned: None }).collect();
    for job in plan.jobs {
        // With one certificate a host a website has several; each stands for itself.
        let Some(site) = sites.remove(&job.website) else { continue };
        tasks.push(Task { site, planned: Some(job) });
    }
    Ok(Settled { tasks, to_install })
}

/// Finish a website for which nothing is ordered once its names are checked.
pub(super) async fn settle_skipped(
    session: &Session<'_>,
    run: &RunId,
    site: &Site,
    skipped: Skipped,
    verdicts: &Verdicts,
    now: Timestamp,
) -> EngineResult<()> {
    companion::close(session, &site.website).await?;
    let outcome = skip(&mut block(session, site), site, skipped, verdicts, now);
    finish(session, run, &site.website, &outcome).await
}

/// Begin a website's first lines: what it is, and how well it is secured.
pub(super) fn headline(site: &Site, now: Timestamp) -> String {
    let Website { domain, user, .. } = &site.website;
    format!("{domain} ({user}): {}", site.coverage(now).as_str())
}

/// The outcome of a website whose job goes on later: what is known of its names stands.
pub(super) fn waiting(website: &Website, now: Timestamp) -> WebsiteOutcome {
    WebsiteOutcome {
        result: CheckResult::Incomplete,
        problems: Vec::new(),
        standing: website.names.clone(),
        counts: RunCounts { waiting: 1, ..one() },
        at: now,
    }
}

/// Sort the names that are left out: those that fail now, with the reasons, and those that were not tried.
pub(super) fn left_out(
    website: &Website,
    left_out: &[LeftOut],
    verdicts: &Verdicts,
    now: Timestamp,
) -> (Vec<NameProblem>, Vec<String>) {
    let (mut problems, mut standing) = (Vec::new(), Vec::new());
    for LeftOut { name, because } in left_out {
        match because {
            LeftOutReason::Failing(_) => {
                problems.extend(verdicts.get(name).and_then(|verdict| problem(website, verdict, now)));
            }
            LeftOutReason::BackingOff(_) => standing.push(name.clone()),
            LeftOutReason::OverLimit => problems.push(NameProblem {
                name: name.clone(),
                code: "over_limit".into(),
                detail: because.words(),
                retry_at: None,
            }),
            LeftOutReason::Ineligible(_) => {}
        }
    }
    (problems, standing)
}

/// Say which names fail, and why.
pub(super) fn report_problems(block: &mut Block<'_>, problems: &[NameProblem]) {
    for NameProblem { name, code, detail, .. } in problems {
        block.name_error(2, code, name, format!("{name} would fail validation: {detail}"));
    }
}

fn block<'a>(session: &'a Session<'_>, site: &Site) -> Block<'a> {
    session.book.website_block(&site.website.user, &site.website.domain)
}

fn skip(block: &mut Block<'_>, site: &Site, skipped: Skipped, verdicts: &Verdicts, now: Timestamp) -> WebsiteOutcome {
    let website = &site.website;
    let (problems, standing) = left_out(website, &skipped.left_out, verdicts, now);
    let line = format!("{}; {}", headline(site, now), skipped.because.words());
    let result = as_result(site.coverage(now));
    match &skipped.because {
        SkipReason::Unreadable(what) => foreign::unreadable(block, site, what, now),
        SkipReason::Rest(RestReason::Kept(reason)) => foreign::left_alone(block, site, *reason, now),
        SkipReason::Rest(RestReason::Secured { .. } | RestReason::NoNames) | SkipReason::User(_) => {
            block.success(1, line);
            kept(CheckResult::Secured, standing, now)
        }
        SkipReason::Pending | SkipReason::BackingOff { .. } | SkipReason::ReaddLater { .. } | SkipReason::OverLimit => {
            block.warn(1, "not_tried_yet", line);
            let unsecured = website.troubles.iter().map(|trouble| trouble.name.clone());
            WebsiteOutcome { problems, ..kept(result, standing.into_iter().chain(unsecured).collect(), now) }
        }
        SkipReason::Deferred { until, names } => {
            block.out(1, headline(site, now));
            report_problems(block, &problems);
            super::check::report_deferral(block, names, *until);
            stays(problems, standing, now)
        }
        SkipReason::Impeded(impediment @ Impediment::NoUnsecuredDomainPassedDcv) => {
            block.out(1, headline(site, now));
            report_problems(block, &problems);
            block.warn(2, impediment.code(), format!("The certificate stays: {}.", impediment.words()));
            stays(problems, standing, now)
        }
        SkipReason::Impeded(impediment) => {
            block.out(1, headline(site, now));
            report_problems(block, &problems);
            block.error(2, impediment.code(), format!("Nothing is ordered: {}.", impediment.words()));
            failed(site, problems, standing, now)
        }
    }
}

async fn finish_batch(session: &Session<'_>, run: &RunId, batch: &[(WebsiteId, WebsiteOutcome)]) -> EngineResult<()> {
    session.inner.store.finish_websites(run, batch).await?;
    session.show(|counts| batch.iter().for_each(|(_, outcome)| add(counts, &outcome.counts)));
    Ok(())
}
