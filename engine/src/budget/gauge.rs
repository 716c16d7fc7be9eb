//! What is left of a limit, for people.

use super::{Bucket, BucketKey, LimitKind, Rate};
use crate::model::{Gauge, Timestamp};

impl Gauge {
    /// Read a bucket; one that is not known is full.
    #[must_use]
    pub fn read(key: &BucketKey, rate: Rate, bucket: Option<Bucket>, now: Timestamp) -> Self {
        let bucket = bucket.unwrap_or_else(|| Bucket::full(rate, now));
        let left = bucket.tokens(rate, now);
        let is_short = left < rate.capacity;
        Self {
            limit: key.kind.code().to_owned(),
            words: key.kind.words().to_owned(),
            subject: match key.kind {
                LimitKind::NewOrders | LimitKind::NewAccounts | LimitKind::Unstated => String::new(),
                _ => key.subject_in_words().to_owned(),
            },
            left,
            capacity: rate.capacity,
            seconds: rate.seconds,
            next_at: is_short.then(|| bucket.available_at(rate, u64::from(left) + 1, now)),
            full_at: is_short.then(|| bucket.available_at(rate, u64::from(rate.capacity), now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);
    const ORDERS: Rate = Rate { capacity: 300, seconds: 10_800 };

    fn read(kind: LimitKind, subject: &str, bucket: Option<Bucket>) -> Gauge {
        Gauge::read(&BucketKey::new(kind, subject), ORDERS, bucket, NOW)
    }

    #[test]
    fn a_limit_of_which_nothing_was_used_is_full_and_waits_for_nothing() {
        let gauge = read(LimitKind::NewOrders, "https://ca.test/account/1", None);
        assert_eq!((gauge.left, gauge.capacity, gauge.next_at, gauge.full_at), (300, 300, None, None));
        assert_eq!((gauge.words.as_str(), gauge.subject.as_str()), ("new orders per account", ""));
    }

    #[test]
    fn a_used_limit_tells_when_one_more_and_when_all_are_there_again() {
        let bucket = Bucket::full(ORDERS, NOW).spend(ORDERS, 30, NOW);
        let gauge = read(LimitKind::RegisteredDomain, "alice.test", Some(bucket));
        assert_eq!((gauge.left, gauge.subject.as_str()), (270, "alice.test"));
        assert_eq!((gauge.next_at, gauge.full_at), (Some(NOW.plus(36)), Some(NOW.plus(30 * 36))));
    }

    #[test]
    fn a_limit_that_the_authority_closed_has_nothing_left_until_it_opens() {
        let gauge = read(LimitKind::ExactSet, "a.test +1 00", Some(Bucket::closed(NOW.plus(500))));
        assert_eq!((gauge.left, gauge.next_at), (0, Some(NOW.plus(500))));
        assert_eq!(gauge.full_at, Some(NOW.plus(500 + 299 * 36)));
    }

    #[test]
    fn a_name_that_failed_is_told_without_its_account() {
        let key = BucketKey::failed_validations("https://ca.test/account/1", "*.a.test");
        assert_eq!(Gauge::read(&key, ORDERS, None, NOW).subject, "a.test");
    }
}
