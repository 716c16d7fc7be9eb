//! Every certificate that was ever issued: listed, shown, revoked.

use super::{CertificateId, StoreResult};
use crate::model::{CertificateQuery, CertificateRow, Revocation, Timestamp};
use async_trait::async_trait;

/// An issued certificate, and where its files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedCertificate {
    /// What listings show.
    pub row: CertificateRow,
    /// The website whose place in the certificate store it has, which may be gone; `None` where that is not known.
    pub shelf: Option<String>,
    /// Its generation there.
    pub generation: u32,
}

impl ArchivedCertificate {
    /// Name its row.
    #[must_use]
    pub fn id(&self) -> CertificateId {
        CertificateId(self.row.id)
    }
}

/// Every certificate that was ever issued.
#[async_trait]
pub trait ArchiveStore: Send + Sync {
    /// List certificates, in the order of their numbers.
    async fn certificates(&self, query: &CertificateQuery) -> StoreResult<Vec<CertificateRow>>;

    /// List the certificates, the latest first, of the website that has this name; where none has it, those that name it.
    async fn certificates_of(&self, name: &str) -> StoreResult<Vec<ArchivedCertificate>>;

    /// List certificates whose revocation was asked for and is not known to be done, in the order of their numbers.
    async fn open_revocations(&self) -> StoreResult<Vec<ArchivedCertificate>>;

    /// Write a revocation down before the provider is asked. `NotFound` (kind `certificate`) where there is no such certificate; one
    /// that is revoked already stays as it is.
    async fn begin_revocation(&self, id: CertificateId, revocation: &Revocation) -> StoreResult<()>;

    /// Record that a certificate is revoked: it secures nothing from then on, and a job that was about to install it is given up.
    /// One that is revoked already stays as it is.
    async fn end_revocation(&self, id: CertificateId, at: Timestamp) -> StoreResult<()>;

    /// Forget a revocation that the provider refused.
    async fn withdraw_revocation(&self, id: CertificateId) -> StoreResult<()>;
}
