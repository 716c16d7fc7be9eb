//! What a website wants, and what came of it.

use crate::budget::{Charge, Purpose};
use crate::model::{Coverage, Timestamp};
use crate::plan::shrink::Dueness;
use crate::plan::{Occasion, PlannedJob};
use crate::provider::choice::patience;
use crate::run::eyes::Sight;
use crate::run::precheck::MethodsAt;
use crate::run::site::{OwnTerms, Site};
use crate::store::{JobId, NameProblem, Website};

/// What to order.
pub(in crate::run) struct Goal {
    pub(super) names: Vec<String>,
    pub(super) dueness: Dueness,
    pub(super) purpose: Purpose,
    pub(super) failing: Vec<NameProblem>,
    pub(super) methods: MethodsAt,
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
            methods: MethodsAt::default(),
            occasion: Occasion::Ordinary,
            own: site.own_terms(&names, now),
            patience: patience(site.coverage(now)),
            sight: Sight::default(),
            names,
        }
    }

    /// Order a companion for these names of a website's certificate, which is in place and sound.
    pub(in crate::run) fn companion(website: &Website, names: Vec<String>) -> Self {
        let certificate = website.certificate.as_ref();
        let is_same_set = certificate.is_some_and(|certificate| certificate.names.len() == names.len());
        let charge = if is_same_set { Charge::SameSet } else { Charge::Full };
        let issuer = certificate.map(|certificate| certificate.provider.clone());
        Self {
            dueness: Dueness::NotDue,
            purpose: Purpose::Ordinary,
            failing: Vec::new(),
            methods: MethodsAt::default(),
            occasion: Occasion::Companion,
            own: OwnTerms { issuer, charge, replaces: None },
            patience: patience(Coverage::Secured),
            sight: Sight::default(),
            names,
        }
    }

    /// The names that may be ordered.
    pub(in crate::run) fn names(&self) -> &[String] {
        &self.names
    }

    /// Validate names by these methods.
    pub(in crate::run) fn by(self, methods: MethodsAt) -> Self {
        Self { methods, ..self }
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
