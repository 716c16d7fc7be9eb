//! Whose turn it is to be looked at: everybody's at each look, and a part of them where there are many, so that each is seen once a day.

use crate::model::Timestamp;
use crate::plan::Seed;

const DAY: i64 = 86_400;
/// So many certificates of a service are looked at in each look.
const FEW: usize = 500;

/// Part of the certificates of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// All of them.
    All,
    /// Those whose turn came in the intervals after `since` and up to `until`.
    Turns { since: i64, until: i64, a_day: i64 },
}

impl Share {
    /// Tell whose turn came since the last look; what was missed meanwhile is caught up.
    pub(super) fn due(last: Option<Timestamp>, now: Timestamp, every: i64) -> Self {
        let interval = |at: Timestamp| at.0.div_euclid(every.max(1));
        let until = interval(now);
        match last.filter(|last| *last <= now) {
            // Two looks in one interval look at the same.
            Some(last) => {
                Self::Turns { since: interval(last).min(until - 1), until, a_day: (DAY / every.max(1)).max(1) }
            }
            None => Self::All,
        }
    }

    /// Tell whether a website is among them, of so many that the service has in all.
    pub(super) fn has(self, website: &str, of_all: usize) -> bool {
        let Self::Turns { since, until, a_day } = self else { return true };
        let parts = i64::try_from(of_all.div_ceil(FEW)).unwrap_or(i64::MAX).clamp(1, a_day);
        let turn = Seed::of(website).within(parts - 1);
        (turn - since - 1).rem_euclid(parts) < until - since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    fn seen(last: Option<i64>, now: i64, of_all: usize) -> Vec<usize> {
        let share = Share::due(last.map(Timestamp), Timestamp(now), HOUR);
        (0..of_all).filter(|number| share.has(&format!("site{number}.test"), of_all)).collect()
    }

    #[test]
    fn a_small_server_is_looked_at_as_a_whole_each_time() {
        assert_eq!(seen(Some(0), HOUR, 500).len(), 500);
        assert_eq!(seen(Some(HOUR), HOUR + 1, 500).len(), 500);
    }

    #[test]
    fn of_many_each_has_its_turn_once_a_day_and_no_hour_has_much_more_than_its_part() {
        let mut times = vec![0; 12_000];
        for hour in 1..=24 {
            let seen = seen(Some((hour - 1) * HOUR), hour * HOUR, 12_000);
            assert!((350..650).contains(&seen.len()), "{}", seen.len());
            seen.into_iter().for_each(|number| times[number] += 1);
        }
        assert!(times.into_iter().all(|times| times == 1));
    }

    #[test]
    fn what_was_missed_is_caught_up() {
        assert_eq!(seen(Some(0), 24 * HOUR, 12_000).len(), 12_000);
        assert_eq!(seen(None, 5, 12_000).len(), 12_000);
        assert_eq!(seen(Some(9 * HOUR), HOUR, 12_000).len(), 12_000, "a clock that was put back");
        let three = seen(Some(HOUR), 4 * HOUR, 12_000).len();
        assert!((1_200..1_800).contains(&three), "{three}");
    }
}
