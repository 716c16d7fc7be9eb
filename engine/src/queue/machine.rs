//! What may become of a pending job: a table of events and states, and the only place that decides on it. The store asks it about
//! every change and writes what it answers.
//!
//! ```text
//! planned ─► ordering ─► ordered ─► validating ─► finalizing ─► issued ─► installing ─► done
//!    ▲           │          │            │             │
//!    └───────────┴──────────┴── replan ──┴─────────────┘     failed: from any of them; cancelled: from those before issued
//! ```
//!
//! Whether a job goes on, and when, is beside its state: it may be held, and it may wait until a moment. So it goes on where it
//! stood. A state is written before the step that it names is taken, and a step may be taken again after a crash. A refusal
//! therefore means: do not do it.
//!
//! Until the provider has made an order, the job may be handed over to another provider; afterwards it stays where its order is.
//!
//! **Invariants:** a job never has two orders at once; a final state stays; a certificate comes from the order that the job
//! finalized, once; an issued certificate is neither held nor cancelled.

mod state;
mod table;

pub use state::{JobState, OrderState, Standing};
pub use table::{Event, Refusal, Step};

use crate::model::Timestamp;

/// Decide on an event: how the job stands then, or why it may not happen. Nothing is done here: write the answer, then act.
///
/// # Errors
/// The refusal, where the event does not lead anywhere from where the job stands.
pub fn apply(job: &Standing, event: Event, at: Timestamp) -> Result<Standing, Refusal> {
    let state = table::target(event, job)?;
    let mut next = Standing { state, since: at, ..*job };
    match event {
        Event::Wait { until } => next.wait_until = Some(until),
        Event::Retry => (next.wait_until, next.since) = (Some(Timestamp(0)), job.since),
        Event::Hold => next.held = true,
        Event::Release => next.held = false,
        Event::Record => (next.wait_until, next.order) = (None, OrderState::Known),
        Event::Replan | Event::HandOver => (next.wait_until, next.order) = (None, OrderState::None),
        Event::Step(Step::Order) => (next.wait_until, next.tries) = (None, job.tries.saturating_add(1)),
        Event::Step(_) | Event::Issue | Event::Cancel => next.wait_until = None,
    }
    next.held &= !state.has_certificate() && !state.is_final();
    Ok(next)
}

#[cfg(test)]
mod tests;
