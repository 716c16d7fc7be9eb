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
    /// Somebody let the service present a certificate of others that clients accept: it stays, and this one is brought there again
    /// when that one ends.
    LeftAlone {
        /// What is presented instead.
        detail: String,
        /// When that ends.
        until: Timestamp,
    },
}

/// The code of [`ServiceStanding::LeftAlone`].
pub const LEFT_ALONE: &str = "served_foreign";

/// A certificate in use that a service was seen to present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedCertificate {
    /// The certificate.
    pub certificate: CertificateId,
    /// The website's user.
    pub user: String,
    /// The website's primary name.
    pub website: String,
    /// The certificate's SHA-256 in hexadecimal.
    pub fingerprint: String,
    /// The names that it covers.
    pub names: Vec<String>,
    /// Whether a certificate of others was seen there since.
    pub is_left_alone: bool,
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

impl ServiceRecord {
    /// Tell whether nothing is to be brought to the service at `now`: it serves the certificate, or is left alone.
    #[must_use]
    pub fn is_settled(&self, now: Timestamp) -> bool {
        match &self.problem {
            None => self.served_at.is_some(),
            Some(problem) => problem.code == LEFT_ALONE && problem.retry_at > now,
        }
    }
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

    /// List the websites whose certificate in use was not brought into each of these services, or has a problem there; those that are
    /// left alone at `now` are not among them.
    async fn unserved_websites(&self, services: &[String], now: Timestamp) -> StoreResult<Vec<WebsiteId>>;

    /// List the certificates in use that a service was seen to present and should still, of users for whom AutoSSL is on, by website.
    async fn served_certificates(&self, service: &str) -> StoreResult<Vec<ServedCertificate>>;

    /// List what keeps certificates in use from being served by a service, with their websites, by website, at most so many.
    async fn service_problems(&self, service: &str, limit: u32) -> StoreResult<Vec<(String, ServiceProblem)>>;

    /// List those of them that the schedule tries again by `now`, at most so many, the longest due first.
    async fn services_due(&self, services: &[String], now: Timestamp, limit: u32) -> StoreResult<Vec<WebsiteId>>;
}
