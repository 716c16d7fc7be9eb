//! Answers that several names share: each question is asked once at a time, and remembered for a short while.

use super::{Answer, Kind, Trouble};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// Long enough for a batch, short enough that a corrected record is seen by the next check.
const KEPT: Duration = Duration::from_secs(30);
const FAILURE_KEPT: Duration = Duration::from_secs(5);
const MOST_KEPT: usize = 20_000;

type Outcome = Result<Arc<Answer>, Trouble>;
type Slot = Arc<OnceCell<(Instant, Outcome)>>;

#[derive(Debug, Default)]
pub(super) struct Cache {
    slots: Mutex<HashMap<(String, Kind), Slot>>,
}

impl Cache {
    /// Return the remembered answer, or wait for the one who is asking, or ask.
    pub(super) async fn get(&self, name: &str, kind: Kind, ask: impl Future<Output = Outcome>) -> Outcome {
        let slot = self.slot((name.to_ascii_lowercase(), kind));
        let answered = slot.get_or_init(async || (Instant::now(), ask.await)).await;
        answered.1.clone()
    }

    fn slot(&self, key: (String, Kind)) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_KEPT {
            slots.retain(|_, slot| is_fresh(slot));
            // A batch of that many names at once: remembering none is slower, not wrong.
            if slots.len() >= MOST_KEPT {
                slots.clear();
            }
        }
        let slot = slots.entry(key).or_default();
        if !is_fresh(slot) {
            *slot = Slot::default();
        }
        slot.clone()
    }
}

/// A slot that is still being filled is fresh.
fn is_fresh(slot: &Slot) -> bool {
    slot.get().is_none_or(|(at, outcome)| at.elapsed() < if outcome.is_ok() { KEPT } else { FAILURE_KEPT })
}
