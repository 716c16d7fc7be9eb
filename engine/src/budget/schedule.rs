//! When each of many orders could be sent, one after the other.

use super::{Bucket, BucketKey, Buckets, Ledger, OrderRequest, Rate, Wait};
use crate::model::Timestamp;
use std::collections::HashMap;

/// When an order could be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The moment.
    pub at: Timestamp,
    /// What it waits for, unless it is now.
    pub wait: Option<Wait>,
}

/// Places orders, first come first served, without spending anything.
///
/// Each order takes its turn at each of its limits, and is sent when the slowest lets it through. While it waits for one, its turn at
/// the others is not given away, so that the true end may be a little earlier than told.
#[derive(Debug)]
pub struct Schedule<'a, B> {
    ledger: &'a Ledger<B>,
    now: Timestamp,
    turns: HashMap<BucketKey, (Bucket, u64)>,
}

impl<'a, B: Buckets> Schedule<'a, B> {
    /// Begin with the books as they are.
    #[must_use]
    pub fn new(ledger: &'a Ledger<B>, now: Timestamp) -> Self {
        Self { ledger, now, turns: HashMap::new() }
    }

    /// Place the next order.
    pub fn place(&mut self, request: &OrderRequest<'_>) -> Placement {
        let mut latest = Placement { at: self.now, wait: None };
        for demand in self.ledger.demands(request) {
            let needed = u64::from(demand.needed.min(demand.rate.capacity).saturating_sub(1));
            let at = self.turn(&demand.key, demand.rate, u64::from(demand.spent), needed);
            if at > latest.at {
                latest = Placement { at, wait: Some(Wait { until: at, limit: demand.key }) };
            }
        }
        latest
    }

    fn turn(&mut self, key: &BucketKey, rate: Rate, spent: u64, reserve: u64) -> Timestamp {
        // Looked up first: a key is copied once for each bucket, not once for each order.
        if !self.turns.contains_key(key) {
            self.turns.insert(key.clone(), (self.ledger.bucket(key, rate, self.now), 0));
        }
        let Some((bucket, taken)) = self.turns.get_mut(key) else { return self.now };
        let at = bucket.available_at(rate, *taken + 1 + reserve, self.now);
        *taken += spent;
        at
    }
}
