//! Whether an order may be sent, and what it costs.

use super::{Bucket, BucketKey, Buckets, CaRefusal, LimitKind, Limits, Rate, registered_domain, set_name};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The share of orders that is kept for what expires soon.
const RESERVE_PERCENT: u32 = 10;
/// The limits of which a share is kept: those that many websites have in common.
const RESERVED: [LimitKind; 2] = [LimitKind::NewOrders, LimitKind::RegisteredDomain];
/// How long a CA's word is believed: at least, by default, and at most.
const CLOSED_SECONDS: (i64, i64, i64) = (60, 3_600, 31 * 86_400);

/// Which limits an order counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// All.
    Full,
    /// That of the same names only: a renewal for exactly the same names without `replaces`.
    SameSet,
    /// None: a renewal with `replaces` inside the CA's window (RFC 9773).
    Exempt,
}

/// Whether an order may use the reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It may not.
    Ordinary,
    /// It may: clients refuse the certificate in place, or will soon.
    Urgent,
}

/// An order that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderRequest<'a> {
    /// The account at the CA.
    pub account: &'a str,
    /// Its names.
    pub names: &'a [String],
    /// Which limits it counts against.
    pub charge: Charge,
    /// Whether it may use the reserve.
    pub purpose: Purpose,
}

/// What an order needs of one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The bucket.
    pub key: BucketKey,
    /// Its limit.
    pub rate: Rate,
    /// The tokens that are spent; 0 where the bucket is only asked.
    pub spent: u32,
    /// The tokens that must be there for the order to be sent.
    pub needed: u32,
}

/// Why an order has to wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Until when; the latest of all its limits.
    pub until: Timestamp,
    /// The limit, and for what.
    pub limit: BucketKey,
}

/// Whether an order may be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may.
    Allowed,
    /// Not yet.
    Wait(Wait),
}

/// The books of one provider.
#[derive(Clone, Debug, Default)]
pub struct Ledger<B> {
    limits: Limits,
    buckets: B,
}

impl<B: Buckets> Ledger<B> {
    /// Open the books.
    #[must_use]
    pub const fn new(limits: Limits, buckets: B) -> Self {
        Self { limits, buckets }
    }

    /// The buckets, e.g. to write back what has changed.
    #[must_use]
    pub fn into_buckets(self) -> B {
        self.buckets
    }

    /// Find a bucket that is not known to be full.
    #[must_use]
    pub fn found(&self, key: &BucketKey) -> Option<Bucket> {
        self.buckets.find(key)
    }

    /// Tell what an order needs, so that a store can load just these buckets.
    ///
    /// Names whose failed validations are used up are asked for too: the order would be refused for them.
    #[must_use]
    pub fn demands(&self, request: &OrderRequest<'_>) -> Vec<Demand> {
        let mut demands = Vec::new();
        let mut add = |kind, subject: String, spent| {
            let Some(rate) = self.rate(kind) else { return };
            let reserve = match request.purpose {
                Purpose::Ordinary if RESERVED.contains(&kind) => rate.capacity * RESERVE_PERCENT / 100,
                _ => 0,
            };
            demands.push(Demand { key: BucketKey::new(kind, subject), rate, spent, needed: 1 + reserve });
        };
        add(LimitKind::Unstated, request.account.to_owned(), 0);
        if request.charge == Charge::Exempt {
            return demands;
        }
        add(LimitKind::ExactSet, set_name(request.names), 1);
        for name in request.names {
            add(LimitKind::FailedValidations, BucketKey::failed_validations(request.account, name).subject, 0);
        }
        if request.charge == Charge::Full {
            add(LimitKind::NewOrders, request.account.to_owned(), 1);
            let domains: BTreeSet<_> = request.names.iter().map(|name| registered_domain(name)).collect();
            domains.into_iter().for_each(|domain| add(LimitKind::RegisteredDomain, domain.into_owned(), 1));
        }
        demands
    }

    /// Decide whether an order may be sent now. Nothing is spent: see [`Ledger::spend`].
    #[must_use]
    pub fn may_order(&self, request: &OrderRequest<'_>, now: Timestamp) -> Verdict {
        self.verdict(self.demands(request), now)
    }

    /// Tell when an order may be sent if so many others take a token of this limit before it.
    #[must_use]
    pub fn may_order_after(
        &self,
        request: &OrderRequest<'_>,
        limit: &BucketKey,
        others: u64,
        now: Timestamp,
    ) -> Timestamp {
        let demand = self.demands(request).into_iter().find(|demand| demand.key == *limit);
        demand.map_or(now, |Demand { key, rate, needed, .. }| {
            let tokens = u64::from(needed.min(rate.capacity)).saturating_add(others);
            self.bucket(&key, rate, now).available_at(rate, tokens, now)
        })
    }

    /// Decide whether an account may be registered now.
    #[must_use]
    pub fn may_register(&self, now: Timestamp) -> Verdict {
        let key = BucketKey::new(LimitKind::NewAccounts, "");
        let demand = self.rate(key.kind).map(|rate| Demand { key, rate, spent: 1, needed: 1 });
        self.verdict(demand.into_iter().collect(), now)
    }

    /// Record that an order is about to be sent. A crash between this and the CA's answer counts as sent.
    pub fn spend(&mut self, request: &OrderRequest<'_>, now: Timestamp) {
        for demand in self.demands(request).into_iter().filter(|demand| demand.spent > 0) {
            self.take(demand.key, now);
        }
    }

    /// Record that an account is about to be registered.
    pub fn spend_registration(&mut self, now: Timestamp) {
        self.take(BucketKey::new(LimitKind::NewAccounts, ""), now);
    }

    /// Record that the CA failed to validate a name.
    pub fn spend_failed_validation(&mut self, account: &str, name: &str, now: Timestamp) {
        self.take(BucketKey::failed_validations(account, name), now);
    }

    /// Believe the CA, which refused an order: the limit that it named is closed until the moment that it named.
    ///
    /// A limit that it did not name, or one that the order does not touch, closes the whole account. Without a moment it is an hour;
    /// never less than a minute or more than 31 days.
    pub fn reconcile(&mut self, refusal: &CaRefusal, request: &OrderRequest<'_>, now: Timestamp) {
        let (least, default, most) = CLOSED_SECONDS;
        let seconds = refusal.retry_after.map_or(default, |at| at.since(now)).clamp(least, most);
        let full = OrderRequest { charge: Charge::Full, ..*request };
        let is_meant = |key: &BucketKey| {
            refusal.limit == Some(key.kind)
                && (refusal.subject.is_none() || refusal.subject.as_deref() == Some(key.subject_in_words()))
        };
        let mut keys: Vec<BucketKey> =
            self.demands(&full).into_iter().map(|demand| demand.key).filter(is_meant).collect();
        if keys.is_empty() {
            keys.push(BucketKey::new(LimitKind::Unstated, request.account));
        }
        for key in keys {
            let until = now.plus(seconds).max(self.buckets.find(&key).map_or(now, |bucket| bucket.at));
            self.buckets.keep(key, Bucket::closed(until));
        }
    }

    pub(super) fn bucket(&self, key: &BucketKey, rate: Rate, now: Timestamp) -> Bucket {
        self.buckets.find(key).unwrap_or_else(|| Bucket::full(rate, now))
    }

    fn verdict(&self, demands: Vec<Demand>, now: Timestamp) -> Verdict {
        let waits = demands.into_iter().map(|Demand { key, rate, needed, .. }| Wait {
            until: self.bucket(&key, rate, now).available_at(rate, u64::from(needed.min(rate.capacity)), now),
            limit: key,
        });
        let latest = waits.filter(|wait| wait.until > now).max_by_key(|wait| wait.until);
        latest.map_or(Verdict::Allowed, Verdict::Wait)
    }

    fn take(&mut self, key: BucketKey, now: Timestamp) {
        let Some(rate) = self.rate(key.kind) else { return };
        let bucket = self.bucket(&key, rate, now).spend(rate, 1, now);
        self.buckets.keep(key, bucket);
    }

    fn rate(&self, kind: LimitKind) -> Option<Rate> {
        match kind {
            LimitKind::Unstated => Some(Rate::UNSTATED),
            _ => self.limits.rate(kind),
        }
    }
}

#[cfg(test)]
mod tests;
