//! Which steps lead from which states where, and who takes them.

use super::JobState::{
    self, Cancelled, Done, Failed, Held, Installing, Issued, Ordered, Planned, PreChecking, Processing, Validating,
    Waiting,
};
use super::{Job, Timestamp};
use serde::{Deserialize, Serialize};

/// Something that is done to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Begin to look whether the names would pass.
    Start,
    /// Send the order.
    Order,
    /// Begin to answer challenges.
    Validate,
    /// Finalize the order.
    Finalize,
    /// Put the certificate into the store.
    Issue,
    /// Begin to configure services.
    Install,
    /// Services were proved to present the certificate.
    Prove,
    /// Put the job off; see [`super::Event::Postpone`].
    Postpone,
    /// The order expired or became invalid at the CA: another is needed.
    LoseOrder,
    /// Give the job up.
    Fail,
    /// The moment until which the job waits has come.
    Wake,
    /// Keep the job from going on.
    Hold,
    /// Let a held job go on.
    Release,
    /// Give the job up, unless its certificate is issued.
    Cancel,
    /// Do not wait any longer.
    Retry,
}

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The worker that has the job's lease.
    Worker,
    /// The clock.
    Timer,
    /// An administrator, in the Pending Queue or by the command line.
    Administrator,
}

/// Why a step may not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The job is over; where it failed or was cancelled, plan a new one for the same names.
    #[error("the job is over")]
    Over,
    /// The certificate is issued: it would be lost.
    #[error("the certificate is already issued")]
    CertificateIssued,
    /// An order is open at the CA: it would run out.
    #[error("the order is already open at the CA")]
    OrderOpen,
    /// The moment has not come.
    #[error("the job waits until {}", until.rfc3339())]
    TooEarly {
        /// When it comes.
        until: Timestamp,
    },
    /// A postponement without a moment.
    #[error("a job cannot wait without a moment at which it wakes up")]
    WithoutMoment,
    /// The step does not lead anywhere from the state.
    #[error("the job's state does not allow it")]
    OutOfTurn,
}

/// Where a step leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Into a state.
    To(JobState),
    /// Into waiting, to come back.
    Wait,
    /// Back to where the job was before it waited.
    Resume,
    /// The same, and once the CA says that it has not issued, the job is cancelled.
    ResumeToCancel,
}

/// From each of the states the step leads to the target. `Waiting` stands for itself; see [`ANYWAY`].
const TABLE: [(Step, &[JobState], Target); 16] = [
    (Step::Start, &[Planned], Target::To(PreChecking)),
    (Step::Order, &[PreChecking], Target::To(Ordered)),
    (Step::Validate, &[Ordered], Target::To(Validating)),
    // An order whose names are all validated already is ready at once.
    (Step::Finalize, &[Ordered, Validating], Target::To(Processing)),
    (Step::Issue, &[Processing], Target::To(Issued)),
    (Step::Install, &[Issued], Target::To(Installing)),
    (Step::Prove, &[Installing], Target::To(Done)),
    (Step::Postpone, &[Planned, PreChecking, Ordered, Validating, Processing, Issued, Installing], Target::Wait),
    (Step::LoseOrder, &[Ordered, Validating, Processing], Target::To(Planned)),
    (Step::Fail, &[PreChecking, Ordered, Validating, Processing, Issued, Installing], Target::To(Failed)),
    (Step::Wake, &[Waiting], Target::Resume),
    (Step::Retry, &[Waiting], Target::Resume),
    (Step::Release, &[Held], Target::To(Planned)),
    (Step::Hold, &[Planned, PreChecking], Target::To(Held)),
    (Step::Cancel, &[Planned, Held, PreChecking, Ordered, Validating], Target::To(Cancelled)),
    (Step::Cancel, &[Processing], Target::ResumeToCancel),
];

/// Steps that look at where a waiting job was, not at its waiting.
const ANYWAY: [Step; 2] = [Step::Hold, Step::Cancel];

impl Step {
    /// Every step.
    pub(super) const ALL: [Self; 15] = [
        Self::Start,
        Self::Order,
        Self::Validate,
        Self::Finalize,
        Self::Issue,
        Self::Install,
        Self::Prove,
        Self::Postpone,
        Self::LoseOrder,
        Self::Fail,
        Self::Wake,
        Self::Hold,
        Self::Release,
        Self::Cancel,
        Self::Retry,
    ];

    /// Tell who takes the step.
    #[must_use]
    pub const fn actor(self) -> Actor {
        match self {
            Self::Hold | Self::Release | Self::Cancel | Self::Retry => Actor::Administrator,
            Self::Wake => Actor::Timer,
            _ => Actor::Worker,
        }
    }
}

/// Look up where a step leads a job.
pub(super) fn target(step: Step, job: &Job) -> Result<Target, Refusal> {
    let state = if ANYWAY.contains(&step) { job.phase() } else { job.state };
    let row = TABLE.iter().find(|(known, from, _)| *known == step && from.contains(&state));
    row.map(|(_, _, target)| *target).ok_or_else(|| refusal(step, state))
}

fn refusal(step: Step, state: JobState) -> Refusal {
    match (step, state) {
        (_, Done | Failed | Cancelled) => Refusal::Over,
        (Step::Cancel | Step::Hold, Issued | Installing) => Refusal::CertificateIssued,
        (Step::Hold, Ordered | Validating | Processing) => Refusal::OrderOpen,
        _ => Refusal::OutOfTurn,
    }
}
