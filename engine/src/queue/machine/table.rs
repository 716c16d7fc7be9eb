//! Which events lead from which states where.

use super::JobState::{
    self, Cancelled, Done, Failed, Finalizing, Installing, Issued, Ordered, Ordering, Planned, Validating,
};
use super::Standing;
use crate::model::Timestamp;

/// Something that the worker is about to do, or gives up, without more to record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Send the new-order request.
    Order,
    /// Answer challenges.
    Validate,
    /// Finalize the order.
    Finalize,
    /// Configure services.
    Install,
    /// The services present the certificate, as far as there are any.
    Finish,
    /// Give the job up.
    Fail,
}

/// Something that happens to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The worker goes on.
    Step(Step),
    /// The order's URL is recorded.
    Record,
    /// The certificate is recorded.
    Issue,
    /// The order is lost, or names are left out: the job starts anew.
    Replan,
    /// Another provider is to get the order; the one that was to get it has made none that is known.
    HandOver,
    /// The job is put off.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// An administrator does not let it wait any longer.
    Retry,
    /// An administrator keeps it from going on.
    Hold,
    /// An administrator lets it go on.
    Release,
    /// An administrator gives it up.
    Cancel,
}

/// Why something may not happen to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is over; another one is planned by the next run.
    #[error("it is over")]
    Over,
    /// The certificate would be lost.
    #[error("its certificate is already issued")]
    CertificateIssued,
    /// Somebody keeps it from going on.
    #[error("it is held")]
    Held,
    /// The event does not lead anywhere from the state.
    #[error("it is {}, which does not allow that", .0.as_str())]
    OutOfTurn(JobState),
}

/// Every state before the certificate is there.
const UNISSUED: &[JobState] = &[Planned, Ordering, Ordered, Validating, Finalizing];
/// Every state without an order that is known.
const UNORDERED: &[JobState] = &[Planned, Ordering];
/// Every state that is not final.
const OPEN: &[JobState] = &[Planned, Ordering, Ordered, Validating, Finalizing, Issued, Installing];

/// From which states an event leads where; without a target the job stays where it is.
const fn row(event: Event) -> (&'static [JobState], Option<JobState>) {
    match event {
        Event::Step(Step::Order) => (&[Planned], Some(Ordering)),
        Event::Record => (&[Ordering], Some(Ordered)),
        // A CA that refuses to finalize may want names validated again.
        Event::Step(Step::Validate) => (&[Ordered, Validating, Finalizing], Some(Validating)),
        // An order whose names are all validated already is ready at once.
        Event::Step(Step::Finalize) => (&[Ordered, Validating, Finalizing], Some(Finalizing)),
        Event::Issue => (&[Finalizing], Some(Issued)),
        Event::Step(Step::Install) => (&[Issued, Installing], Some(Installing)),
        Event::Step(Step::Finish) => (&[Installing], Some(Done)),
        Event::Step(Step::Fail) => (OPEN, Some(Failed)),
        Event::Replan => (UNISSUED, Some(Planned)),
        Event::HandOver => (UNORDERED, Some(Planned)),
        Event::Cancel => (UNISSUED, Some(Cancelled)),
        Event::Wait { .. } | Event::Hold => (UNISSUED, None),
        Event::Retry | Event::Release => (OPEN, None),
    }
}

/// Look up where an event leads a job.
pub(super) fn target(event: Event, job: &Standing) -> Result<JobState, Refusal> {
    let (from, to) = row(event);
    if !from.contains(&job.state) {
        return Err(refusal(event, job.state));
    }
    if job.held && event == Event::Step(Step::Order) {
        return Err(Refusal::Held);
    }
    Ok(to.unwrap_or(job.state))
}

const fn refusal(event: Event, state: JobState) -> Refusal {
    match (event, state) {
        (_, Done | Failed | Cancelled) => Refusal::Over,
        (Event::Cancel | Event::Hold | Event::Wait { .. } | Event::Replan | Event::HandOver, Issued | Installing) => {
            Refusal::CertificateIssued
        }
        _ => Refusal::OutOfTurn(state),
    }
}
