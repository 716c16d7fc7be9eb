//! What becomes of a certificate when some of its names fail: degrade, defer, add again.
//!
//! - A new certificate is made without the failing names; they are reported and added when they pass.
//! - A live certificate never silently loses a name. Its replacement is deferred until [`reduce_from`] with the warning
//!   `renewal_deferred`, then made without the failing names with the notice `reduced_coverage`.
//! - Names that moved away long ago (see [`Persistence::MovedAway`]) hold nothing up: this server does not serve them any more.
//!   A replacement is made without them at once, with the same notice.

mod persistence;
mod readd;

pub use persistence::{FailureCause, Mailing, Persistence, persistence};
pub use readd::{Readd, ReaddPolicy, readd};

use crate::analyze::{CertificateFacts, Validity, is_covered};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// A certificate is not reduced before it has less than this left, or a quarter of its lifetime where that is less.
const REDUCE_BEFORE_SECONDS: i64 = 3 * 86_400;

/// A name that cannot be validated now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FailingName<'a> {
    /// The name.
    pub name: &'a str,
    /// For how long, and whether it left.
    pub persistence: Persistence,
}

/// Why nothing is ordered although something is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impediment {
    /// No name passes validation.
    TotalDcvFailure,
    /// Every name that passes is secured already, and the certificate is not due.
    NoUnsecuredDomainPassedDcv,
}

impl Impediment {
    /// Name the impediment as logs and the API spell it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TotalDcvFailure => "total_dcv_failure",
            Self::NoUnsecuredDomainPassedDcv => "no_unsecured_domain_passed_dcv",
        }
    }

    /// Say it to people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::TotalDcvFailure => "no name of the website passes validation",
            Self::NoUnsecuredDomainPassedDcv => "every name that passes validation is secured already",
        }
    }
}

/// How to go on without the failing names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shrink {
    /// Order for `names`.
    Order {
        /// The names that pass, in the order given.
        names: Vec<String>,
        /// The names that the live certificate covers and the new one will not; where there are any, the notice `reduced_coverage`.
        lost: Vec<String>,
    },
    /// Leave the live certificate until then: the warning `renewal_deferred`.
    Deferred {
        /// When it will be replaced without the failing names.
        until: Timestamp,
        /// The failing names that it covers.
        names: Vec<String>,
    },
    /// Order nothing.
    Impeded(Impediment),
}

impl Shrink {
    /// The code to tell people by, if there is anything to tell.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Order { lost, .. } => (!lost.is_empty()).then_some("reduced_coverage"),
            Self::Deferred { .. } => Some("renewal_deferred"),
            Self::Impeded(impediment) => Some(impediment.code()),
        }
    }
}

/// Whether the live certificate is to be replaced anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dueness {
    /// It is due for renewal.
    Due,
    /// It is not: only names that are missing from it call for another.
    NotDue,
}

/// Tell from when a certificate may lose names: 3 days before its end, or a quarter of its lifetime where that is less (under 12 days).
#[must_use]
pub fn reduce_from(validity: Validity) -> Timestamp {
    validity.not_after.plus(-(validity.lifetime() / 4).min(REDUCE_BEFORE_SECONDS))
}

/// Decide how to go on for the `wanted` names of which some are `failing`.
///
/// `live` is the website's certificate, if there is one that clients accept. One that has expired has nothing to lose.
#[must_use]
pub fn shrink(
    wanted: &[&str],
    failing: &[FailingName<'_>],
    live: Option<&CertificateFacts>,
    dueness: Dueness,
    now: Timestamp,
) -> Shrink {
    let fails = |name: &str| failing.iter().any(|other| other.name == name);
    let passing: Vec<&str> = wanted.iter().copied().filter(|name| !fails(name)).collect();
    if passing.is_empty() {
        return Shrink::Impeded(Impediment::TotalDcvFailure);
    }
    let names = passing.iter().map(|name| (*name).to_owned()).collect();
    let Some(live) = live.filter(|facts| now < facts.validity.not_after) else {
        return Shrink::Order { names, lost: Vec::new() };
    };
    if dueness == Dueness::NotDue && passing.iter().all(|name| is_covered(name, &live.names)) {
        return Shrink::Impeded(Impediment::NoUnsecuredDomainPassedDcv);
    }
    let lost: Vec<&FailingName<'_>> =
        failing.iter().filter(|other| wanted.contains(&other.name) && is_covered(other.name, &live.names)).collect();
    let until = reduce_from(live.validity);
    let held_up: Vec<String> = lost
        .iter()
        .filter(|other| other.persistence != Persistence::MovedAway)
        .map(|other| other.name.to_owned())
        .collect();
    if !held_up.is_empty() && now < until {
        return Shrink::Deferred { until, names: held_up };
    }
    Shrink::Order { names, lost: lost.iter().map(|other| other.name.to_owned()).collect() }
}

#[cfg(test)]
mod tests;
