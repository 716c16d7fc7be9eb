//! What is left of a provider's limits: those of the account, and the tightest of the others.

use super::Provider;
use crate::budget::{BucketKey, Ledger, LimitKind, Rate, new_names_in_words};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::{Budget, Gauge};
use crate::store::ProviderRecord;
use std::collections::BTreeMap;

/// Of limits that are counted for many domains or names, so many are shown.
const TIGHTEST: u32 = 3;

/// Look up what is left, and how long it takes to order so many new names.
///
/// Only a few buckets are read, however many there are.
pub(crate) async fn budget(
    inner: &Inner,
    provider: &Provider,
    record: &ProviderRecord,
    names: u32,
) -> EngineResult<Budget> {
    let account = record.account.as_ref().map_or("", |account| account.url.as_str());
    let now = inner.clock.now();
    let (mut gauges, mut known) = (Vec::new(), BTreeMap::new());
    let counted = provider.limits.rates().filter(|(kind, _)| *kind != LimitKind::Requests);
    for (kind, rate) in counted.chain([(LimitKind::Unstated, Rate::UNSTATED)]) {
        let key = match kind {
            LimitKind::RegisteredDomain | LimitKind::ExactSet | LimitKind::FailedValidations => {
                let tightest = inner.store.tightest_buckets(&provider.id, (kind, rate), now, TIGHTEST).await?;
                let full = tightest.is_empty().then(|| Gauge::read(&BucketKey::new(kind, ""), rate, None, now));
                gauges.extend(tightest.iter().map(|(key, bucket)| Gauge::read(key, rate, Some(*bucket), now)));
                gauges.extend(full);
                continue;
            }
            LimitKind::NewAccounts => BucketKey::new(kind, ""),
            LimitKind::NewOrders | LimitKind::Requests | LimitKind::Unstated => BucketKey::new(kind, account),
        };
        let bucket = inner.store.bucket(&provider.id, &key).await?;
        let gauge = Gauge::read(&key, rate, bucket, now);
        // What the authority has not closed is no limit.
        if kind != LimitKind::Unstated || gauge.left == 0 {
            gauges.push(gauge);
        }
        known.extend(bucket.map(|bucket| (key, bucket)));
    }
    let forecast = match gauges.is_empty() {
        true => String::new(),
        false => new_names_in_words(names, account, &Ledger::new(provider.limits.clone(), known), now),
    };
    Ok(Budget { gauges, forecast })
}
