//! A website as the planner sees it.

use crate::analyze::{
    CertificateFacts, KeyAlgorithm, KeyFacts, KeyMatch, SignatureHash, Trust, Validation, Validity, analyze,
};
use crate::budget::Charge;
use crate::dcv::Verdict;
use crate::model::{Coverage, Timestamp};
use crate::plan::eligibility::{NameExclusion, UserEligibility};
use crate::plan::level::Turn;
use crate::plan::names::NameRole;
use crate::plan::priority::Health;
use crate::plan::renewal::{AriWindow, renewal_in_turn};
use crate::plan::replace::Origin;
use crate::plan::shrink::Dueness;
use crate::plan::{Check, Current, NameInput, Pending, Seed, Serving, SiteId, WebsiteInput, charge};
use crate::run::precheck::{self, Verdicts};
use crate::store::{CertificateRecord, NameTrouble, Website};

/// Who asked for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The schedule: names that fail and jobs that wait are tried when their time comes.
    BySchedule,
    /// A person, who wants to see what happens now.
    ByPerson,
}

/// What every website of a run is decided by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// Who asked.
    pub(super) asked: Asked,
    /// Whether there is a service to install into.
    pub(super) has_services: bool,
    /// The moment.
    pub(super) now: Timestamp,
}

/// A website with what its certificate says.
pub(super) struct Site {
    /// The website.
    pub(super) website: Website,
    facts: Option<CertificateFacts>,
    window: Option<AriWindow>,
    turn: Turn,
}

impl Site {
    /// Look at a website's certificate.
    pub(super) fn new(website: Website) -> Self {
        let facts = website.certificate.as_ref().map(facts);
        let window = website.certificate.as_ref().and_then(window);
        Self { website, facts, window, turn: Turn::Drawn }
    }

    /// Let it take turns with the other websites of the server to be renewed.
    pub(super) fn take_turn(&mut self, turn: Turn) {
        self.turn = turn;
    }

    /// Name the website's row to the planner.
    pub(super) fn id(&self) -> SiteId {
        SiteId(self.website.id.0)
    }

    /// Tell how well the website is secured.
    pub(super) fn coverage(&self, now: Timestamp) -> Coverage {
        let names: Vec<&str> = self.website.names.iter().map(String::as_str).collect();
        analyze(self.facts.as_ref(), &names, now).coverage
    }

    /// Tell whether the certificate in place is to be replaced, whatever names are missing from it.
    pub(super) fn dueness(&self, now: Timestamp) -> Dueness {
        let Some(facts) = &self.facts else { return Dueness::Due };
        let due = renewal_in_turn(facts.validity, self.window.as_ref(), Seed::of(&facts.serial), self.turn, now);
        if due.is_due(now) { Dueness::Due } else { Dueness::NotDue }
    }

    /// The page on which the provider explains when it wants the certificate renewed.
    pub(super) fn explanation(&self) -> Option<&str> {
        self.window.as_ref()?.explanation_url.as_deref()
    }

    /// Tell which limits an order for all of its names counts against.
    pub(super) fn charge(&self, now: Timestamp) -> Charge {
        charge(self.current(Serving::Proved), &self.website.names, now)
    }

    fn current(&self, serving: Serving) -> Option<Current<'_>> {
        let window = self.window.as_ref();
        let current = |facts| Current { facts, origin: Origin::CurrentProvider, window, serving, turn: self.turn };
        self.facts.as_ref().map(current)
    }

    /// Describe the website to the planner. `verdicts` are those of our own check, as far as it was made.
    pub(super) fn input<'a>(&'a self, circumstances: Circumstances, verdicts: &Verdicts) -> WebsiteInput<'a> {
        let website = &self.website;
        let serving = match &website.certificate {
            Some(certificate) if circumstances.has_services && certificate.served_at.is_none() => Serving::Unproved,
            _ => Serving::Proved,
        };
        let failed = !website.names.is_empty() && website.troubles.len() == website.names.len();
        WebsiteInput {
            id: self.id(),
            user: &website.user,
            eligibility: UserEligibility::EnabledByFeatureList,
            domain: &website.domain,
            names: website.names.iter().map(|name| self.name(name, circumstances, verdicts)).collect(),
            current: self.current(serving),
            pending: Pending::None,
            last_order: if failed { Health::Failing } else { Health::Sound },
            readded: &[],
        }
    }

    fn name<'a>(&'a self, name: &'a str, circumstances: Circumstances, verdicts: &Verdicts) -> NameInput<'a> {
        let website = &self.website;
        let trouble = website.troubles.iter().find(|trouble| trouble.name == name);
        let check = check(website, trouble, verdicts.get(name), circumstances);
        let role = if name == website.domain { NameRole::Primary } else { NameRole::Alias };
        NameInput { name, role, exclusion: NameExclusion::None, check }
    }
}

fn check<'a>(
    website: &Website,
    trouble: Option<&NameTrouble>,
    verdict: Option<&Verdict>,
    circumstances: Circumstances,
) -> Check<'a> {
    let now = circumstances.now;
    if let Some(code) = verdict.and_then(precheck::reason) {
        return Check::Failed { code: code.as_str(), persistence: precheck::persistence(website, verdict, now) };
    }
    match (trouble, verdict) {
        (None, Some(_)) => Check::Passed,
        (Some(_), Some(_)) => Check::PassedAgain,
        (Some(NameTrouble { retry_at: Some(until), code, name, .. }), None)
            if circumstances.asked == Asked::BySchedule && *until > now =>
        {
            Check::BackingOff { until: *until, persistence: precheck::persistence_of(website, name, code, now) }
        }
        (_, None) => Check::Unchecked,
    }
}

/// Describe a certificate of ours: it was checked when it was issued, so only time can make it defective.
pub(super) fn facts(certificate: &CertificateRecord) -> CertificateFacts {
    CertificateFacts {
        names: certificate.names.clone(),
        validity: Validity { not_before: certificate.not_before, not_after: certificate.not_after },
        issuer: certificate.issuer.clone(),
        serial: certificate.serial.clone(),
        ari_id: certificate.ari_id.clone(),
        validation: Validation::Domain,
        trust: Trust::TrustedUntil(certificate.not_after),
        key: KeyFacts { algorithm: KeyAlgorithm::Ecdsa, bits: 256 },
        signature: SignatureHash::Strong,
        key_match: KeyMatch::Matches,
        revoked_at: None,
    }
}

fn window(certificate: &CertificateRecord) -> Option<AriWindow> {
    let window = certificate.window.as_ref()?;
    Some(AriWindow { start: window.start, end: window.end, explanation_url: window.explanation_url.clone() })
}
