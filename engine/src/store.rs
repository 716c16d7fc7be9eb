//! What AutoSSL remembers: the contract that every database keeps, and the only place with SQL.
//!
//! Every call is one transaction: it happens as a whole or not at all, and it is on disk when it returns.
//! Callers hold a `dyn Store`; [`open`] chooses the database by the URL.

mod access;
mod archive;
mod budget;
mod certificate;
mod challenge;
mod companion;
mod departed;
mod dns;
mod dns_zone;
mod error;
mod foreign;
mod https;
mod inventory;
mod job;
mod lease;
mod option;
mod persist;
mod provider;
mod queue;
mod run;
mod schedule;
mod service;
mod sqlite;
mod user;
mod verdict;
mod website;

pub use crate::provider::breaker::{Breaker, Circuit};
pub use crate::queue::machine::{JobState, Refusal, Step};
pub use access::{AccessStore, Administrator, LoginFailures, SessionRecord};
pub use archive::{ArchiveStore, ArchivedCertificate};
pub use budget::BudgetStore;
pub use certificate::{
    CertificateId, CertificateRecord, CertificateStore, NewCertificate, RenewableCertificate, RenewalQuestion,
    RenewalWindow,
};
pub use challenge::{Challenge, ChallengeStore};
pub use companion::{Companion, CompanionRecord, CompanionStore, CompanionTrouble};
pub use departed::DepartedStore;
pub use dns::{DnsPurpose, DnsRecord, DnsRecordStore};
pub use dns_zone::{AddedDnsZone, AddedDnsZones, DnsZoneNotes, DnsZoneStore};
pub use error::StoreError;
pub use foreign::{ConfiguredWebsite, ForeignCertificate, ForeignStore, InPlace, Reading, SeenCertificate};
pub use https::{HttpsStore, HttpsWebsite};
pub use inventory::{ConfiguredCertificate, InventoryStore, OwnedWebsite, Revision};
pub use job::{Job, JobEvent, JobId, JobStore, NewJob};
pub use lease::{Lease, LeaseStore};
pub use option::{OptionStore, OptionValue};
pub use persist::{PersistentOffer, PersistentRecordStore, PersistentValue};
pub use provider::{
    AccountRecord, AddedProvider, Agreement, DeliveryTime, OrderChoices, ProviderRecord, ProviderStore, Reordering,
    SealedExternalAccount,
};
pub use queue::{QueueStore, Wait};
pub use run::{NewRun, RunStore};
pub use schedule::ScheduleStore;
pub use service::{
    LEFT_ALONE, ServedCertificate, ServiceFact, ServiceProblem, ServiceRecord, ServiceStanding, ServiceStore,
};
pub use sqlite::SqliteStore;
pub use user::{ImportedPackage, ImportedUser, ImportedWebsite, Inventory, Replaces, UserStore};
pub use verdict::{VerdictRecord, VerdictStore};
pub use website::{
    Conclusion, NameProblem, NameTrouble, OpenJob, Website, WebsiteId, WebsiteOutcome, WebsitePlace, WebsiteStore,
};

use std::sync::Arc;

/// Everything that AutoSSL remembers.
pub trait Store:
    AccessStore
    + ArchiveStore
    + BudgetStore
    + CertificateStore
    + ChallengeStore
    + DepartedStore
    + CompanionStore
    + DnsRecordStore
    + DnsZoneStore
    + ForeignStore
    + HttpsStore
    + InventoryStore
    + JobStore
    + LeaseStore
    + OptionStore
    + PersistentRecordStore
    + ProviderStore
    + QueueStore
    + RunStore
    + ScheduleStore
    + ServiceStore
    + UserStore
    + VerdictStore
    + WebsiteStore
    + 'static
{
}

impl<T> Store for T where
    T: AccessStore
        + ArchiveStore
        + BudgetStore
        + CertificateStore
        + ChallengeStore
        + DepartedStore
        + CompanionStore
        + DnsRecordStore
        + DnsZoneStore
        + ForeignStore
        + HttpsStore
        + InventoryStore
        + JobStore
        + LeaseStore
        + OptionStore
        + PersistentRecordStore
        + ProviderStore
        + QueueStore
        + RunStore
        + ScheduleStore
        + ServiceStore
        + ServiceStore
        + UserStore
        + VerdictStore
        + WebsiteStore
        + 'static
{
}

/// Open the database that the URL names and bring its tables to this version; today that is `sqlite://PATH`.
///
/// # Errors
/// `UnsupportedUrl` where the URL is of no kind that AutoSSL knows, else where the database cannot be opened.
pub async fn open(url: &str) -> StoreResult<Arc<dyn Store>> {
    match url.split_once("://") {
        Some(("sqlite", _)) => Ok(Arc::new(SqliteStore::open(url).await?)),
        _ => Err(StoreError::UnsupportedUrl(url.to_owned())),
    }
}

/// The outcome of every call of a store.
pub type StoreResult<T> = Result<T, StoreError>;
