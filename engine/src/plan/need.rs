//! What one website needs.

use super::input::{Current, Serving};
use super::priority::PriorityClass;
use super::renewal::{Renewal, RenewalBasis, expires_soon_from, renewal_in_turn};
use super::replace::{self, ForeignCertificates, KeepReason, Offer, Origin, ReplaceReason, Replacement};
use super::seed::Seed;
use super::shrink::Dueness;
use crate::analyze::{Defect, analyze};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// What a website needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Rest(RestReason),
    /// Its certificate is sound, but no service was proved to present it.
    Install,
    /// A certificate.
    Certificate {
        /// How urgent it is.
        class: PriorityClass,
        /// Why.
        because: OrderReason,
        /// Whether the certificate in place is to be replaced anyway.
        dueness: Dueness,
    },
}

/// Why a website needs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestReason {
    /// All of its names are excluded, or it has none.
    NoNames,
    /// It is secured.
    Secured {
        /// Until when.
        until: Timestamp,
        /// When the certificate is due for renewal, unless its turn comes before.
        renewal: Renewal,
    },
    /// The certificate in place is left alone.
    Kept(KeepReason),
}

/// Why a certificate is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderReason {
    /// There is none.
    NoCertificate,
    /// Clients refuse the one in place.
    Defective(Vec<Defect>),
    /// The one in place does not cover these names.
    Missing(Vec<String>),
    /// The one in place is due.
    Due(Renewal),
    /// Clients refuse the one in place, which is another's and may be replaced.
    ForeignInvalid(Vec<Defect>),
    /// The one in place is another's, may be replaced, and ends at this moment.
    ForeignExpiring(Timestamp),
    /// The one in place is sound; its companion is missing, or to be renewed.
    Companion,
}

/// Decide what a website with these names needs now.
///
/// A chain that clients do not trust is no reason to order where the chosen provider issued it: the next would be no better.
#[must_use]
pub fn need(names: &[&str], current: Option<Current<'_>>, foreign: ForeignCertificates, now: Timestamp) -> Need {
    if names.is_empty() {
        return Need::Rest(RestReason::NoNames);
    }
    let Some(current) = current else {
        return wanted(PriorityClass::New, OrderReason::NoCertificate, Dueness::Due);
    };
    let facts = current.facts;
    let mut analysis = analyze(Some(facts), names, now);
    if current.origin == Origin::CurrentProvider {
        analysis.defects.retain(|defect| *defect != Defect::UntrustedChain);
    }
    match replace::replacement(facts, &analysis.defects, current.origin, foreign, Offer::CaIssued, now) {
        Replacement::Keep(reason) => return Need::Rest(RestReason::Kept(reason)),
        Replacement::Replace(ReplaceReason::Expiring(at)) => {
            return wanted(PriorityClass::Expiring, OrderReason::ForeignExpiring(at), Dueness::Due);
        }
        Replacement::Replace(ReplaceReason::Invalid(defects)) => {
            return wanted(PriorityClass::Expired, OrderReason::ForeignInvalid(defects), Dueness::Due);
        }
        Replacement::Replace(ReplaceReason::Own) => {}
    }
    if !analysis.defects.is_empty() {
        return wanted(PriorityClass::Expired, OrderReason::Defective(analysis.defects), Dueness::Due);
    }
    let renewal = renewal_in_turn(facts.validity, current.window, Seed::of(&facts.serial), current.turn, now);
    let dueness = if renewal.is_due(now) { Dueness::Due } else { Dueness::NotDue };
    let is_ending = now >= expires_soon_from(facts.validity);
    if !analysis.missing.is_empty() {
        let class = if is_ending { PriorityClass::Expiring } else { PriorityClass::New };
        let missing = analysis.missing.iter().map(|name| (*name).to_owned()).collect();
        return wanted(class, OrderReason::Missing(missing), dueness);
    }
    if dueness == Dueness::Due {
        let class = if is_ending { PriorityClass::Expiring } else { PriorityClass::Renewal };
        return wanted(class, OrderReason::Due(renewal), dueness);
    }
    match current.serving {
        Serving::Unproved => Need::Install,
        Serving::Proved => Need::Rest(RestReason::Secured { until: facts.validity.not_after, renewal }),
    }
}

const fn wanted(class: PriorityClass, because: OrderReason, dueness: Dueness) -> Need {
    Need::Certificate { class, because, dueness }
}

/// Say defects to people.
fn listed(defects: &[Defect]) -> String {
    defects.iter().map(|defect| defect.words()).collect::<Vec<_>>().join("; ")
}

impl RestReason {
    /// Say why to people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NoNames => "all of its names are excluded".into(),
            Self::Secured { until, renewal } => {
                let word = if renewal.basis == RenewalBasis::Turn { "by" } else { "from" };
                format!("secured until {}, renewal {word} {}", until.short(), renewal.at.short())
            }
            Self::Kept(reason) => reason.words(),
        }
    }
}

impl OrderReason {
    /// Say why to people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NoCertificate => "there is no certificate".into(),
            Self::Defective(defects) => listed(defects),
            Self::Missing(names) => format!("missing from the certificate: {}", names.join(", ")),
            Self::Due(Renewal { basis: RenewalBasis::Turn, .. }) => "its turn to be renewed has come".into(),
            Self::Due(renewal) => format!("due for renewal since {}", renewal.at.short()),
            Self::ForeignInvalid(defects) => format!("another's certificate may be replaced: {}", listed(defects)),
            Self::Companion => "its certificate with an RSA key is missing, or to be renewed".into(),
            Self::ForeignExpiring(at) => format!("the certificate, issued by another, ends at {}", at.short()),
        }
    }
}

#[cfg(test)]
mod tests;
