//! Certificates that AutoSSL did not install: reading what websites are configured with, and saying what becomes of it.

mod look;
mod read;

pub(super) use look::look;

use super::outcome::{as_result, kept};
use super::session::Session;
use super::settle::headline;
use super::site::Site;
use crate::analyze::{CertificateFacts, is_covered};
use crate::error::EngineResult;
use crate::logbook::{Block, Logbook};
use crate::model::{CheckResult, Coverage, Timestamp};
use crate::plan::replace::KeepReason;
use crate::store::{ForeignCertificate, JobId, NameProblem, Step, WebsiteOutcome};

/// What is to be looked at by a person after certificates were read.
#[derive(Debug, Default)]
pub(super) struct Remarks(Vec<Remark>);

#[derive(Debug)]
struct Remark {
    user: String,
    domain: String,
    contents: String,
}

impl Remarks {
    /// Say which private keys cannot be read.
    pub(super) fn report(self, book: &Logbook) {
        for Remark { user, domain, contents } in self.0 {
            book.website_block(&user, &domain).warn(1, "foreign_key_unreadable", contents);
        }
    }
}

/// Say why a certificate of others stays, and record it at the names that it does not secure.
pub(super) fn left_alone(block: &mut Block<'_>, site: &Site, reason: KeepReason, now: Timestamp) -> WebsiteOutcome {
    let Some((foreign, facts)) = site.foreign() else { return kept(CheckResult::Secured, Vec::new(), now) };
    let analysis = site.analysis(now);
    let line = format!("{}; {}: {}", headline(site, now), reason.words(), described(foreign, facts));
    if analysis.coverage == Coverage::Secured {
        block.success(1, line);
    } else {
        block.warn(1, reason.code(), line);
    }
    block.note(2, reason.code(), reason.remedy());
    let defects: Vec<&str> = analysis.defects.iter().map(|defect| defect.words()).collect();
    let is_refused = analysis.coverage == Coverage::Defective;
    let problem = |name: &String| {
        let covered = is_covered(name, &facts.names);
        let wrong = match (is_refused, covered) {
            (false, true) => return None,
            (true, true) => defects.join("; "),
            (_, false) => "it does not name this one".to_owned(),
        };
        let detail = format!("{}: {}; {wrong}", reason.words(), described(foreign, facts));
        Some(NameProblem { name: name.clone(), code: reason.code().to_owned(), detail, retry_at: None })
    };
    let problems = site.website.names.iter().filter_map(problem).collect();
    WebsiteOutcome { problems, ..kept(as_result(analysis.coverage), Vec::new(), now) }
}

/// Say that a certificate of others cannot be read, so that it is left alone.
pub(super) fn unreadable(block: &mut Block<'_>, site: &Site, what: &str, now: Timestamp) -> WebsiteOutcome {
    let website = &site.website;
    let contents = format!(
        "{} ({}): AutoSSL did not install the certificate and cannot read it, so it is left alone: {what}.",
        website.domain, website.user
    );
    block.warn(1, UNREADABLE, contents);
    block.note(2, UNREADABLE, "Let AutoSSL read the file, or correct the path where users are imported from.");
    let problem = |name: &String| NameProblem {
        name: name.clone(),
        code: UNREADABLE.to_owned(),
        detail: format!("the certificate cannot be read: {what}"),
        retry_at: None,
    };
    let problems = website.names.iter().map(problem).collect();
    WebsiteOutcome { problems, ..kept(CheckResult::Incomplete, Vec::new(), now) }
}

/// End the job of a website that has got a certificate of others meanwhile.
pub(super) async fn overtaken(session: &Session<'_>, block: &mut Block<'_>, job: JobId) -> EngineResult<()> {
    let (inner, reason) = (session.inner, "the website has got a certificate of others");
    block.warn(1, "foreign_installed", format!("The job is given up: {reason}."));
    inner.store.step_job(job, Step::Fail, reason, inner.clock.now()).await?;
    inner.vault.remove_job_key(job)
}

/// Say which certificate of others is replaced, if one is.
pub(super) fn report_replaced(block: &mut Block<'_>, site: &Site) {
    if let Some((foreign, facts)) = site.foreign() {
        let contents = format!("It takes the place of a certificate of others: {}.", described(foreign, facts));
        block.note(2, "foreign_replaced", contents);
    }
}

const UNREADABLE: &str = "foreign_unreadable";

fn described(foreign: &ForeignCertificate, facts: &CertificateFacts) -> String {
    let (kind, end) = (facts.validation.words(), facts.validity.not_after.rfc3339());
    format!("it is {kind}, issued by {}, ends at {end}, and lies at {}", facts.issuer, foreign.path)
}
