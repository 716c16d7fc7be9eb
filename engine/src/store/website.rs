//! Websites as a run works on them, and the certificates that they have.

use super::{JobId, StoreResult};
use crate::model::{CheckResult, RunCounts, RunId, Timestamp};
use async_trait::async_trait;

/// A website's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebsiteId(pub i64);

/// A certificate's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateId(pub i64);

/// A website as a run works on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Website {
    /// Its row.
    pub id: WebsiteId,
    /// The user's name.
    pub user: String,
    /// The primary name.
    pub domain: String,
    /// The names that are not excluded, the primary one first, then in the file's order.
    pub names: Vec<String>,
    /// The directory that the web server serves.
    pub document_root: String,
    /// The newest certificate that was issued for it, if any.
    pub certificate: Option<CertificateRecord>,
    /// The last run that dealt with it.
    pub last_run: Option<RunId>,
}

/// An issued certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRecord {
    /// Its row.
    pub id: CertificateId,
    /// The names that it covers.
    pub names: Vec<String>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// Who issued it.
    pub issuer: String,
    /// The SHA-256 of the certificate, in hexadecimal.
    pub fingerprint: String,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// The generation in the certificate store.
    pub generation: u32,
    /// When it was installed.
    pub installed_at: Option<Timestamp>,
    /// When a handshake proved that it is presented.
    pub served_at: Option<Timestamp>,
}

/// A certificate that was just written to the certificate store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCertificate {
    /// The website.
    pub website: WebsiteId,
    /// See [`CertificateRecord::names`].
    pub names: Vec<String>,
    /// See [`CertificateRecord::not_before`].
    pub not_before: Timestamp,
    /// See [`CertificateRecord::not_after`].
    pub not_after: Timestamp,
    /// See [`CertificateRecord::issuer`].
    pub issuer: String,
    /// See [`CertificateRecord::fingerprint`].
    pub fingerprint: String,
    /// See [`CertificateRecord::serial`].
    pub serial: String,
    /// See [`CertificateRecord::generation`].
    pub generation: u32,
}

/// A name that could not be secured, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameProblem {
    /// The name.
    pub name: String,
    /// A stable code for the cause.
    pub code: String,
    /// What was seen.
    pub detail: String,
}

/// How one website ended in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebsiteOutcome {
    /// How it ended.
    pub result: CheckResult,
    /// The names that could not be secured; problems of the website's other names are cleared.
    pub problems: Vec<NameProblem>,
    /// What to add to the run's counts.
    pub counts: RunCounts,
    /// When it ended.
    pub at: Timestamp,
}

/// Websites as a run works on them, and the certificates that they have.
#[async_trait]
pub trait WebsiteStore: Send + Sync {
    /// List a user's websites, by row; a user that does not exist has none.
    async fn websites_of(&self, user: &str) -> StoreResult<Vec<Website>>;

    /// Fetch one website; `NotFound` (kind `website`) where there is none.
    async fn website(&self, id: WebsiteId) -> StoreResult<Website>;

    /// Count the websites with at least one name that is not excluded, of the named users.
    async fn count_websites(&self, users: &[String]) -> StoreResult<u32>;

    /// Record a certificate and close the network part of its job: state `issued`, in one transaction.
    async fn record_certificate(&self, job: JobId, new: &NewCertificate, at: Timestamp) -> StoreResult<CertificateId>;

    /// Record that a service was configured with a certificate, and whether a handshake proved it.
    async fn mark_installed(&self, id: CertificateId, at: Timestamp, served: Option<Timestamp>) -> StoreResult<()>;

    /// Record how a website ended in a run and add to the run's counts, in one transaction.
    ///
    /// Sets `last_run`, the names' problems, and the user's last check: its time, and the worst result among the user's websites in
    /// this run (`failed` before `incomplete` before `secured`). A second call for the same website and run adds nothing to the counts.
    async fn finish_website(&self, run: &RunId, id: WebsiteId, outcome: &WebsiteOutcome) -> StoreResult<()>;
}
