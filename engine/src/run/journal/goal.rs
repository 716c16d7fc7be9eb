//! What a website wants, and what came of it.

use crate::budget::Purpose;
use crate::model::Timestamp;
use crate::plan::shrink::Dueness;
use crate::plan::{Occasion, PlannedJob};
use crate::provider::choice::patience;
use crate::run::eyes::Sight;
use crate::run::site::{OwnTerms, Site};
use crate::store::{JobId, NameProblem};
use std::collections::BTreeSet;

/// What to order.
pub(in crate::run) struct Goal {
    pub(super) names: Vec<String>,
    pub(super) dueness: Dueness,
    pub(super) purpose: Purpose,
    pub(super) failing: Vec<NameProblem>,
    pub(super) by_dns: BTreeSet<String>,
    pub(super) occasion: Occasion,
    /// What the order comes to at the provider that issued the certificate in place.
    pub(super) own: OwnTerms,
    /// How long it waits for a limit before another provider gets it, in seconds.
    pub(super) patience: i64,
    /// Where CAA records let the names be ordered.
    pub(super) sight: Sight,
}

impl Goal {
    /// Order what was planned; `failing` are the names that were left out already.
    pub(in crate::run) fn planned(site: &Site, job: PlannedJob, failing: Vec<NameProblem>, now: Timestamp) -> Self {
        let PlannedJob { names, purpose, occasion, .. } = job;
        let own = site.own_terms(&names, now);
        Self { names, purpose, failing, occasion, own, ..Self::resume(site, now) }
    }

    /// Go on with the job that is open.
    pub(in crate::run) fn resume(site: &Site, now: Timestamp) -> Self {
        let names = site.website.names.clone();
        Self {
            dueness: site.dueness(now),
            purpose: Purpose::Ordinary,
            failing: Vec::new(),
            by_dns: BTreeSet::new(),
            occasion: Occasion::Ordinary,
            own: site.own_terms(&names, now),
            patience: patience(site.coverage(now)),
            sight: Sight::default(),
            names,
        }
    }

    /// The names that may be ordered.
    pub(in crate::run) fn names(&self) -> &[String] {
        &self.names
    }

    /// Validate these names by DNS-01, as wildcards always are.
    pub(in crate::run) fn by_dns(self, names: BTreeSet<String>) -> Self {
        Self { by_dns: names, ..self }
    }

    /// Order where CAA records allow it.
    pub(in crate::run) fn seen(self, sight: Sight) -> Self {
        Self { sight, ..self }
    }
}

/// What came of trying to get a certificate.
pub(in crate::run) struct Obtained {
    /// The job whose certificate is in the certificate store, or why there is none.
    pub(in crate::run) certificate: Result<JobId, Refusal>,
    /// The names that are not in it, each with a reason.
    pub(in crate::run) problems: Vec<NameProblem>,
}

/// Why there is no new certificate. The reasons are in the problems and the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Refusal {
    /// The certificate in place is better than the one that could be had.
    KeepsWhatItHas,
    /// The job goes on later, from the pending queue.
    Waits,
    /// It did not work.
    Failed,
}
