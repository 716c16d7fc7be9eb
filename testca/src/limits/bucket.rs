//! A token bucket as one number: the time at which it will be full again (the "generic cell rate algorithm").

use jiff::Timestamp;

use super::Limit;
use crate::clock::later;

/// Say when a token can be had from a bucket that is full at `full_at`: `now` or later.
pub(crate) fn available_at(limit: &Limit, full_at: Timestamp, now: Timestamp) -> Timestamp {
    // With one more token spent the bucket is full one interval later, which may be at most a window away.
    let full_after = later(full_at.max(now), limit.interval());
    let earliest = crate::clock::earlier(full_after, limit.interval() * limit.burst);
    if limit.burst == 0 { later(now, limit.window) } else { earliest.max(now) }
}

/// Spend a token, whether there is one or not, and return when the bucket will be full.
pub(crate) fn spend(limit: &Limit, full_at: Timestamp, now: Timestamp) -> Timestamp {
    later(full_at.max(now), limit.interval())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_spent_and_comes_back_evenly() {
        let limit = Limit::new(3, Duration::from_secs(30));
        let start = Timestamp::UNIX_EPOCH;
        let mut full_at = start;
        for _ in 0..3 {
            assert_eq!(available_at(&limit, full_at, start), start);
            full_at = spend(&limit, full_at, start);
        }
        let next = available_at(&limit, full_at, start);
        assert_eq!(next, later(start, Duration::from_secs(10)));
        assert_eq!(available_at(&limit, full_at, next), next);
        full_at = spend(&limit, full_at, next);
        assert_eq!(available_at(&limit, full_at, next), later(start, Duration::from_secs(20)));
    }

    #[test]
    fn an_empty_limit_allows_nothing() {
        let limit = Limit::new(0, Duration::from_secs(30));
        let now = Timestamp::UNIX_EPOCH;
        assert!(available_at(&limit, now, now) > now);
    }
}
