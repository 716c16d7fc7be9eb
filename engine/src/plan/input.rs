//! What a plan is made from.

use super::companion::{Beside, Companions};
use super::eligibility::{Exclusions, NameExclusion, UserEligibility};
use super::level::Turn;
use super::names::{Dns01Zones, NamePolicy, NameRole};
use super::priority::Health;
use super::renewal::AriWindow;
use super::replace::{ForeignCertificates, Origin};
use super::shrink::{Persistence, ReaddPolicy};
use crate::analyze::CertificateFacts;
use crate::inventory::Addresses;
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// A website's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SiteId(pub i64);

/// What the administrator has set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The provider's name for people.
    pub provider: String,
    /// The account at the provider, as the budget counts it.
    pub account: String,
    /// How names become certificates.
    pub names: NamePolicy,
    /// Where DNS-01 is possible.
    pub zones: Dns01Zones,
    /// Names that are left out on the whole server.
    pub exclusions: Exclusions,
    /// Whether certificates of others may be replaced.
    pub foreign: ForeignCertificates,
    /// How often names that pass again are added.
    pub readd: ReaddPolicy,
    /// Which addresses the provider gives certificates for.
    pub addresses: Addresses,
    /// Whether certificates get companions.
    pub companions: Companions,
}

/// A website to plan for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebsiteInput<'a> {
    /// Its row.
    pub id: SiteId,
    /// Whose it is.
    pub user: &'a str,
    /// Whether AutoSSL works for the user.
    pub eligibility: UserEligibility,
    /// The primary name.
    pub domain: &'a str,
    /// All of its names.
    pub names: Vec<NameInput<'a>>,
    /// The certificate that is in place, if there is one.
    pub current: Option<Current<'a>>,
    /// What is known of that one's companion.
    pub beside: Beside<'a>,
    /// Whether a job for it is under way.
    pub pending: Pending,
    /// How the last order for it ended.
    pub last_order: Health,
    /// When orders were made for it only to add names that pass again, in the last 7 days.
    pub readded: &'a [Timestamp],
}

/// Whether a website has a job that is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pending {
    /// It has none.
    #[default]
    None,
    /// It has one: another would be a second order for the same names.
    Job,
}

/// A name of a website.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NameInput<'a> {
    /// The name, as A-labels in lower case.
    pub name: &'a str,
    /// What it is to the website.
    pub role: NameRole,
    /// Whether somebody left it out.
    pub exclusion: NameExclusion,
    /// What is known of its validation.
    pub check: Check<'a>,
}

/// What is known of a name's validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Check<'a> {
    /// Nothing: it is taken to pass.
    #[default]
    Unchecked,
    /// It passes.
    Passed,
    /// It passes after it had failed.
    PassedAgain,
    /// It fails.
    Failed {
        /// The stable code of the cause.
        code: &'a str,
        /// For how long.
        persistence: Persistence,
    },
    /// It failed and is left alone for a while; see [`crate::queue::backoff`].
    BackingOff {
        /// Until when.
        until: Timestamp,
        /// For how long it has failed.
        persistence: Persistence,
    },
}

/// Whether services present a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Serving {
    /// A handshake proved it, or there is no service to ask.
    Proved,
    /// It was never proved.
    Unproved,
}

/// The certificate that is in place for a website.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current<'a> {
    /// What it says.
    pub facts: &'a CertificateFacts,
    /// Who issued it.
    pub origin: Origin,
    /// The CA's window for its renewal.
    pub window: Option<&'a AriWindow>,
    /// Whether services present it.
    pub serving: Serving,
    /// Whether it takes turns with others to be renewed.
    pub turn: Turn,
}
