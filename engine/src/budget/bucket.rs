//! A token bucket, as one row: its level, and when that was so.

use super::{BucketKey, Rate};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A token in the unit of levels: billionths, so that refilling every second loses nothing that counts.
const TOKEN: i64 = TOKEN_32 as i64;
const TOKEN_32: u32 = 1_000_000_000;

/// How full a bucket was at a moment. A bucket that is not known is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bucket {
    /// In billionths of a token; below 0 after more was spent than there was.
    pub level: i64,
    /// When it was so. A bucket whose moment is to come is closed until then.
    pub at: Timestamp,
}

/// Where buckets are kept.
pub trait Buckets {
    /// Find a bucket; `None` stands for a full one.
    fn find(&self, key: &BucketKey) -> Option<Bucket>;

    /// Keep a bucket.
    fn keep(&mut self, key: BucketKey, bucket: Bucket);
}

impl Buckets for BTreeMap<BucketKey, Bucket> {
    fn find(&self, key: &BucketKey) -> Option<Bucket> {
        self.get(key).copied()
    }

    fn keep(&mut self, key: BucketKey, bucket: Bucket) {
        self.insert(key, bucket);
    }
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn full(rate: Rate, at: Timestamp) -> Self {
        Self { level: i64::from(rate.capacity) * TOKEN, at }
    }

    /// A bucket that the CA closed until a moment, when one token is there.
    #[must_use]
    pub const fn closed(until: Timestamp) -> Self {
        Self { level: TOKEN, at: until }
    }

    /// Tell how many whole tokens there are, for a gauge; 0 while the bucket is closed.
    #[must_use]
    pub fn tokens(self, rate: Rate, now: Timestamp) -> u32 {
        if now < self.at { 0 } else { u32::try_from(self.refilled(rate, now).level / TOKEN).unwrap_or(0) }
    }

    /// Tell whether the bucket is full again: its row can be deleted.
    #[must_use]
    pub fn is_full(self, rate: Rate, now: Timestamp) -> bool {
        self.tokens(rate, now) >= rate.capacity
    }

    /// How much is refilled in a second and where it ends, in the unit of levels: for a database to compare buckets by.
    #[must_use]
    pub(crate) fn refill(rate: Rate) -> (f64, f64) {
        let full = f64::from(rate.capacity) * f64::from(TOKEN_32);
        (full / f64::from(rate.seconds.max(1)), full)
    }

    /// Take tokens out, whether they are there or not.
    #[must_use]
    pub fn spend(self, rate: Rate, tokens: u32, now: Timestamp) -> Self {
        let bucket = self.refilled(rate, now);
        Self { level: bucket.level.saturating_sub(i64::from(tokens) * TOKEN), ..bucket }
    }

    /// Tell when there are so many tokens; `now` where there are. More than the capacity count as if it had no bound.
    #[must_use]
    pub fn available_at(self, rate: Rate, tokens: u64, now: Timestamp) -> Timestamp {
        let bucket = self.refilled(rate, now);
        let missing = i128::from(tokens) * i128::from(TOKEN) - i128::from(bucket.level);
        if missing <= 0 {
            return bucket.at.max(now);
        }
        let per_window = i128::from(rate.capacity.max(1)) * i128::from(TOKEN);
        let seconds = (missing * i128::from(rate.seconds)).div_euclid(per_window)
            + i128::from((missing * i128::from(rate.seconds)).rem_euclid(per_window) > 0);
        bucket.at.plus(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// The bucket at a moment; itself where that is earlier.
    fn refilled(self, rate: Rate, now: Timestamp) -> Self {
        let elapsed = now.since(self.at);
        if elapsed <= 0 {
            return self;
        }
        let gained =
            i128::from(elapsed) * i128::from(rate.capacity) * i128::from(TOKEN) / i128::from(rate.seconds.max(1));
        let full = i128::from(rate.capacity) * i128::from(TOKEN);
        let level = (i128::from(self.level) + gained).min(full.max(i128::from(self.level)));
        Self { level: i64::try_from(level).unwrap_or(i64::MAX), at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp(1_800_000_000);
    const ORDERS: Rate = Rate { capacity: 300, seconds: 10_800 };

    #[test]
    fn a_bucket_refills_evenly_up_to_its_capacity() {
        let empty = Bucket::full(ORDERS, START).spend(ORDERS, 300, START);
        assert_eq!(empty.tokens(ORDERS, START), 0);
        assert_eq!(empty.tokens(ORDERS, START.plus(35)), 0);
        assert_eq!(empty.tokens(ORDERS, START.plus(36)), 1);
        assert_eq!(empty.tokens(ORDERS, START.plus(10_800)), 300);
        assert!(empty.is_full(ORDERS, START.plus(10_800)) && !empty.is_full(ORDERS, START.plus(10_799)));
        assert_eq!(empty.tokens(ORDERS, START.plus(99_999_999)), 300);
        assert_eq!(empty.available_at(ORDERS, 1, START), START.plus(36));
    }

    #[test]
    fn the_fifth_certificate_for_the_same_names_comes_back_after_34_hours() {
        let rate = Rate { capacity: 5, seconds: 7 * 86_400 };
        let empty = Bucket::full(rate, START).spend(rate, 5, START);
        // 33 hours and 36 minutes.
        assert_eq!(empty.available_at(rate, 1, START), START.plus(120_960));
    }

    #[test]
    fn a_closed_bucket_has_one_token_when_it_opens() {
        let closed = Bucket::closed(START.plus(500));
        assert_eq!(closed.available_at(ORDERS, 1, START), START.plus(500));
        assert_eq!(closed.tokens(ORDERS, START.plus(499)), 0);
        assert_eq!(closed.tokens(ORDERS, START.plus(500)), 1);
        assert_eq!(closed.spend(ORDERS, 1, START).available_at(ORDERS, 1, START), START.plus(536));
    }

    proptest! {
        // What every CA checks: in no stretch of time are there more than the burst and what was refilled.
        #[test]
        fn no_more_is_spent_than_the_rate_allows(
            capacity in 1_u32..400, seconds in 1_u32..700_000, pauses in proptest::collection::vec(0_i64..5_000, 1..120),
        ) {
            let rate = Rate { capacity, seconds };
            let (mut bucket, mut now, mut spent) = (Bucket::full(rate, START), START, Vec::new());
            for pause in pauses {
                now = now.plus(pause);
                if bucket.available_at(rate, 1, now) == now {
                    bucket = bucket.spend(rate, 1, now);
                    spent.push(now);
                }
            }
            for (index, from) in spent.iter().enumerate() {
                for (count, until) in (1_i64..).zip(&spent[index..]) {
                    let refilled = until.since(*from) * i64::from(capacity) / i64::from(seconds);
                    prop_assert!(count <= i64::from(capacity) + refilled + 1);
                }
            }
        }

        #[test]
        fn the_moment_told_is_the_first_with_a_token(
            capacity in 1_u32..400, seconds in 1_u32..700_000, spent in 0_u32..1_000, tokens in 1_u64..10,
        ) {
            let rate = Rate { capacity, seconds };
            let bucket = Bucket::full(rate, START).spend(rate, spent, START);
            let at = bucket.available_at(rate, tokens, START);
            prop_assert!(at >= START);
            if tokens <= u64::from(capacity) {
                prop_assert_eq!(bucket.available_at(rate, tokens, at), at);
                prop_assert!(at == START || u64::from(bucket.tokens(rate, at.plus(-1))) < tokens);
            }
        }
    }
}
