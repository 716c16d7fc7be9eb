//! How often a certificate that the CA leaves pending is asked for.
//!
//! | age of the request | once per |
//! |---|---|
//! | less than one day | 5 minutes |
//! | between one and two days, both included | hour |
//! | more than two days | day |
//!
//! The CA's `Retry-After` takes the place of the table, between one second and one day.

use crate::model::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The age in seconds up to which a step holds, that age included, and the seconds between two questions.
const LADDER: [(i64, i64); 3] = [(DAY - 1, 5 * MINUTE), (2 * DAY, HOUR), (i64::MAX, DAY)];
/// The least and the most seconds of a `Retry-After`.
const RETRY_AFTER_SECONDS: (i64, i64) = (1, DAY);

/// Tell how many seconds to wait between two questions for a request of this age in seconds. A negative age counts as 0.
#[must_use]
pub fn interval(age: i64) -> i64 {
    LADDER.iter().find(|(up_to, _)| age <= *up_to).map_or(DAY, |(_, every)| *every)
}

/// Tell when to ask next after a question at `asked_at`. `retry_after` is that answer's header, in seconds.
#[must_use]
pub fn next_question(requested_at: Timestamp, asked_at: Timestamp, retry_after: Option<i64>) -> Timestamp {
    let seconds = match retry_after {
        Some(seconds) => seconds.clamp(RETRY_AFTER_SECONDS.0, RETRY_AFTER_SECONDS.1),
        None => interval(asked_at.since(requested_at)),
    };
    asked_at.plus(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn less_than_one_day_is_asked_for_once_per_five_minutes() {
        assert_eq!(interval(0), 5 * MINUTE);
        assert_eq!(interval(DAY - 1), 5 * MINUTE);
    }

    #[test]
    fn between_one_and_two_days_is_asked_for_once_per_hour() {
        assert_eq!(interval(DAY), HOUR);
        assert_eq!(interval(2 * DAY), HOUR);
    }

    #[test]
    fn more_than_two_days_is_asked_for_once_per_day() {
        assert_eq!(interval(2 * DAY + 1), DAY);
        assert_eq!(interval(i64::MAX), DAY);
    }

    #[test]
    fn retry_after_takes_the_place_of_the_table_between_a_second_and_a_day() {
        let after = |seconds| next_question(START, START.plus(3 * DAY), Some(seconds)).since(START.plus(3 * DAY));
        assert_eq!(after(30), 30);
        assert_eq!(after(0), 1);
        assert_eq!(after(-1), 1);
        assert_eq!(after(30 * DAY), DAY);
    }

    #[test]
    fn a_certificate_that_stays_pending_for_a_week_is_asked_for_318_times() {
        let (mut at, mut questions) = (START, 0);
        while at.since(START) <= 7 * DAY {
            at = next_question(START, at, None);
            questions += 1;
        }
        // 288 on the first day, 25 on the second with both its ends, 5 days more.
        assert_eq!(questions, 288 + 25 + 5);
    }

    proptest! {
        #[test]
        fn the_next_question_is_later_and_at_most_a_day_away(age in -DAY..1_000 * DAY, retry_after: Option<i64>) {
            let asked = START.plus(age);
            let pause = next_question(START, asked, retry_after).since(asked);
            prop_assert!((1..=DAY).contains(&pause));
        }

        #[test]
        fn questions_never_become_more_frequent_with_age(one in 0_i64..5 * DAY, more in 0_i64..5 * DAY) {
            prop_assert!(interval(one) <= interval(one + more));
        }
    }
}
