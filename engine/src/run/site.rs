//! A website as the planner sees it.

use crate::analyze::{
    Analysis, CertificateFacts, KeyAlgorithm, KeyFacts, KeyMatch, SignatureHash, Trust, Validation, Validity, analyze,
};
use crate::budget::Charge;
use crate::dcv::Verdict;
use crate::model::{Coverage, KeyType, Timestamp};
use crate::plan::companion::Companions;
use crate::plan::eligibility::{NameExclusion, UserEligibility};
use crate::plan::level::Turn;
use crate::plan::names::NameRole;
use crate::plan::priority::Health;
use crate::plan::renewal::{AriWindow, renewal_in_turn};
use crate::plan::replace::{ForeignCertificates, KeepReason, Origin};
use crate::plan::shrink::Dueness;
use crate::plan::{
    Check, Current, NameInput, Need, Pending, RestReason, Seed, Serving, SiteId, WebsiteInput, charge, need, replaces,
};
use crate::run::companion;
use crate::run::precheck::{self, Verdicts};
use crate::store::{CertificateRecord, ForeignCertificate, NameTrouble, Reading, Website};

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
pub(super) struct Circumstances<'a> {
    /// Who asked.
    pub(super) asked: Asked,
    /// The provider that is asked first, by its short name.
    pub(super) provider: &'a str,
    /// The moment.
    pub(super) now: Timestamp,
}

/// What an order comes to at the provider that issued the certificate in place; at any other it counts in full and replaces nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnTerms {
    /// That provider's short name; empty where it was not remembered. `None` where there is no certificate of AutoSSL's.
    pub(super) issuer: Option<String>,
    /// Which limits the order counts against.
    pub(super) charge: Charge,
    /// The certificate that it replaces (RFC 9773, section 5).
    pub(super) replaces: Option<String>,
}

/// A website with what its certificate says.
pub(super) struct Site {
    /// The website.
    pub(super) website: Website,
    facts: Option<CertificateFacts>,
    window: Option<AriWindow>,
    turn: Turn,
    serving: Serving,
}

impl Site {
    /// Look at a website's certificate.
    pub(super) fn new(website: Website) -> Self {
        let facts = facts_in_place(&website);
        let own = website.certificate.as_ref().filter(|_| website.foreign.is_none());
        let window = own.and_then(window);
        Self { website, facts, window, turn: Turn::Drawn, serving: Serving::Proved }
    }

    /// Let it take turns with the other websites of the server to be renewed.
    pub(super) fn take_turn(&mut self, turn: Turn) {
        self.turn = turn;
    }

    /// Tell whether a service does not present its certificate as far as is known.
    pub(super) fn is_to_be_installed(&self) -> bool {
        self.serving == Serving::Unproved
    }

    /// Note that a service does not present its certificate as far as is known.
    pub(super) fn is_unserved(&mut self) {
        self.serving = Serving::Unproved;
    }

    /// The certificate of others that the website has, with what it says; `None` where it has AutoSSL's own or none.
    pub(super) fn foreign(&self) -> Option<(&ForeignCertificate, &CertificateFacts)> {
        self.website.foreign.as_ref().zip(self.facts.as_ref())
    }

    /// Tell where the certificate of others lies that cannot be read, and why.
    pub(super) fn unreadable(&self) -> Option<(&str, &str)> {
        match self.website.foreign.as_ref() {
            Some(ForeignCertificate { path, reading: Reading::Unreadable(reason), .. }) => {
                Some((path.as_str(), reason.as_str()))
            }
            _ => None,
        }
    }

    /// Tell why the certificate of others is left alone; `None` where there is none, or where it may be replaced.
    pub(super) fn kept(&self, option: ForeignCertificates, now: Timestamp) -> Option<KeepReason> {
        self.foreign()?;
        match need(&self.names(), self.current(Serving::Proved), option, now) {
            Need::Rest(RestReason::Kept(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Name the website's row to the planner.
    pub(super) fn id(&self) -> SiteId {
        SiteId(self.website.id.0)
    }

    /// Tell how well the website is secured.
    pub(super) fn coverage(&self, now: Timestamp) -> Coverage {
        self.analysis(now).coverage
    }

    /// Tell how well the website is secured, and by what one can tell.
    pub(super) fn analysis(&self, now: Timestamp) -> Analysis<'_> {
        analyze(self.facts.as_ref(), &self.names(), now)
    }

    fn names(&self) -> Vec<&str> {
        self.website.names.iter().map(String::as_str).collect()
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

    /// Tell what an order for these names comes to at the provider that issued the certificate in place.
    pub(super) fn own_terms(&self, names: &[String], now: Timestamp) -> OwnTerms {
        let own = self.current(Serving::Proved).filter(|current| current.origin != Origin::Foreign);
        let issuer = own.and(self.website.certificate.as_ref()).map(|certificate| certificate.provider.clone());
        OwnTerms { issuer, charge: charge(own, names, now), replaces: replaces(own, names) }
    }

    fn current(&self, serving: Serving) -> Option<Current<'_>> {
        let window = self.window.as_ref();
        let origin = if self.website.foreign.is_some() { Origin::Foreign } else { Origin::CurrentProvider };
        let current = |facts| Current { facts, origin, window, serving, turn: self.turn };
        self.facts.as_ref().map(current)
    }

    /// Tell whether its companion is to be got now.
    pub(super) fn companion_wanted(&self, companions: Companions, circumstances: Circumstances<'_>) -> bool {
        companion::wanted(&self.website, companions, circumstances.asked, circumstances.now).is_some()
    }

    /// Describe the website to the planner. `verdicts` are those of our own check, as far as it was made.
    pub(super) fn input<'a>(&'a self, circumstances: Circumstances<'_>, verdicts: &Verdicts) -> WebsiteInput<'a> {
        let website = &self.website;
        let failures = website.troubles.iter().filter(|trouble| trouble.is_failure()).count();
        let failed = failures > 0 && failures == website.names.len();
        WebsiteInput {
            id: self.id(),
            user: &website.user,
            eligibility: UserEligibility::EnabledByFeatureList,
            domain: &website.domain,
            names: website.names.iter().map(|name| self.name(name, circumstances, verdicts)).collect(),
            current: self
                .current(self.serving)
                .map(|current| Current { origin: self.origin(circumstances.provider), ..current }),
            beside: companion::beside(website, circumstances.asked, circumstances.now),
            pending: Pending::None,
            last_order: if failed { Health::Failing } else { Health::Sound },
            readded: &website.readded,
        }
    }

    /// Tell who issued the certificate in place, as `provider` sees it.
    fn origin(&self, provider: &str) -> Origin {
        match &self.website.certificate {
            _ if self.website.foreign.is_some() => Origin::Foreign,
            Some(certificate) if !certificate.provider.is_empty() && certificate.provider != provider => {
                Origin::OtherProvider
            }
            _ => Origin::CurrentProvider,
        }
    }

    fn name<'a>(&'a self, name: &'a str, circumstances: Circumstances<'_>, verdicts: &Verdicts) -> NameInput<'a> {
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
    circumstances: Circumstances<'_>,
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

/// Read the facts of the certificate that a website has.
pub(super) fn facts_in_place(website: &Website) -> Option<CertificateFacts> {
    match &website.foreign {
        Some(ForeignCertificate { reading: Reading::Facts(facts), .. }) => Some(facts.as_ref().clone()),
        Some(_) => None,
        None => website.certificate.as_ref().map(facts),
    }
}

/// Describe a certificate of ours: it was checked when it was issued, so only time and its issuer can make it defective.
fn facts(certificate: &CertificateRecord) -> CertificateFacts {
    CertificateFacts {
        names: certificate.names.clone(),
        validity: Validity { not_before: certificate.not_before, not_after: certificate.not_after },
        issuer: certificate.issuer.clone(),
        serial: certificate.serial.clone(),
        ari_id: certificate.ari_id.clone(),
        validation: Validation::Domain,
        trust: Trust::TrustedUntil(certificate.not_after),
        key: key_facts(certificate.key_type.unwrap_or_default()),
        signature: SignatureHash::Strong,
        key_match: KeyMatch::Matches,
        revoked_at: certificate.revoked_at,
    }
}

const fn key_facts(kind: KeyType) -> KeyFacts {
    let (algorithm, bits) = match kind {
        KeyType::EcdsaP256 => (KeyAlgorithm::Ecdsa, 256),
        KeyType::EcdsaP384 => (KeyAlgorithm::Ecdsa, 384),
        KeyType::Rsa2048 => (KeyAlgorithm::Rsa, 2_048),
        KeyType::Rsa3072 => (KeyAlgorithm::Rsa, 3_072),
        KeyType::Rsa4096 => (KeyAlgorithm::Rsa, 4_096),
    };
    KeyFacts { algorithm, bits }
}

fn window(certificate: &CertificateRecord) -> Option<AriWindow> {
    let window = certificate.window.as_ref()?;
    Some(AriWindow { start: window.start, end: window.end, explanation_url: window.explanation_url.clone() })
}
