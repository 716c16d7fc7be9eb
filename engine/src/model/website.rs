//! Websites, their names, and how well each is secured.

use super::{InventorySource, Timestamp};
use serde::{Deserialize, Serialize};

/// How well a website's names are secured by the certificate that is installed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Every name is in a valid certificate.
    Secured,
    /// The certificate is valid, but names are missing from it.
    Incomplete,
    /// There is a certificate that clients would refuse, e.g. an expired one.
    Defective,
    /// There is no certificate.
    Unsecured,
}

impl Coverage {
    /// Name the coverage as the logs and the store spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secured => "secured",
            Self::Incomplete => "incomplete",
            Self::Defective => "defective",
            Self::Unsecured => "unsecured",
        }
    }
}

/// What is known of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainState {
    /// A valid certificate covers it.
    Secured,
    /// No valid certificate covers it.
    Unsecured,
    /// The administrator or the user left it out.
    Excluded,
}

/// Why something did not work: a stable code, and the reason in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable name for the cause, e.g. `dcv_connection_failed`.
    pub code: String,
    /// What was seen, naming the object.
    pub detail: String,
    /// What to do, where the code is one of our own check's; empty otherwise.
    pub remedy: String,
    /// When it was seen.
    pub at: Timestamp,
}

/// One name of a website.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainRow {
    /// The name, as A-labels (`xn--…`).
    pub name: String,
    /// The name as people write it; the same as `name` where it is plain ASCII.
    pub display: String,
    /// How it is secured.
    pub state: DomainState,
    /// What went wrong at the last try, if it did.
    pub problem: Option<Problem>,
}

/// One website of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebsiteRow {
    /// The primary name, as A-labels.
    pub domain: String,
    /// The primary name as people write it.
    pub display: String,
    /// The directory that the web server serves.
    pub document_root: String,
    /// Where it comes from, and so where it is changed.
    pub source: InventorySource,
    /// How well its names are secured.
    pub coverage: Coverage,
    /// The names, the primary one first.
    pub domains: Vec<DomainRow>,
    /// When the installed certificate ends, if there is one.
    pub expires_at: Option<Timestamp>,
    /// Who issued it.
    pub issuer: Option<String>,
    /// The certificate's SHA-256 fingerprint in hexadecimal.
    pub fingerprint: Option<String>,
    /// When a TLS handshake last proved that the web server presents it.
    pub served_at: Option<Timestamp>,
    /// What there is to say of the certificate where AutoSSL did not install it.
    pub others: Option<OthersCertificate>,
}

/// How a website's visitors are brought to TLS, once its certificate is proved to be served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HttpsChoice {
    /// They are redirected.
    pub redirect: bool,
    /// Browsers come over TLS only, for so many seconds after each visit (RFC 6797); 0 lets them forget it.
    pub hsts: Option<u32>,
}

impl HttpsChoice {
    /// The most seconds that browsers are told: two years.
    pub const MOST_SECONDS: u32 = 63_072_000;
}

/// A certificate that a website has and that AutoSSL did not install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OthersCertificate {
    /// Where it lies.
    pub path: String,
    /// How its issuer validated the subject, or why the file cannot be read.
    pub words: String,
}
