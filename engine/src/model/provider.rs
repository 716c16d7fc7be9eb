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

/// A provider, as the header and the listing show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSummary {
    /// A short stable name, e.g. `letsencrypt`.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The ACME directory's URL (RFC 8555, section 7.1.1).
    pub directory_url: String,
    /// Whether orders go to this provider.
    pub selected: bool,
    /// The state of its terms of service.
    pub terms: TermsState,
    /// The account's URL at the provider, once registered.
    pub account_url: Option<String>,
    /// Why the last call failed, if it did.
    pub last_error: Option<String>,
}
