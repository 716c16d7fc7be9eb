//! Which of the providers gets an order. Pure.

use crate::model::{Coverage, Timestamp};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// What stands between an order and one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    /// Nothing.
    None,
    /// One of its limits, until then.
    Limited(Timestamp),
    /// It is down; it is asked again then.
    Down(Timestamp),
    /// It may not issue for the names.
    Forbidden,
}

/// Where an order goes. The numbers are places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// There, now.
    Order(usize),
    /// There, when its time has come.
    Wait(usize, Timestamp),
    /// Nowhere: no provider may issue for the names.
    Nowhere,
}

/// Tell how many seconds an order waits for a limit before the next provider in the list gets it: 10 minutes, or a day where
/// everything is secured and only to be renewed.
#[must_use]
pub(crate) const fn patience(coverage: Coverage) -> i64 {
    match coverage {
        Coverage::Secured => DAY,
        Coverage::Incomplete | Coverage::Defective | Coverage::Unsecured => 10 * MINUTE,
    }
}

/// Choose the first provider that can take the order now or soon; where none can, the one that can do so first.
#[must_use]
pub(crate) fn choose(bars: &[Bar], patience: i64, now: Timestamp) -> Choice {
    let is_near = |until: Timestamp| until.since(now) <= patience;
    let in_time = bars.iter().enumerate().find_map(|(place, bar)| match *bar {
        Bar::None => Some(Choice::Order(place)),
        Bar::Limited(until) if is_near(until) => Some(Choice::Wait(place, until)),
        _ => None,
    });
    let first = || {
        let moments = bars.iter().enumerate().filter_map(|(place, bar)| match *bar {
            Bar::Limited(until) | Bar::Down(until) => Some((until, place)),
            Bar::None | Bar::Forbidden => None,
        });
        moments.min().map(|(until, place)| Choice::Wait(place, until))
    };
    in_time.or_else(first).unwrap_or(Choice::Nowhere)
}

/// List the places with the smallest number: the providers to which CAA records lose the fewest names.
#[must_use]
pub(crate) fn fewest(lost: &[usize]) -> Vec<usize> {
    let least = lost.iter().min().copied().unwrap_or(0);
    lost.iter().enumerate().filter(|(_, lost)| **lost == least).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);
    const HOUR: i64 = 3_600;

    fn limited(seconds: i64) -> Bar {
        Bar::Limited(NOW.plus(seconds))
    }

    fn down(seconds: i64) -> Bar {
        Bar::Down(NOW.plus(seconds))
    }

    #[test]
    fn the_first_that_can_take_the_order_gets_it() {
        let at = |bars: &[Bar]| choose(bars, 10 * MINUTE, NOW);
        assert_eq!(at(&[Bar::None, Bar::None]), Choice::Order(0));
        assert_eq!(at(&[down(60), Bar::None]), Choice::Order(1));
        assert_eq!(at(&[Bar::Forbidden, limited(HOUR), Bar::None]), Choice::Order(2));
        assert_eq!(at(&[limited(HOUR), Bar::None]), Choice::Order(1));
    }

    #[test]
    fn a_short_wait_is_no_reason_to_change() {
        let bars = [limited(10 * MINUTE), Bar::None];
        assert_eq!(choose(&bars, patience(Coverage::Unsecured), NOW), Choice::Wait(0, NOW.plus(10 * MINUTE)));
        assert_eq!(
            choose(&[limited(10 * MINUTE + 1), Bar::None], patience(Coverage::Incomplete), NOW),
            Choice::Order(1)
        );
        assert_eq!(
            choose(&[limited(DAY), Bar::None], patience(Coverage::Secured), NOW),
            Choice::Wait(0, NOW.plus(DAY))
        );
    }

    #[test]
    fn where_nobody_can_the_first_that_will_be_able_to_is_waited_for() {
        assert_eq!(choose(&[limited(5 * HOUR), down(60)], 0, NOW), Choice::Wait(1, NOW.plus(60)));
        assert_eq!(choose(&[down(60), down(60)], 0, NOW), Choice::Wait(0, NOW.plus(60)));
        assert_eq!(choose(&[Bar::Forbidden], 0, NOW), Choice::Nowhere);
        assert_eq!(choose(&[], 0, NOW), Choice::Nowhere);
    }

    #[test]
    fn the_providers_that_lose_the_fewest_names_are_left() {
        assert_eq!(fewest(&[0, 0, 1]), [0, 1]);
        assert_eq!(fewest(&[2, 0]), [1]);
        assert_eq!(fewest(&[1, 1]), [0, 1]);
    }

    fn any_bar() -> impl Strategy<Value = Bar> {
        prop_oneof![
            Just(Bar::None),
            (0_i64..100_000).prop_map(limited),
            (0_i64..100_000).prop_map(down),
            Just(Bar::Forbidden),
        ]
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_its_patience_while_a_provider_is_free(
            bars in proptest::collection::vec(any_bar(), 0..6), patience in 0_i64..100_000,
        ) {
            match choose(&bars, patience, NOW) {
                Choice::Order(place) => {
                    prop_assert_eq!(bars[place], Bar::None);
                    prop_assert!(!bars[..place].contains(&Bar::None));
                }
                Choice::Wait(place, until) => {
                    prop_assert!(matches!(bars[place], Bar::Limited(at) | Bar::Down(at) if at == until));
                    prop_assert!(!bars.contains(&Bar::None) || until.since(NOW) <= patience);
                }
                Choice::Nowhere => prop_assert!(bars.iter().all(|bar| *bar == Bar::Forbidden)),
            }
        }
    }
}
