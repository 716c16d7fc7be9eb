//! The certificates that websites are configured with and that AutoSSL did not install.

use super::{ConfiguredCertificate, StoreResult, WebsiteId};
use crate::analyze::CertificateFacts;
use crate::model::{RunScope, Timestamp};
use async_trait::async_trait;

/// A website that is configured with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredWebsite {
    /// Its row.
    pub website: WebsiteId,
    /// The user's name.
    pub user: String,
    /// The primary name.
    pub domain: String,
    /// Where the certificate is.
    pub files: ConfiguredCertificate,
    /// The files' stamp when they were last read; see [`SeenCertificate::stamp`].
    pub stamp: Option<String>,
    /// The fingerprint of the newest certificate that AutoSSL issued for the website, if any.
    pub own: Option<String>,
}

/// What the file of a certificate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A certificate.
    Facts(Box<CertificateFacts>),
    /// Nothing that could be read, for this reason.
    Unreadable(String),
}

/// Whose certificate a website has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPlace {
    /// The one that it is configured with.
    Foreign,
    /// AutoSSL's own.
    Own,
}

/// What was read from the files of a configured certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenCertificate {
    /// The website.
    pub website: WebsiteId,
    /// The certificate's path.
    pub path: String,
    /// Changes whenever the files do; empty for files that are to be read again in any case.
    pub stamp: String,
    /// Whether it is what the website has.
    pub in_place: InPlace,
    /// The SHA-256 of the certificate in hexadecimal; empty where it could not be read.
    pub fingerprint: String,
    /// What the file holds.
    pub reading: Reading,
}

/// A certificate of others that a website has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignCertificate {
    /// Where it is.
    pub path: String,
    /// What it says.
    pub reading: Reading,
    /// When it was seen first.
    pub seen_at: Timestamp,
}

/// The certificates that websites are configured with.
#[async_trait]
pub trait ForeignStore: Send + Sync {
    /// List the websites of a scope that are configured with a certificate, by row; none for [`RunScope::Queue`].
    async fn configured_certificates(&self, scope: &RunScope) -> StoreResult<Vec<ConfiguredWebsite>>;

    /// Of these fingerprints, list those of certificates that AutoSSL issued.
    async fn own_fingerprints(&self, fingerprints: &[String]) -> StoreResult<Vec<String>>;

    /// Record what was read; websites that are not configured with a certificate any more are passed over.
    ///
    /// A certificate that is in place counts as what secures the website, until AutoSSL issues one for it.
    async fn record_seen(&self, seen: &[SeenCertificate], at: Timestamp) -> StoreResult<()>;
}
