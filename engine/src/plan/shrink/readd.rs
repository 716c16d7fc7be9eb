//! When a name that failed and passes again is added to its certificate, which takes an order of its own.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// Seconds over which orders are counted.
const WEEK_SECONDS: i64 = 7 * 86_400;

/// How many orders may be spent on names that pass again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReaddPolicy {
    /// For one website in 7 days.
    pub per_week: usize,
    /// For the same set of names in 7 days: one less than the CA allows, so that a repair stays possible.
    pub same_set_per_week: usize,
}

impl Default for ReaddPolicy {
    /// 2 a week for a website; 4 for the same set, of Let's Encrypt's 5.
    fn default() -> Self {
        Self { per_week: 2, same_set_per_week: 4 }
    }
}

/// When a name may be added again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readd {
    /// Now.
    Now,
    /// Not before, since the week's orders for the website are spent.
    Wait {
        /// When.
        until: Timestamp,
    },
}

/// Decide when to add a name again.
///
/// `readded` are the moments of the website's orders for such names, `same_set` those of all orders for exactly the names that the
/// new certificate would have; older ones than a week do not matter, nor does their order. Renewals and the first order for a new
/// name are not asked here: they take what passes along.
#[must_use]
pub fn readd(readded: &[Timestamp], same_set: &[Timestamp], policy: ReaddPolicy, now: Timestamp) -> Readd {
    let of_website = free_from(readded, policy.per_week, now);
    let of_set = free_from(same_set, policy.same_set_per_week, now);
    match of_website.max(of_set) {
        Some(until) => Readd::Wait { until },
        None => Readd::Now,
    }
}

/// Tell from when there is room for one more of `allowed` in a week; `None` where there is now.
fn free_from(moments: &[Timestamp], allowed: usize, now: Timestamp) -> Option<Timestamp> {
    let mut recent: Vec<Timestamp> = moments.iter().copied().filter(|at| now.since(*at) < WEEK_SECONDS).collect();
    recent.sort_unstable_by(|one, other| other.cmp(one));
    let Some(last) = allowed.checked_sub(1) else { return Some(now.plus(WEEK_SECONDS)) };
    recent.get(last).map(|at| at.plus(WEEK_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 86_400;
    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn ago(days: &[i64]) -> Vec<Timestamp> {
        days.iter().map(|days| NOW.plus(-days * DAY)).collect()
    }

    fn decide(readded: &[i64], same_set: &[i64]) -> Readd {
        readd(&ago(readded), &ago(same_set), ReaddPolicy::default(), NOW)
    }

    #[test]
    fn a_name_that_passes_again_is_added_at_once_but_not_more_than_twice_a_week() {
        assert_eq!(decide(&[], &[]), Readd::Now);
        assert_eq!(decide(&[1], &[]), Readd::Now);
        assert_eq!(decide(&[1, 5], &[]), Readd::Wait { until: NOW.plus(2 * DAY) });
        assert_eq!(decide(&[1, 7], &[]), Readd::Now);
    }

    #[test]
    fn the_last_order_that_the_ca_allows_for_the_same_names_is_kept() {
        assert_eq!(decide(&[], &[1, 2, 3]), Readd::Now);
        assert_eq!(decide(&[], &[6, 1, 2, 3]), Readd::Wait { until: NOW.plus(DAY) });
    }

    #[test]
    fn a_policy_of_none_never_adds() {
        let none = ReaddPolicy { per_week: 0, same_set_per_week: 4 };
        assert_eq!(readd(&[], &[], none, NOW), Readd::Wait { until: NOW.plus(7 * DAY) });
    }

    proptest! {
        #[test]
        fn in_no_week_are_there_more_orders_than_allowed(attempts in proptest::collection::vec(1_i64..3 * DAY, 1..40)) {
            let (mut now, mut orders) = (NOW, Vec::new());
            for pause in attempts {
                now = now.plus(pause);
                if readd(&orders, &[], ReaddPolicy::default(), now) == Readd::Now {
                    orders.push(now);
                }
            }
            prop_assert!(orders.windows(3).all(|three| three[2].since(three[0]) >= 7 * DAY));
        }
    }
}
