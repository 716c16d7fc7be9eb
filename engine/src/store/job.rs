//! Pending jobs: the journal of every order, written before each network step.

use super::{CertificateId, Challenge, StoreResult, WebsiteId};
use crate::model::{RunId, Timestamp};
use crate::plan::Occasion;
use crate::queue::machine::{JobState, Step};
use async_trait::async_trait;

/// A job's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

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
    /// The provider that has its order, or is to get it, by its short name; empty in jobs from before that was remembered.
    pub provider: String,
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
    /// What it is made for.
    pub occasion: Occasion,
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
    /// See [`Job::provider`].
    pub provider: String,
    /// Why that one, for the first line of its history.
    pub detail: String,
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
///
/// What may become of a job is decided by [`crate::queue::machine`] alone, in the same transaction. What it refuses changes
/// nothing and is `Refused`; a job that is over, or that there is none of, is `NotFound` (kind `job`).
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Plan a job; a website with a job that is not over is a `Conflict` (kind `job`). Jobs for companions count for themselves.
    async fn plan_job(&self, new: &NewJob, at: Timestamp) -> StoreResult<Job>;

    /// Fetch the website's job that is not over, if there is one; that for its companion is not meant.
    async fn open_job(&self, website: WebsiteId) -> StoreResult<Option<Job>>;

    /// Fetch the job for the website's companion that is not over, if there is one.
    async fn open_companion_job(&self, website: WebsiteId) -> StoreResult<Option<Job>>;

    /// List the jobs in a state, by row.
    async fn jobs_in(&self, state: JobState) -> StoreResult<Vec<Job>>;

    /// Take a step, with a line in the job's history. Any step ends a wait.
    async fn step_job(&self, id: JobId, step: Step, detail: &str, at: Timestamp) -> StoreResult<()> {
        self.step_jobs(&[id], step, detail, at).await
    }

    /// As [`JobStore::step_job`], for many in one transaction.
    async fn step_jobs(&self, ids: &[JobId], step: Step, detail: &str, at: Timestamp) -> StoreResult<()>;

    /// Take the step [`Step::Validate`] and remember the tokens that the provider will ask for, in one transaction.
    async fn validate_job(&self, id: JobId, challenges: &[Challenge], at: Timestamp) -> StoreResult<()>;

    /// Record the order's URL and enter [`JobState::Ordered`]; the URL is remembered for good, whatever becomes of the job.
    async fn record_order(&self, id: JobId, url: &str, at: Timestamp) -> StoreResult<()>;

    /// Start the job anew with these names, in state [`JobState::Planned`], without an order.
    async fn replan_job(&self, id: JobId, names: &[String], detail: &str, at: Timestamp) -> StoreResult<()>;

    /// Let another provider get the order, in state [`JobState::Planned`], with the certificate that the order replaces there. `Refused`
    /// where an order is known.
    async fn hand_over_job(
        &self,
        id: JobId,
        provider: &str,
        replaces: Option<&str>,
        detail: &str,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Give an open job to another run.
    async fn adopt_job(&self, id: JobId, run: &RunId) -> StoreResult<()>;

    /// Of these order URLs, list those that no job ever had.
    async fn unknown_orders(&self, urls: &[String]) -> StoreResult<Vec<String>>;

    /// List a job's history, oldest first.
    async fn job_events(&self, id: JobId) -> StoreResult<Vec<JobEvent>>;
}
