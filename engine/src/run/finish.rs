//! The end of a website's check and of a run: installing together, recording, and the lines that say so.

use super::outcome::{add, one};
use super::services::{self, Behind, Placement};
use super::session::Session;
use crate::analyze::is_covered;
use crate::error::{EngineResult, error_line};
use crate::install::Item;
use crate::logbook::Logbook;
use crate::model::{CheckResult, RunCounts, RunId, RunState, RunSummary, Timestamp};
use crate::provider::Provider;
use crate::store::{CertificateId, CertificateRecord, JobId, NameProblem, Step, Website, WebsiteOutcome};
use std::collections::HashSet;

/// A certificate that waits to be installed.
pub(super) struct Pending {
    website: Website,
    pub(super) certificate: CertificateId,
    job: Option<JobId>,
    pub(super) item: Item,
    problems: Vec<NameProblem>,
    standing: Vec<String>,
}

impl Pending {
    /// Note what is to be installed and which names had to be left out.
    pub(super) fn new(
        website: &Website,
        certificate: &CertificateRecord,
        job: Option<JobId>,
        mut problems: Vec<NameProblem>,
    ) -> Self {
        // After a crash the reasons are in the log only, unless they were known before.
        let mut standing = Vec::new();
        for name in &website.names {
            if is_covered(name, &certificate.names) || problems.iter().any(|problem| problem.name == *name) {
                continue;
            }
            if website.troubles.iter().any(|trouble| trouble.name == *name) {
                standing.push(name.clone());
                continue;
            }
            let detail = "was left out of the certificate before an interruption; the log says why".to_owned();
            problems.push(NameProblem { name: name.clone(), code: "left_out".into(), detail, retry_at: None });
        }
        let item = Item {
            website: website.domain.clone(),
            names: certificate.names.clone(),
            document_root: website.document_root.clone(),
            fingerprint: certificate.fingerprint.clone(),
            generation: certificate.generation,
        };
        Self { website: website.clone(), certificate: certificate.id, job, item, problems, standing }
    }

    /// Note names that were not tried; their last problem stands.
    pub(super) fn standing(mut self, names: Vec<String>) -> Self {
        self.problems.retain(|problem| !names.contains(&problem.name));
        self.standing.extend(names);
        self
    }
}

/// Record how a website ended, and show it.
pub(super) async fn finish(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    outcome: &WebsiteOutcome,
) -> EngineResult<()> {
    session.inner.store.finish_website(run, website.id, outcome).await?;
    session.show(|counts| add(counts, &outcome.counts));
    Ok(())
}

/// Install what waits, service by service, and finish those websites.
pub(super) async fn install_and_finish(session: &Session<'_>, run: &RunId, pending: Vec<Pending>) -> EngineResult<()> {
    if pending.is_empty() {
        return Ok(());
    }
    let inner = session.inner;
    for job in pending.iter().filter_map(|pending| pending.job) {
        inner.store.step_job(job, Step::Install, "", inner.clock.now()).await?;
    }
    let placements = services::bring(session, &pending).await?;
    for (pending, placement) in pending.into_iter().zip(placements) {
        let at = inner.clock.now();
        report_placement(session, &pending, &placement);
        let failed = placement.behind.first().map(|behind| behind.failure.detail.clone());
        let is_served = failed.is_none() && !placement.served_by.is_empty();
        if failed.is_none() {
            inner.store.mark_installed(pending.certificate, at, is_served.then_some(at)).await?;
            tidy(session, &pending.item, is_served);
        }
        if let Some(job) = pending.job {
            let step = if failed.is_some() { Step::Fail } else { Step::Finish };
            inner.store.step_job(job, step, failed.as_deref().unwrap_or(""), at).await?;
        }
        let outcome = outcome(&pending, &placement, at);
        finish(session, run, &pending.website, &outcome).await?;
    }
    Ok(())
}

/// Say what became of a certificate in the services.
fn report_placement(session: &Session<'_>, pending: &Pending, placement: &Placement) {
    let mut block = session.book.website_block(&pending.website.user, &pending.website.domain);
    let (domain, names) = (&pending.website.domain, pending.item.names.join(", "));
    for Behind { service, failure, .. } in &placement.behind {
        let text = format!("{domain}: not served by {service}: {}", failure.detail);
        match failure.code {
            // The website is served, with what its administrator chose.
            "own_host" => block.warn(1, failure.code, text),
            code => block.error(1, code, text),
        }
    }
    if !placement.behind.is_empty() {
        if !placement.served_by.is_empty() {
            block.out(1, format!("{domain}: served by {} for {names}", placement.served_by.join(", ")));
        }
    } else if session.inner.installers.is_empty() {
        block.success(1, format!("{domain}: issued for {names}; no service is configured to install it in"));
    } else if placement.served_by.is_empty() {
        block.success(1, format!("{domain}: issued for {names}; no configured service presents these names"));
    } else {
        block.success(1, format!("{domain}: served for {names}"));
    }
}

/// Let the vault say which certificate is in use, and forget those that are not gone back to.
fn tidy(session: &Session<'_>, item: &Item, is_served: bool) {
    let vault = &session.inner.vault;
    let activated = if is_served { vault.activate(&item.website, item.generation).map(drop) } else { Ok(()) };
    if let Err(error) = activated.and_then(|()| vault.prune(&item.website)) {
        tracing::warn!(website.domain = %item.website, error = %error_line(&error), "old generations of its certificate stay");
    }
}

fn outcome(pending: &Pending, placement: &Placement, at: Timestamp) -> WebsiteOutcome {
    let mut problems = pending.problems.clone();
    let left_out = problems.len();
    for Behind { names, failure, .. } in &placement.behind {
        let known: HashSet<String> = problems.iter().map(|problem| problem.name.clone()).collect();
        problems.extend(names.iter().filter(|name| !known.contains(*name)).map(|name| NameProblem {
            name: name.clone(),
            code: failure.code.to_owned(),
            detail: failure.detail.clone(),
            retry_at: None,
        }));
    }
    let complete = problems.is_empty() && pending.standing.is_empty();
    let result = match (placement.behind.is_empty(), complete) {
        (false, _) => CheckResult::Failed,
        (true, true) => CheckResult::Secured,
        (true, false) => CheckResult::Incomplete,
    };
    let counts = RunCounts {
        issued: u32::from(pending.job.is_some()),
        failed: u32::from(!placement.behind.is_empty()),
        served: u32::from(placement.behind.is_empty() && !placement.served_by.is_empty()),
        names_failed: u32::try_from(left_out).unwrap_or(u32::MAX),
        ..one()
    };
    WebsiteOutcome { result, problems, standing: pending.standing.clone(), counts, at }
}

/// Write the first lines of a log.
pub(super) fn report_start(book: &Logbook, run: &RunSummary, providers: &[Provider], resumed: bool) {
    let mut block = book.block();
    if resumed {
        block.warn(0, "resumed", "The run goes on after an interruption.");
        return;
    }
    let RunCounts { users, websites, .. } = run.counts;
    block.out(0, format!("AutoSSL for {}, asked for by {}.", run.scope, run.requested_by));
    if let Some((first, fallbacks)) = providers.split_first() {
        block.out(0, format!("The provider is {} ({}).", first.name, first.directory_url));
        if !fallbacks.is_empty() {
            let names: Vec<&str> = fallbacks.iter().map(|provider| provider.name.as_str()).collect();
            block.out(0, format!("What it cannot take goes to {}.", names.join(", then to ")));
        }
    }
    block.out(0, format!("{users} {} with {websites} {}.", plural(users, "user"), plural(websites, "website")));
}

/// Write the last lines of a log.
pub(super) fn report_end(book: &Logbook, run: &RunSummary) {
    let mut block = book.block();
    let RunCounts { websites, websites_done, kept, issued, served, failed, names_failed, waiting, .. } = run.counts;
    let seconds = run.ended_at.map_or(0, |ended| ended.since(run.started_at));
    let sums = format!(
        "{websites_done} of {websites} {}: {kept} kept, {issued} issued, {served} served, {failed} failed, {names_failed} {} left out{}.",
        plural(websites, "website"),
        plural(names_failed, "name"),
        if waiting == 0 { String::new() } else { format!(", {waiting} waiting in the pending queue") },
    );
    let reason = run.reason.as_ref().map_or_else(String::new, |reason| format!(" {reason}."));
    let contents = format!("The run {} after {seconds} s.{reason} {sums}", said(run.state));
    match run.state {
        RunState::Succeeded => block.success(0, contents),
        RunState::Failed => block.error(0, "run_failed", contents),
        _ => block.warn(0, "run_incomplete", contents),
    }
}

const fn said(state: RunState) -> &'static str {
    match state {
        RunState::Succeeded => "succeeded",
        RunState::Incomplete => "ended with problems",
        RunState::Failed => "failed",
        RunState::Stopped => "was stopped",
        RunState::Queued | RunState::Running => "is open",
    }
}

fn plural(count: u32, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
