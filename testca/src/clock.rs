//! What time the CA believes it is. Everything that it dates or counts goes by a [`Clock`].

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use jiff::Timestamp;

use crate::lock::lock;

/// A source of time. Must not go backwards.
pub trait Clock: Send + Sync + 'static {
    /// Return the time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // Before 1970 there was no ACME.
        Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A clock that stands still until it is moved. Clones are the same clock, so a simulation can share it with the CA.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    now: Arc<Mutex<Timestamp>>,
}

impl VirtualClock {
    /// Make a clock that shows `start`.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { now: Arc::new(Mutex::new(start)) }
    }

    /// Move the clock forward. Beyond the year 9999 it stays where it is.
    pub fn advance(&self, by: Duration) {
        let mut now = lock(&self.now);
        *now = later(*now, by);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.now)
    }
}

/// A clock that runs ahead of another, so that every clock can be advanced.
pub(crate) struct AheadClock {
    base: Arc<dyn Clock>,
    ahead: Mutex<Duration>,
}

impl AheadClock {
    pub(crate) fn of(base: Arc<dyn Clock>) -> Self {
        Self { base, ahead: Mutex::new(Duration::ZERO) }
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut ahead = lock(&self.ahead);
        *ahead = ahead.saturating_add(by);
    }

    pub(crate) fn now(&self) -> Timestamp {
        later(self.base.now(), *lock(&self.ahead))
    }
}

/// Add a duration; what does not fit into a timestamp is not added.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(time)
}

/// Subtract a duration; what does not fit into a timestamp is not subtracted.
pub(crate) fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_sub(by).unwrap_or(time)
}

/// The whole seconds from `now` until `then`, rounded up: 0 when `then` has passed.
pub(crate) fn seconds_until(now: Timestamp, then: Timestamp) -> u64 {
    let left = then.duration_since(now);
    if left.is_negative() || left.is_zero() {
        return 0;
    }
    left.unsigned_abs().as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// RFC 3339 in whole seconds, as CAs write it.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_virtual_clock_show_the_same_time() {
        let clock = VirtualClock::starting_at(Timestamp::UNIX_EPOCH);
        let copy = clock.clone();
        clock.advance(Duration::from_secs(90));
        assert_eq!(copy.now().as_second(), 90);
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(seconds_until(now, later(now, Duration::from_millis(1500))), 2);
        assert_eq!(seconds_until(later(now, Duration::from_secs(5)), now), 0);
    }
}
