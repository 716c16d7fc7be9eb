//! The end of a website's check and of a run: installing together, recording, and the lines that say so.

use super::companion::{self, Added};
use super::outcome::{add, one};
use super::services::{self, Behind, Placement};
use super::session::Session;
use crate::analyze::is_covered;
use crate::error::{EngineResult, error_line};
use crate::install::{Item, ItemCompanion};
use crate::logbook::Logbook;
use crate::model::{CheckResult, RunCounts, RunId, RunState, RunSummary, Timestamp};
use crate::provider::Provider;
use crate::store::{CertificateId, CertificateRecord, Conclusion, JobId, NameProblem, Step, Website, WebsiteOutcome};
use crate::vault::companion_shelf;
use std::collections::HashSet;

/// Websites whose end is recorded in one transaction.
const AT_ONCE: usize = 64;

/// A certificate that waits to be installed.
pub(super) struct Pending {
    website: Website,
    pub(super) certificate: CertificateId,
    job: Option<JobId>,
    pub(super) item: Item,
    problems: Vec<NameProblem>,
    standing: Vec<String>,
    /// The job whose certificate is the companion.
    companion_job: Option<JobId>,
    added: Added,
}

impl Pending {
    /// Note what is to be installed and which names had to be left out.
    pub(super) fn new(
        session: &Session<'_>,
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
        let presented = companion::presented(website, session.companions(), session.inner.clock.now());
        let companion_job = website.companion.job.as_ref().filter(|job| job.state.has_certificate());
        let item = Item {
            website: website.domain.clone(),
            names: certificate.names.clone(),
            document_root: website.document_root.clone(),
            fingerprint: certificate.fingerprint.clone(),
            generation: certificate.generation,
            companion: presented.map(|companion| ItemCompanion {
                names: companion.names.clone(),
                fingerprint: companion.fingerprint.clone(),
                generation: companion.generation,
            }),
        };
        Self {
            website: website.clone(),
            certificate: certificate.id,
            job,
            item,
            problems,
            standing,
            companion_job: companion_job.map(|job| job.id),
            added: Added::Nothing,
        }
    }

    /// Note what became of the order for its companion.
    pub(super) fn beside(self, added: Added) -> Self {
        Self { added, ..self }
    }

    /// The newest companion: the one that is to be presented, or that is to go.
    pub(super) fn companion(&self) -> Option<CertificateId> {
        self.website.companion.issued.as_ref().map(|companion| companion.id)
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
    let jobs = pending.iter().flat_map(|pending| [pending.job, pending.companion_job]).flatten();
    inner.store.step_jobs(&jobs.collect::<Vec<_>>(), Step::Install, "", inner.clock.now()).await?;
    let placements = services::bring(session, &pending).await?;
    let placed: Vec<(Pending, Placement)> = pending.into_iter().zip(placements).collect();
    for batch in placed.chunks(AT_ONCE) {
        let at = inner.clock.now();
        let conclusions: Vec<Conclusion> =
            batch.iter().map(|(pending, placement)| conclude(session, pending, placement, at)).collect();
        inner.store.conclude(run, &conclusions).await?;
        session.show(|counts| conclusions.iter().for_each(|ended| add(counts, &ended.outcome.counts)));
        for ((pending, placement), Conclusion { installed, .. }) in batch.iter().zip(&conclusions) {
            if let Some((_, served)) = installed {
                tidy(session, &pending.item.website, pending.item.generation, served.is_some());
            }
            end_companion(session, pending, placement, at).await?;
        }
    }
    Ok(())
}

/// Say how an installation ended.
fn conclude(session: &Session<'_>, pending: &Pending, placement: &Placement, at: Timestamp) -> Conclusion {
    report_placement(session, pending, placement);
    let failed = placement.behind.first().map(|behind| behind.failure.detail.clone());
    let is_served = failed.is_none() && !placement.served_by.is_empty();
    Conclusion {
        website: pending.website.id,
        outcome: outcome(pending, placement, at),
        installed: failed.is_none().then_some((pending.certificate, is_served.then_some(at))),
        job: pending.job.map(|job| (job, last_step(failed.as_deref()), failed.unwrap_or_default())),
    }
}

const fn last_step(failed: Option<&str>) -> Step {
    if failed.is_some() { Step::Fail } else { Step::Finish }
}

/// Record what became of the companion beside a certificate; one that is not to be presented any more, and is not, is taken out of use.
async fn end_companion(
    session: &Session<'_>,
    pending: &Pending,
    placement: &Placement,
    at: Timestamp,
) -> EngineResult<()> {
    let store = &session.inner.store;
    let failed = placement.behind.iter().chain(&placement.alone).next().map(|behind| behind.failure.detail.as_str());
    let Some(id) = pending.companion() else { return Ok(()) };
    let reason = match (&pending.item.companion, failed) {
        (Some(companion), None) => {
            let services = store.service_records(id).await?;
            let is_served = services.iter().any(|record| record.served_at.is_some());
            store.mark_installed(id, at, is_served.then_some(at)).await?;
            tidy(session, &companion_shelf(&pending.item.website), companion.generation, is_served);
            None
        }
        (None, None) => {
            store.retire_companion(pending.website.id, id).await?;
            Some("no companion is to be presented any more")
        }
        (_, Some(reason)) => Some(reason),
    };
    match pending.companion_job {
        Some(job) => Ok(store.step_job(job, last_step(reason), reason.unwrap_or(""), at).await?),
        None => Ok(()),
    }
}

/// Say what became of a certificate in the services.
fn report_placement(session: &Session<'_>, pending: &Pending, placement: &Placement) {
    let mut block = session.book.website_block(&pending.website.user, &pending.website.domain);
    let (domain, names) = (&pending.website.domain, pending.item.names.join(", "));
    for Behind { service, failure, .. } in &placement.behind {
        let text = format!("{domain}: not served by {service}: {}", failure.detail);
        match failure.code.as_ref() {
            // The website is served, with what its administrator chose.
            "own_host" => block.warn(1, &failure.code, text),
            code => block.error(1, code, text),
        }
    }
    for Behind { service, failure, .. } in &placement.alone {
        block.error(
            1,
            &failure.code,
            format!("{domain}: its companion is not served by {service}: {}", failure.detail),
        );
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
        let beside = if with_companion(pending, placement) { ", with its companion beside it" } else { "" };
        block.success(1, format!("{domain}: served for {names}{beside}"));
    }
}

/// Tell whether a companion was to be presented, and every service that takes one did.
fn with_companion(pending: &Pending, placement: &Placement) -> bool {
    pending.item.companion.is_some() && placement.with_companion && placement.alone.is_empty()
}

/// Let the vault say which certificate is in use, and forget those that are not gone back to.
fn tidy(session: &Session<'_>, shelf: &str, generation: u32, is_served: bool) {
    let vault = &session.inner.vault;
    let activated = if is_served { vault.activate(shelf, generation).map(drop) } else { Ok(()) };
    if let Err(error) = activated.and_then(|()| vault.prune(shelf)) {
        tracing::warn!(website.domain = %shelf, error = %error_line(&error), "old generations of its certificate stay");
    }
}

fn outcome(pending: &Pending, placement: &Placement, at: Timestamp) -> WebsiteOutcome {
    let mut problems = pending.problems.clone();
    let left_out = problems.len();
    for Behind { names, failure, .. } in &placement.behind {
        let known: HashSet<String> = problems.iter().map(|problem| problem.name.clone()).collect();
        problems.extend(names.iter().filter(|name| !known.contains(*name)).map(|name| NameProblem {
            name: name.clone(),
            code: failure.code.clone().into_owned(),
            detail: failure.detail.clone(),
            retry_at: None,
        }));
    }
    let is_alone = !placement.alone.is_empty() || matches!(pending.added, Added::Waits | Added::Failed);
    let complete = problems.is_empty() && pending.standing.is_empty() && !is_alone;
    let result = match (placement.behind.is_empty(), complete) {
        (false, _) => CheckResult::Failed,
        (true, true) => CheckResult::Secured,
        (true, false) => CheckResult::Incomplete,
    };
    let is_behind = !placement.behind.is_empty() || !placement.alone.is_empty();
    let counts = RunCounts {
        issued: u32::from(pending.job.is_some()) + u32::from(pending.companion_job.is_some()),
        failed: u32::from(is_behind || pending.added == Added::Failed),
        waiting: u32::from(pending.added == Added::Waits),
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
