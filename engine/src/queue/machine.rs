//! What may become of a pending job: a table of states and steps.
//!
//! ```text
//! planned ─► pre-checking ─► ordered ─► validating ─► processing ─► issued ─► installing ─► done
//!    ▲ │          │             │            │             │           │           │
//!    │ held       └── waiting: from any of these, back to where it was ────────────┘      failed, cancelled
//!    └──────────────────────────┴── the order is lost ─────┘
//! ```
//!
//! A state is written before the step that it names is taken: `ordered` before the order is sent, `processing` before the order is
//! finalized. A refused step therefore means: do not do it.
//!
//! **Invariants:** a job never has two orders at once; a final state stays; a cancellation never loses an issued certificate; every
//! other state has an owner or a moment at which it wakes up ([`Job::attention`]).

mod state;
mod table;

pub use state::{Attention, CancelWish, CertificateState, Job, JobState, OrderState, WaitReason};
pub use table::{Actor, Refusal, Step};

use crate::model::Timestamp;
use table::Target;

/// Something that happens to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A step without more to say.
    Step(Step),
    /// The worker puts the job off.
    Postpone {
        /// Until when; a second from now where it has passed.
        until: Timestamp,
        /// Why.
        reason: WaitReason,
    },
}

/// Apply an event; the job as it is then, or why it may not be. Nothing is done here: write the result, then act.
pub fn apply(job: &Job, event: Event, now: Timestamp) -> Result<Job, Refusal> {
    let step = match event {
        Event::Step(step) => step,
        Event::Postpone { .. } => Step::Postpone,
    };
    let target = table::target(step, job)?;
    if let (Step::Wake, Some(until)) = (step, job.wakes_at)
        && now < until
    {
        return Err(Refusal::TooEarly { until });
    }
    let mut next = match target {
        Target::To(state) => job.entering(state, now),
        Target::Resume => job.entering(job.phase(), now),
        Target::ResumeToCancel => Job { cancel: CancelWish::Wanted, ..job.entering(job.phase(), now) },
        Target::Wait => match event {
            Event::Postpone { until, reason } => job.waiting(until, reason, now),
            Event::Step(_) => return Err(Refusal::WithoutMoment),
        },
    };
    match step {
        Step::Order => (next.order, next.tries) = (OrderState::Open, job.tries.saturating_add(1)),
        Step::LoseOrder => next.order = OrderState::None,
        Step::Issue => (next.certificate, next.cancel) = (CertificateState::Kept, CancelWish::None),
        _ => {}
    }
    // The CA was asked once more and has not issued: now nothing can be lost.
    let is_given_up = job.cancel == CancelWish::Wanted && matches!(step, Step::Postpone | Step::LoseOrder);
    Ok(if is_given_up { next.entering(JobState::Cancelled, now) } else { next })
}

/// List what an administrator may do with a job now.
#[must_use]
pub fn open_to_administrator(job: &Job) -> Vec<Step> {
    let steps = Step::ALL.into_iter().filter(|step| step.actor() == Actor::Administrator);
    steps.filter(|step| table::target(*step, job).is_ok()).collect()
}

#[cfg(test)]
mod tests;
