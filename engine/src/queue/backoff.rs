//! How long to leave something alone that failed. What is stored is the number of failures in a row and the moment of the last one,
//! so that a restart forgets nothing.

use crate::model::Timestamp;
use crate::plan::Seed;
use serde::{Deserialize, Serialize};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// 1, 10 and 100 minutes, then daily, as Let's Encrypt asks: by the 4th failure 1 hour 51 minutes have passed.
const FAILED_VALIDATION: [i64; 4] = [MINUTE, 10 * MINUTE, 100 * MINUTE, DAY];
/// Weekly.
const MOVED_AWAY: [i64; 1] = [7 * DAY];
/// Doubling from 1 minute up to 6 hours: by the 10th failure 8 hours 31 minutes have passed.
const OUTAGE: [i64; 10] = [
    MINUTE,
    2 * MINUTE,
    4 * MINUTE,
    8 * MINUTE,
    16 * MINUTE,
    32 * MINUTE,
    64 * MINUTE,
    128 * MINUTE,
    256 * MINUTE,
    6 * HOUR,
];
/// 1 and 10 minutes, then hourly.
const PROVIDER: [i64; 3] = [MINUTE, 10 * MINUTE, HOUR];
/// How far a pause may differ from the table, in per cent, so that what failed together is not tried together.
const JITTER_PERCENT: i64 = 10;
/// How long to pause where a CA limits without saying until when.
const UNSTATED_LIMIT_SECONDS: i64 = HOUR;
/// The longest pause that a CA is believed: the longest of Let's Encrypt's limits is 7 days.
const LONGEST_LIMIT_SECONDS: i64 = 31 * DAY;
/// What is added at most to a CA's moment, in seconds.
const AFTER_LIMIT_SECONDS: i64 = 2 * MINUTE;

/// Which table of pauses applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ladder {
    /// A name failed validation, ours or the CA's: 1, 10, 100 minutes, then daily.
    FailedValidation,
    /// A name points elsewhere for more than 30 days: weekly.
    MovedAway,
    /// The CA, or a part of ours, cannot be reached: doubling from 1 minute to 6 hours.
    Outage,
    /// A provider is down, for all orders alike: 1 and 10 minutes, then hourly.
    Provider,
}

impl Ladder {
    /// The pauses in seconds by failures in a row; the last holds for all further ones.
    const fn pauses(self) -> &'static [i64] {
        match self {
            Self::FailedValidation => &FAILED_VALIDATION,
            Self::MovedAway => &MOVED_AWAY,
            Self::Outage => &OUTAGE,
            Self::Provider => &PROVIDER,
        }
    }
}

/// What is remembered of something that fails: one row for each name, or for each provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failures {
    /// How often in a row; at least 1.
    pub count: u32,
    /// When last.
    pub last_at: Timestamp,
}

impl Failures {
    /// Count one more failure; the first where there was none.
    #[must_use]
    pub fn after(earlier: Option<Self>, at: Timestamp) -> Self {
        Self { count: earlier.map_or(0, |failures| failures.count).saturating_add(1), last_at: at }
    }

    /// Tell when to try again. `seed` belongs to what failed, e.g. [`Seed::of`] the name.
    ///
    /// An administrator may try earlier by hand.
    #[must_use]
    pub fn retry_at(self, ladder: Ladder, seed: Seed) -> Timestamp {
        let pauses = ladder.pauses();
        let index = (self.count.max(1) as usize - 1).min(pauses.len() - 1);
        self.last_at.plus(seed.with(u64::from(self.count)).around(pauses[index], JITTER_PERCENT))
    }
}

/// Tell when to try again after a CA has limited us at `now`.
///
/// Never before the moment that it names and at most 2 minutes after it; in an hour if it names none, in 31 days at most.
#[must_use]
pub fn after_limit(retry_after: Option<Timestamp>, seed: Seed, now: Timestamp) -> Timestamp {
    let stated = retry_after.map_or(UNSTATED_LIMIT_SECONDS, |at| at.since(now));
    let spread = seed.with(now.0.unsigned_abs()).within(AFTER_LIMIT_SECONDS);
    now.plus(stated.clamp(MINUTE, LONGEST_LIMIT_SECONDS)).plus(spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp(1_800_000_000);

    fn pause(count: u32, ladder: Ladder, seed: u64) -> i64 {
        Failures { count, last_at: START }.retry_at(ladder, Seed(seed)).since(START)
    }

    fn is_about(pause: i64, seconds: i64) -> bool {
        (pause - seconds).abs() * 10 <= seconds
    }

    #[test]
    fn a_failed_validation_is_tried_again_after_1_10_and_100_minutes_and_then_daily() {
        let expected = [MINUTE, 10 * MINUTE, 100 * MINUTE, DAY, DAY, DAY];
        for (count, seconds) in (1..).zip(expected) {
            assert!(is_about(pause(count, Ladder::FailedValidation, 9), seconds), "{count}");
        }
    }

    #[test]
    fn a_name_that_moved_away_is_tried_weekly() {
        assert!(
            is_about(pause(1, Ladder::MovedAway, 9), 7 * DAY) && is_about(pause(99, Ladder::MovedAway, 9), 7 * DAY)
        );
    }

    #[test]
    fn an_outage_doubles_the_pause_up_to_six_hours() {
        assert!(is_about(pause(1, Ladder::Outage, 9), MINUTE) && is_about(pause(4, Ladder::Outage, 9), 8 * MINUTE));
        assert!(
            is_about(pause(10, Ladder::Outage, 9), 6 * HOUR) && is_about(pause(u32::MAX, Ladder::Outage, 9), 6 * HOUR)
        );
    }

    #[test]
    fn what_failed_together_is_not_tried_together() {
        let pauses: std::collections::BTreeSet<i64> =
            (0..1_000).map(|seed| pause(4, Ladder::FailedValidation, seed)).collect();
        assert!(pauses.len() > 900, "{}", pauses.len());
    }

    #[test]
    fn a_limit_lasts_until_the_moment_that_the_ca_names() {
        let pause = |at: Option<i64>| after_limit(at.map(|seconds| START.plus(seconds)), Seed(1), START).since(START);
        assert!((3 * HOUR..=3 * HOUR + 120).contains(&pause(Some(3 * HOUR))));
        assert!((HOUR..=HOUR + 120).contains(&pause(None)));
        assert!((MINUTE..=MINUTE + 120).contains(&pause(Some(-5))));
        assert!((31 * DAY..=31 * DAY + 120).contains(&pause(Some(9_999 * DAY))));
    }

    #[test]
    fn failures_are_counted_in_a_row() {
        let first = Failures::after(None, START);
        assert_eq!(Failures::after(Some(first), START.plus(5)), Failures { count: 2, last_at: START.plus(5) });
    }

    proptest! {
        #[test]
        fn the_moment_is_the_same_after_a_restart_and_never_before_the_last_failure(count: u32, seed: u64, which in 0_usize..4) {
            let ladder = [Ladder::FailedValidation, Ladder::MovedAway, Ladder::Outage, Ladder::Provider][which];
            let row = serde_json::to_string(&Failures { count, last_at: START }).unwrap();
            let again: Failures = serde_json::from_str(&row).unwrap();
            let at = again.retry_at(ladder, Seed(seed));
            prop_assert_eq!(at, Failures { count, last_at: START }.retry_at(ladder, Seed(seed)));
            prop_assert!(at > START && at.since(START) <= 8 * DAY);
        }
    }
}
