//! Keeping to a provider's limit of requests: they leave evenly, so that no second has more than its share.

use crate::budget::Rate;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Lets requests leave at a steady pace. One for each provider, shared by all that speak to it.
#[derive(Debug)]
pub(super) struct Pace {
    between: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// Let so many requests leave in so many seconds.
    pub(super) fn new(rate: Rate) -> Self {
        let between = Duration::from_secs(rate.seconds.into()) / rate.capacity.max(1);
        Self { between, next: Mutex::default() }
    }

    /// Wait until the next request may leave.
    pub(super) async fn wait(&self) {
        let slot = self.take(Instant::now());
        tokio::time::sleep_until(slot).await;
    }

    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = next.map_or(now, |next| next.max(now));
        *next = Some(slot + self.between);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_requests_than_its_share_however_many_want_to_leave() {
        let pace = Pace::new(Rate { capacity: 7, seconds: 1 });
        let start = Instant::now();
        let slots: Vec<Instant> = (0..50).map(|_| pace.take(start)).collect();
        assert_eq!(slots[0], start, "the first one waits for nobody");
        for (first, later) in slots.iter().zip(&slots[7..]) {
            assert!(later.duration_since(*first) > Duration::from_millis(999));
        }
    }

    #[test]
    fn who_comes_late_does_not_make_up_for_it() {
        let pace = Pace::new(Rate { capacity: 10, seconds: 1 });
        let start = Instant::now();
        pace.take(start);
        let later = start + Duration::from_secs(60);
        assert_eq!((pace.take(later), pace.take(later)), (later, later + Duration::from_millis(100)));
    }
}
