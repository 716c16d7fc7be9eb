//! The certificates that were issued, and when their issuers want them renewed.

use super::{JobId, StoreResult, WebsiteId};
use crate::model::{KeyType, Timestamp};
use async_trait::async_trait;

/// A certificate's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateId(pub i64);

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
    /// The provider that issued it, by its short name; empty in certificates from before that was remembered.
    pub provider: String,
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
    /// How to ask its issuer when to renew it (RFC 9773, section 4.1).
    pub ari_id: Option<String>,
    /// What the issuer answered last.
    pub window: Option<RenewalWindow>,
    /// The kind of its key; `None` where it was not noted.
    pub key_type: Option<KeyType>,
    /// When its issuer revoked it.
    pub revoked_at: Option<Timestamp>,
}

/// When an issuer wants a certificate renewed (RFC 9773, section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalWindow {
    /// The first moment.
    pub start: Timestamp,
    /// The last moment.
    pub end: Timestamp,
    /// A page for people that explains it.
    pub explanation_url: Option<String>,
}

/// A certificate whose issuer is to be asked when to renew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalQuestion {
    /// The certificate.
    pub certificate: CertificateId,
    /// The website that has it.
    pub website: WebsiteId,
    /// See [`CertificateRecord::provider`].
    pub provider: String,
    /// See [`CertificateRecord::ari_id`].
    pub ari_id: String,
    /// See [`CertificateRecord::serial`].
    pub serial: String,
    /// See [`CertificateRecord::not_before`].
    pub not_before: Timestamp,
    /// See [`CertificateRecord::not_after`].
    pub not_after: Timestamp,
    /// How often in a row there was no answer.
    pub failures: u32,
}

/// A certificate that may take turns with others to be renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewableCertificate {
    /// The website that has it.
    pub website: WebsiteId,
    /// See [`CertificateRecord::not_before`].
    pub not_before: Timestamp,
    /// See [`CertificateRecord::not_after`].
    pub not_after: Timestamp,
    /// The first and the last moment of [`CertificateRecord::window`].
    pub window: Option<(Timestamp, Timestamp)>,
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
    /// Where its generations are in the certificate store.
    pub shelf: String,
    /// See [`CertificateRecord::generation`].
    pub generation: u32,
    /// See [`CertificateRecord::ari_id`].
    pub ari_id: Option<String>,
    /// See [`CertificateRecord::key_type`].
    pub key_type: Option<KeyType>,
    /// The profile that it was ordered with, where that is known.
    pub profile: Option<String>,
}

/// The certificates that were issued.
#[async_trait]
pub trait CertificateStore: Send + Sync {
    /// Record a certificate of the job's provider and close the network part of the job: state `issued`, and how long the
    /// provider took, in one transaction. Of a job for a companion it becomes the website's companion.
    async fn record_certificate(&self, job: JobId, new: &NewCertificate, at: Timestamp) -> StoreResult<CertificateId>;

    /// Record that services were configured with a certificate, and when handshakes showed it.
    async fn mark_installed(&self, id: CertificateId, at: Timestamp, served: Option<Timestamp>) -> StoreResult<()>;

    /// List certificates in use, not revoked, whose issuer is to be asked by `now` when to renew them, the most urgent first.
    async fn renewal_questions(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<RenewalQuestion>>;

    /// List certificates in use, not revoked, of websites for which AutoSSL is on, and that have a name that is not excluded, none
    /// with a problem, and no open job but for its companion. Reads every website: for once an hour, not once a second.
    async fn renewable_certificates(&self) -> StoreResult<Vec<RenewableCertificate>>;

    /// Record what an issuer answered, and when to ask next; `None` for an answer that cannot be used, which leaves the last one.
    async fn record_renewal_window(
        &self,
        id: CertificateId,
        window: Option<&RenewalWindow>,
        ask_at: Option<Timestamp>,
    ) -> StoreResult<()>;
}
