//! Where a pending job stands.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Decided; a worker may take it.
    Planned,
    /// An administrator holds it.
    Held,
    /// A worker looks whether its names would pass.
    PreChecking,
    /// Put off until a moment, for a reason.
    Waiting,
    /// The order is about to be sent, or was sent.
    Ordered,
    /// Challenges are being answered.
    Validating,
    /// The order is about to be finalized, or the CA works on it.
    Processing,
    /// The certificate is in the certificate store.
    Issued,
    /// Services are being configured with it.
    Installing,
    /// Services were proved to present it.
    Done,
    /// Given up.
    Failed,
    /// Given up because an administrator said so.
    Cancelled,
}

/// Why a job waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// A limit of the CA.
    RateLimit,
    /// A failure that is tried again.
    Retry,
    /// The CA has not finished.
    CaPending,
    /// The CA, or a service, cannot be reached.
    Outage,
    /// A live certificate would lose a name.
    Deferred,
}

/// Whether the job has an order at the CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// It has none.
    None,
    /// One was sent, or is about to be.
    Open,
}

/// Whether the job's certificate was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// It was not.
    None,
    /// It was, and is in the certificate store whatever becomes of the job.
    Kept,
}

/// Whether the job is to be cancelled as soon as it is sure that the CA has not issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelWish {
    /// No.
    None,
    /// Yes: the next answer of the CA decides.
    Wanted,
}

/// Who sees to a job next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// A worker, now; by a lease, so that another takes over if it dies.
    Worker,
    /// A worker, from this moment on.
    At(Timestamp),
    /// An administrator.
    Administrator,
    /// Nobody: it is over.
    Nobody,
}

/// A pending job, as far as its course is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// Where it stands.
    pub state: JobState,
    /// Since when.
    pub since: Timestamp,
    /// Where it goes on after waiting; the state itself while it does not wait.
    pub resumes: JobState,
    /// Until when it waits, while it does.
    pub wakes_at: Option<Timestamp>,
    /// Why it waits, while it does.
    pub reason: Option<WaitReason>,
    /// Whether it has an order.
    pub order: OrderState,
    /// Whether it has a certificate.
    pub certificate: CertificateState,
    /// Whether it is to be cancelled.
    pub cancel: CancelWish,
    /// How often an order was begun.
    pub tries: u32,
}

impl JobState {
    /// Tell whether the job is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

impl Job {
    /// Begin a job.
    #[must_use]
    pub const fn planned(at: Timestamp) -> Self {
        Self {
            state: JobState::Planned,
            since: at,
            resumes: JobState::Planned,
            wakes_at: None,
            reason: None,
            order: OrderState::None,
            certificate: CertificateState::None,
            cancel: CancelWish::None,
            tries: 0,
        }
    }

    /// Tell where the job stands, or stood before it began to wait.
    #[must_use]
    pub const fn phase(&self) -> JobState {
        self.resumes
    }

    /// Tell who sees to the job next.
    #[must_use]
    pub fn attention(&self) -> Attention {
        match self.state {
            JobState::Done | JobState::Failed | JobState::Cancelled => Attention::Nobody,
            JobState::Held => Attention::Administrator,
            JobState::Waiting => Attention::At(self.wakes_at.unwrap_or(self.since)),
            _ => Attention::Worker,
        }
    }

    pub(super) const fn entering(&self, state: JobState, now: Timestamp) -> Self {
        Self { state, since: now, resumes: state, wakes_at: None, reason: None, ..*self }
    }

    pub(super) fn waiting(&self, until: Timestamp, reason: WaitReason, now: Timestamp) -> Self {
        Self {
            state: JobState::Waiting,
            since: now,
            wakes_at: Some(until.max(now.plus(1))),
            reason: Some(reason),
            ..*self
        }
    }
}
