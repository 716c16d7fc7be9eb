//! The end of a website's check and of a run: installing together, recording, and the lines that say so.

use super::outcome::{add, one};
use super::session::Session;
use crate::analyze::is_covered;
use crate::error::EngineResult;
use crate::install::Item;
use crate::logbook::Logbook;
use crate::model::{CheckResult, RunCounts, RunId, RunState, RunSummary};
use crate::provider::Provider;
use crate::store::{CertificateId, CertificateRecord, JobId, NameProblem, Step, Website, WebsiteOutcome};

/// A certificate that waits to be installed.
pub(super) struct Pending {
    website: Website,
    certificate: CertificateId,
    job: Option<JobId>,
    item: Item,
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
    let items: Vec<Item> = pending.iter().map(|pending| pending.item.clone()).collect();
    let mut failures = vec![None; items.len()];
    for installer in &inner.installers {
        session.book.block().out(0, format!("Installing {} in {}.", certificates(items.len()), installer.service()));
        let outcomes = installer.install(&items, inner.clock.now()).await;
        for (failure, outcome) in failures.iter_mut().zip(outcomes) {
            if let Err(reason) = outcome {
                failure.get_or_insert((installer.service(), reason));
            }
        }
    }
    for (pending, failure) in pending.into_iter().zip(failures) {
        let mut block = session.book.website_block(&pending.website.user, &pending.website.domain);
        let at = inner.clock.now();
        let names = pending.item.names.join(", ");
        let mut problems = pending.problems;
        let left_out = problems.len();
        let mut counts = one();
        counts.issued = u32::from(pending.job.is_some());
        let failed = match failure {
            Some((service, failure)) => {
                block.error(
                    1,
                    failure.code,
                    format!("{}: not served by {service}: {}", pending.website.domain, failure.detail),
                );
                problems.extend(pending.item.names.iter().map(|name| NameProblem {
                    name: name.clone(),
                    code: failure.code.to_owned(),
                    detail: failure.detail.clone(),
                    retry_at: None,
                }));
                counts.failed = 1;
                Some(failure.detail)
            }
            None if inner.installers.is_empty() => {
                block.success(
                    1,
                    format!(
                        "{}: issued for {names}; no service is configured to install it in",
                        pending.website.domain
                    ),
                );
                inner.store.mark_installed(pending.certificate, at, None).await?;
                None
            }
            None => {
                block.success(1, format!("{}: served for {names}", pending.website.domain));
                inner.store.mark_installed(pending.certificate, at, Some(at)).await?;
                counts.served = 1;
                None
            }
        };
        drop(block);
        if let Some(job) = pending.job {
            let step = if failed.is_some() { Step::Fail } else { Step::Finish };
            inner.store.step_job(job, step, failed.as_deref().unwrap_or(""), at).await?;
        }
        counts.names_failed = u32::try_from(left_out).unwrap_or(u32::MAX);
        let complete = problems.is_empty() && pending.standing.is_empty();
        let result = match (failed.is_some(), complete) {
            (true, _) => CheckResult::Failed,
            (false, true) => CheckResult::Secured,
            (false, false) => CheckResult::Incomplete,
        };
        let outcome = WebsiteOutcome { result, problems, standing: pending.standing, counts, at };
        finish(session, run, &pending.website, &outcome).await?;
    }
    Ok(())
}

/// Write the first lines of a log.
pub(super) fn report_start(book: &Logbook, run: &RunSummary, provider: &Provider, resumed: bool) {
    let mut block = book.block();
    if resumed {
        block.warn(0, "resumed", "The run goes on after an interruption.");
        return;
    }
    let RunCounts { users, websites, .. } = run.counts;
    block.out(0, format!("AutoSSL for {}, asked for by {}.", run.scope, run.requested_by));
    block.out(0, format!("The provider is {} ({}).", provider.name, provider.directory_url));
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

fn certificates(count: usize) -> String {
    if count == 1 { "1 certificate".to_owned() } else { format!("{count} certificates") }
}

fn plural(count: u32, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
