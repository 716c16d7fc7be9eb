//! Recording whether a website's second certificate is presented, and the lines that say so.

use crate::error::EngineResult;
use crate::install::{CompanionItem, InstallFailure};
use crate::logbook::Block;
use crate::model::Timestamp;
use crate::run::session::Session;
use crate::store::{CertificateId, CertificateRecord, JobId, Step, Website};

/// A second certificate that is to be presented beside the primary one.
#[derive(Clone, Debug)]
pub(in crate::run) struct Second {
    certificate: CertificateId,
    job: Option<JobId>,
    item: CompanionItem,
}

impl Second {
    /// Note what is to be presented, and the job that ends with it.
    pub(super) fn new(record: &CertificateRecord, job: Option<JobId>) -> Self {
        let item = CompanionItem { fingerprint: record.fingerprint.clone(), generation: record.generation };
        Self { certificate: record.id, job, item }
    }

    /// Describe it to installers.
    pub(in crate::run) fn item(&self) -> CompanionItem {
        self.item.clone()
    }

    /// The job that ends when it is presented.
    pub(in crate::run) fn job(&self) -> Option<JobId> {
        self.job
    }
}

/// Record what became of a website's second certificate, or that it has none any more, and say so.
///
/// `failure` names the service that does not present it, and why.
pub(in crate::run) async fn place_second(
    session: &Session<'_>,
    block: &mut Block<'_>,
    website: &Website,
    second: Option<&Second>,
    failure: Option<&(&'static str, InstallFailure)>,
    at: Timestamp,
) -> EngineResult<()> {
    let (store, domain) = (&session.inner.store, &website.domain);
    let Some(second) = second else {
        if failure.is_none() && website.companion.is_some() {
            store.drop_companion(website.id).await?;
            block.warn(1, "companion_dropped", format!("{domain}: its second certificate is not presented any more"));
        }
        return Ok(());
    };
    let step = match failure {
        Some((service, failure)) => {
            let contents = format!("{domain}: the second certificate is not served by {service}: {}", failure.detail);
            block.warn(1, "companion_not_served", contents);
            Step::Fail
        }
        None => {
            let served = (!session.inner.installers.is_empty()).then_some(at);
            store.mark_installed(second.certificate, at, served).await?;
            let is_served = if served.is_some() { "served" } else { "issued" };
            block.success(1, format!("{domain}: a second certificate is {is_served} beside the first"));
            Step::Finish
        }
    };
    if let Some(job) = second.job {
        store.step_job(job, step, failure.map_or("", |(_, failure)| failure.detail.as_str()), at).await?;
    }
    Ok(())
}
