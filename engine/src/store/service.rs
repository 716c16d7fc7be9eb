//! What became of certificates in the services that they are for.

use super::{CertificateId, StoreResult, WebsiteId};
use crate::model::Timestamp;
use async_trait::async_trait;

/// What became of a certificate in a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceFact {
    /// The certificate.
    pub certificate: CertificateId,
    /// The service's name.
    pub service: String,
    /// What became of it there.
    pub standing: ServiceStanding,
}

/// What became of a certificate in a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceStanding {
    /// The service presents none of its names.
    Unconcerned,
    /// It is in place, and handshakes showed it.
    Served,
    /// It is not served, and will be tried again.
    Failed {
        /// A stable code for the cause.
        code: String,
        /// The cause in words.
        detail: String,
    },
}

/// A certificate in a service, as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRecord {
    /// The service's name.
    pub service: String,
    /// When the certificate was put in place there.
    pub installed_at: Option<Timestamp>,
    /// When handshakes showed it last.
    pub served_at: Option<Timestamp>,
    /// What keeps it from being served now.
    pub problem: Option<ServiceProblem>,
}

/// What keeps a certificate from being served by a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProblem {
    /// A stable code for the cause.
    pub code: String,
    /// The cause in words.
    pub detail: String,
    /// Since when.
    pub at: Timestamp,
    /// How often in a row it was tried in vain.
    pub tries: u32,
    /// When the schedule tries again; see [`crate::queue::catch_up`].
    pub retry_at: Timestamp,
}

/// Certificates in services. "In use" is a certificate that is its website's newest, and so is its companion.
#[async_trait]
pub trait ServiceStore: Send + Sync {
    /// Record what became of certificates in services.
    async fn record_service_facts(&self, facts: &[ServiceFact], at: Timestamp) -> StoreResult<()>;

    /// List the services of a certificate with what became of it there, by name.
    async fn service_records(&self, certificate: CertificateId) -> StoreResult<Vec<ServiceRecord>>;

    /// List the websites whose certificate in use was not brought into each of these services, or has a problem there.
    async fn unserved_websites(&self, services: &[String]) -> StoreResult<Vec<WebsiteId>>;

    /// List those of them that the schedule tries again by `now`, at most so many, the longest due first.
    async fn services_due(&self, services: &[String], now: Timestamp, limit: u32) -> StoreResult<Vec<WebsiteId>>;
}
