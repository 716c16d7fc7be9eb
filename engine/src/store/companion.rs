//! Companions: a website's second certificate, with an RSA key, that is presented beside the first.

use super::{CertificateId, OpenJob, StoreResult, WebsiteId};
use crate::model::Timestamp;
use async_trait::async_trait;

/// What is remembered of a website's companion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanionRecord {
    /// The newest one that was issued, unless it was taken out of use.
    pub issued: Option<Companion>,
    /// The open job for one.
    pub job: Option<OpenJob>,
    /// What the last order for one failed by, if none has worked since.
    pub trouble: Option<CompanionTrouble>,
}

/// A companion as a decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// Its row.
    pub id: CertificateId,
    /// The certificate that its website had when it was ordered.
    pub of: CertificateId,
    /// The names that it covers.
    pub names: Vec<String>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// When its issuer revoked it.
    pub revoked_at: Option<Timestamp>,
    /// The SHA-256 of the certificate, in hexadecimal.
    pub fingerprint: String,
    /// The generation on its shelf of the certificate store.
    pub generation: u32,
}

/// Why there is no new companion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanionTrouble {
    /// A stable code for the cause.
    pub code: String,
    /// The cause in words.
    pub detail: String,
    /// How often in a row it failed.
    pub failures: u32,
    /// When the schedule tries again; `None` where only a run of its user's websites does.
    pub retry_at: Option<Timestamp>,
}

/// Companions. One that is issued is recorded as any certificate, see [`super::CertificateStore::record_certificate`], which ends its
/// website's trouble.
#[async_trait]
pub trait CompanionStore: Send + Sync {
    /// Remember why there is no new companion.
    async fn note_companion_trouble(&self, website: WebsiteId, trouble: &CompanionTrouble) -> StoreResult<()>;

    /// List the websites whose companion the schedule tries again by `now`, at most so many. They are not listed again until the next
    /// failure.
    async fn take_due_companions(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<WebsiteId>>;

    /// Tell when the schedule tries the next companion again.
    async fn next_companion(&self) -> StoreResult<Option<Timestamp>>;

    /// Take a companion out of use: no service presents it any more.
    async fn retire_companion(&self, website: WebsiteId, companion: CertificateId) -> StoreResult<()>;
}
