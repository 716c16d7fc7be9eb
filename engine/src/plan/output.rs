//! What a plan says.

use super::eligibility::{NameEligibility, UserEligibility};
use super::input::SiteId;
use super::need::{OrderReason, RestReason};
use super::priority::{Health, PriorityClass};
use super::shrink::Impediment;
use crate::budget::{Charge, Purpose, Wait};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// What a run will do, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// For which moment it holds.
    pub at: Timestamp,
    /// The provider's name for people.
    pub provider: String,
    /// The certificates to order, in this order.
    pub jobs: Vec<PlannedJob>,
    /// The certificates to install again.
    pub installs: Vec<PlannedInstall>,
    /// The websites for which nothing is ordered.
    pub skipped: Vec<Skipped>,
}

/// A certificate to order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedJob {
    /// The website's row.
    pub website: SiteId,
    /// Whose it is.
    pub user: String,
    /// The website's primary name.
    pub domain: String,
    /// Why it is wanted.
    pub because: OrderReason,
    /// How urgent it is.
    pub class: PriorityClass,
    /// How the last order ended.
    pub health: Health,
    /// The provider's name for people, where CAA records keep it from the plan's.
    pub provider: Option<String>,
    /// Its names, the most important first.
    pub names: Vec<String>,
    /// The website's names that are not in it.
    pub left_out: Vec<LeftOut>,
    /// The names that are secured now and will not be any more: the notice `reduced_coverage`.
    pub lost: Vec<String>,
    /// Which limits it counts against.
    pub charge: Charge,
    /// Whether it may use the reserve.
    pub purpose: Purpose,
    /// The ARI identifier of the certificate that it replaces, to be sent with the order (RFC 9773, section 5).
    pub replaces: Option<String>,
    /// What it is made for.
    pub occasion: Occasion,
    /// Until when it waits, and for which limit; now if there is nothing.
    pub wait: Option<Wait>,
}

/// What an order is made for, as far as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Anything else.
    #[default]
    Ordinary,
    /// Only names that had failed and pass again: a few a week; see [`super::shrink::ReaddPolicy`].
    Readd,
    /// The companion of the certificate in place: a second one for its names, with an RSA key.
    Companion,
}

/// A certificate to install again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedInstall {
    /// The website's row.
    pub website: SiteId,
    /// Whose it is.
    pub user: String,
    /// The website's primary name.
    pub domain: String,
}

/// A website for which nothing is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The website's row.
    pub website: SiteId,
    /// Whose it is.
    pub user: String,
    /// The website's primary name.
    pub domain: String,
    /// Why.
    pub because: SkipReason,
    /// Its names that are left out.
    pub left_out: Vec<LeftOut>,
}

/// Why nothing is ordered for a website.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// AutoSSL does not work for the user.
    User(UserEligibility),
    /// A job for it is under way.
    Pending,
    /// It needs nothing.
    Rest(RestReason),
    /// Its names do not pass.
    Impeded(Impediment),
    /// The names that it lacks failed, and are left alone until then.
    BackingOff {
        /// When the first of them is tried again.
        until: Timestamp,
    },
    /// The certificate in place would lose names: the warning `renewal_deferred`.
    Deferred {
        /// When it will be replaced without them.
        until: Timestamp,
        /// The names.
        names: Vec<String>,
    },
    /// It is secured but for names that find no place in a certificate of the provider.
    OverLimit,
    /// Its certificate, which AutoSSL did not install, cannot be read, so that nobody knows what would be replaced: where it
    /// lies, and why not.
    Unreadable(String),
    /// Names that pass again are added then, since this week's orders for such are spent.
    ReaddLater {
        /// When.
        until: Timestamp,
    },
}

/// A name that is not in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The name.
    pub name: String,
    /// Why.
    pub because: LeftOutReason,
}

/// Why a name is not in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// It is excluded, or no CA issues for it.
    Ineligible(NameEligibility),
    /// It fails validation, for the cause of this code.
    Failing(String),
    /// It failed, and is left alone until then.
    BackingOff(Timestamp),
    /// The provider allows no more names in a certificate.
    OverLimit,
}
