//! Pending jobs: the journal of every order, written before each network step.

use super::{CertificateId, StoreResult, WebsiteId};
use crate::model::{RunId, Timestamp};
use crate::plan::Occasion;
use async_trait::async_trait;

/// A job's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

/// Where a job stands. Each state is written before the step that it names is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Decided; nothing was sent.
    Planned,
    /// The new-order request is about to be sent, or was sent and its answer not yet recorded.
    Ordering,
    /// The order's URL is known.
    Ordered,
    /// Challenges are being answered.
    Validating,
    /// The finalize request is about to be sent, or was sent.
    Finalizing,
    /// The certificate is in the certificate store.
    Issued,
    /// A service is being configured with it.
    Installing,
    /// Installed, as far as a service is configured.
    Done,
    /// Given up.
    Failed,
    /// Given up because somebody said so.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 10] = [
        Self::Planned,
        Self::Ordering,
        Self::Ordered,
        Self::Validating,
        Self::Finalizing,
        Self::Issued,
        Self::Installing,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Name the state as the store spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Ordering => "ordering",
            Self::Ordered => "ordered",
            Self::Validating => "validating",
            Self::Finalizing => "finalizing",
            Self::Issued => "issued",
            Self::Installing => "installing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Read a state's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Tell whether the job is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// One order, from the decision to the installed certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its row; its private key lies in the certificate store under this number.
    pub id: JobId,
    /// The run that works on it.
    pub run: RunId,
    /// The website.
    pub website: WebsiteId,
    /// The names to order.
    pub names: Vec<String>,
    /// Where it stands.
    pub state: JobState,
    /// The order's URL at the provider, once known.
    pub order_url: Option<String>,
    /// The certificate, once issued.
    pub certificate: Option<CertificateId>,
    /// How often an order was begun for it.
    pub tries: u32,
    /// The certificate that the order replaces (RFC 9773, section 4.1).
    pub replaces: Option<String>,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// Somebody keeps it from going on.
    pub held: bool,
    /// Until when it waits.
    pub wait_until: Option<Timestamp>,
}

/// A job to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The run.
    pub run: RunId,
    /// The website.
    pub website: WebsiteId,
    /// The names to order.
    pub names: Vec<String>,
    /// See [`Job::replaces`].
    pub replaces: Option<String>,
    /// What it is made for, which the website remembers; see [`super::Website::readded`].
    pub occasion: Occasion,
}

/// A line of a job's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEvent {
    /// When.
    pub at: Timestamp,
    /// The state that was entered.
    pub state: JobState,
    /// What there is to say about it.
    pub detail: String,
}

/// Pending jobs: the journal of every order.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Plan a job; a website with a job that is not over is a `Conflict` (kind `job`).
    async fn plan_job(&self, new: &NewJob, at: Timestamp) -> StoreResult<Job>;

    /// Fetch the website's job that is not over, if there is one.
    async fn open_job(&self, website: WebsiteId) -> StoreResult<Option<Job>>;

    /// List the jobs in a state, by row.
    async fn jobs_in(&self, state: JobState) -> StoreResult<Vec<Job>>;

    /// Enter a state, with a line in the job's history. Entering [`JobState::Ordering`] adds one to the tries, and any
    /// state ends a wait. A job that was cancelled stays so: `NotFound` (kind `job`).
    async fn advance_job(&self, id: JobId, state: JobState, detail: &str, at: Timestamp) -> StoreResult<()>;

    /// Record the order's URL and enter [`JobState::Ordered`]; the URL is remembered for good, whatever becomes of the job.
    async fn record_order(&self, id: JobId, url: &str, at: Timestamp) -> StoreResult<()>;

    /// Start the job anew with these names, in state [`JobState::Planned`], without an order.
    async fn replan_job(&self, id: JobId, names: &[String], detail: &str, at: Timestamp) -> StoreResult<()>;

    /// Give an open job to another run.
    async fn adopt_job(&self, id: JobId, run: &RunId) -> StoreResult<()>;

    /// Of these order URLs, list those that no job ever had.
    async fn unknown_orders(&self, urls: &[String]) -> StoreResult<Vec<String>>;

    /// List a job's history, oldest first.
    async fn job_events(&self, id: JobId) -> StoreResult<Vec<JobEvent>>;
}
