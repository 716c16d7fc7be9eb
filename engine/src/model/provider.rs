//! Certificate authorities that AutoSSL can order from.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a provider's terms of service were agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermsState {
    /// Nobody agreed yet.
    NotAgreed,
    /// A person agreed.
    Agreed {
        /// Who agreed.
        by: String,
        /// When.
        at: Timestamp,
        /// To which document; empty where the provider names none.
        url: String,
    },
}

/// Whether a provider takes orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderHealth {
    /// It does, as far as is known.
    #[default]
    Healthy,
    /// One of its limits holds all orders up.
    Limited {
        /// Until when.
        until: Timestamp,
    },
    /// It does not answer as it should, and is left alone for a while.
    Down {
        /// Since when.
        since: Timestamp,
        /// When it is asked again.
        next_try: Timestamp,
    },
}

impl ProviderHealth {
    /// Say it to people, e.g. `limited until 2026-11-23 09:30`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Healthy => "healthy".into(),
            Self::Limited { until } => format!("limited until {}", until.short()),
            Self::Down { since, next_try } => format!("down since {}, next try {}", since.short(), next_try.short()),
        }
    }
}

/// A provider, as the header and the listing show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSummary {
    /// A short stable name, e.g. `letsencrypt`.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The ACME directory's URL (RFC 8555, section 7.1.1).
    pub directory_url: String,
    /// Whether orders go to this provider before all others.
    pub selected: bool,
    /// Its place among those that take what the selected one cannot, from 1 on; `None` where it is not one of them.
    pub fallback: Option<u32>,
    /// Whether it takes orders.
    pub health: ProviderHealth,
    /// The state of its terms of service.
    pub terms: TermsState,
    /// The account's URL at the provider, once registered.
    pub account_url: Option<String>,
    /// Why the last call failed, if it did.
    pub last_error: Option<String>,
}

/// Who put a provider into the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderOrigin {
    /// It comes with AutoSSL.
    BuiltIn,
    /// The configuration file names it.
    Configuration,
    /// An administrator added it, and can remove it.
    Added,
}

/// What a directory says about its provider (RFC 8555, section 9.7.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryAbout {
    /// The terms of service that an account must agree to, if any.
    pub terms_of_service: Option<String>,
    /// The provider's website.
    pub website: Option<String>,
    /// The names that CAA records call it by.
    pub caa_identities: Vec<String>,
    /// Whether accounts must be bound to a customer's account (section 7.3.4).
    pub external_account_required: bool,
    /// The certificate profiles that it offers.
    pub profiles: Vec<Profile>,
    /// Whether it tells when to renew (RFC 9773).
    pub renewal_information: bool,
}

/// A certificate profile (draft-ietf-acme-profiles).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What the provider says about it.
    pub description: String,
}

/// Everything that is known of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderDetail {
    /// As the header shows it.
    #[serde(flatten)]
    pub summary: ProviderSummary,
    /// Who put it into the catalogue.
    pub origin: ProviderOrigin,
    /// How it validates names, as it documents; empty where nothing is known.
    pub validation: String,
    /// Names in one certificate; `None` where it depends on the contract or is not known.
    pub names: Option<u32>,
    /// How long certificates are valid, in days; `None` where it depends on the contract or is not known.
    pub days: Option<u32>,
    /// Redirects that it follows when it fetches a token; `None` where it does not say.
    pub redirects: Option<u32>,
    /// Whether accounts must be bound to a customer's account.
    pub external_account_required: bool,
    /// The address that the provider may write to.
    pub contact: Option<String>,
    /// The key identifier of the customer's account that is set.
    pub external_account: Option<String>,
    /// The limits that are kept, in words.
    pub limits: Vec<String>,
    /// What its directory said when it was last read, and when.
    pub about: Option<(DirectoryAbout, Timestamp)>,
    /// The profile that certificates are ordered with; `None` leaves it to the provider.
    pub profile: Option<String>,
    /// The common name of the root that chains should end at; `None` takes the provider's first chain.
    pub preferred_chain: Option<String>,
    /// Whether the terms changed since a person agreed.
    pub terms_changed: bool,
}
