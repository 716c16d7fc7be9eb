//! The words of AutoSSL as plain values: what the interface shows and the engine decides on.
//!
//! Nothing here does I/O or reads a clock, so that it also builds for the browser.

mod access;
mod budget;
mod certificate;
mod diagnosis;
mod dns;
mod inventory;
mod key;
mod log;
mod options;
mod overview;
mod page;
mod plan;
mod provider;
mod queue;
mod removal;
mod run;
mod service;
mod time;
mod user;
mod website;

pub use access::{Principal, Role};
pub use budget::{Budget, Gauge};
pub use certificate::{
    CertificateDetail, CertificateQuery, CertificateRow, CertificateScope, CertificateSheet, CertificateState,
    ChainLink, CompanionProblem, Revocation, RevocationOutlook, RevocationReason, RevocationSigner, SuggestedWindow,
};
pub use diagnosis::{Diagnosis, DiagnosisSection, Observation, Soundness};
pub use dns::{
    DnsKind, DnsZoneNote, DnsZoneOrigin, DnsZoneRow, DnsZoneSettings, DnsZoneState, PersistFinding, PersistOffer,
    PersistSheet,
};
pub use inventory::InventorySource;
pub use key::KeyType;
pub use log::{LogFilter, LogFormat, LogPage, LogRecord, LogType};
pub use options::{
    KEY_TYPE, OPTIONS, OptionKind, OptionRow, OptionSpec, READD_PER_WEEK, REPLACE_EV_OV, REPLACE_FOREIGN, RSA_COMPANION,
};
pub use overview::{CoverageCounts, Overview, ProblemGroup};
pub use page::{Direction, Page};
pub use plan::{NameLeftOut, PlanRow, PlanSheet, Planned};
pub use provider::{
    Delivery, DirectoryAbout, Offered, Profile, ProviderCalls, ProviderDetail, ProviderHealth, ProviderOrigin,
    ProviderSummary, TermsState,
};
pub use queue::{JobDetail, JobMoment, QueueQuery, QueueRow, QueueState};
pub use removal::{DISABLED_MEANS, RemovalPlan, ServiceRemoval, ServiceRemoved};
pub use run::{RunCounts, RunId, RunScope, RunState, RunSummary};
pub use service::{Drift, DriftReport, ServiceReport, ServiceState, SilentService, Snippet};
pub use time::Timestamp;
pub use user::{CheckResult, FeatureSetting, Override, UserDetail, UserQuery, UserRow, UserSort};
pub use website::{Coverage, DomainRow, DomainState, HttpsChoice, OthersCertificate, Problem, WebsiteRow};
