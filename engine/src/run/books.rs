//! The books of a provider's limits while a run works: spent in memory and in the store in one step.

use crate::acme::AcmeError;
use crate::budget::{Bucket, BucketKey, CaRefusal, Charge, Ledger, OrderRequest, Purpose, Verdict, Wait};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::Timestamp;
use crate::provider::Provider;
use std::collections::BTreeMap;
use tokio::sync::Mutex;

type Buckets = BTreeMap<BucketKey, Bucket>;

/// The books of one provider.
pub(super) struct Books {
    provider: String,
    account: String,
    ledger: Mutex<Ledger<Buckets>>,
}

/// Read a provider's ledger. Buckets that are full again are forgotten on the way.
pub(super) async fn open_ledger(inner: &Inner, provider: &Provider) -> EngineResult<Ledger<Buckets>> {
    let now = inner.clock.now();
    let known = inner.store.buckets(&provider.id).await?;
    let is_full = |(key, bucket): &(BucketKey, Bucket)| match provider.limits.rate(key.kind) {
        Some(rate) => bucket.is_full(rate, now),
        None => bucket.at <= now,
    };
    let (full, rest): (Vec<_>, Vec<_>) = known.into_iter().partition(is_full);
    if !full.is_empty() {
        let keys: Vec<BucketKey> = full.into_iter().map(|(key, _)| key).collect();
        inner.store.drop_buckets(&provider.id, &keys).await?;
    }
    Ok(Ledger::new(provider.limits.clone(), rest.into_iter().collect()))
}

impl Books {
    /// Go on with a ledger for an account.
    pub(super) fn new(provider: &Provider, account: &str, ledger: Ledger<Buckets>) -> Self {
        Self { provider: provider.id.clone(), account: account.to_owned(), ledger: Mutex::new(ledger) }
    }

    /// Spend what an order costs, or tell until when it has to wait. What was spent is on disk when this returns.
    pub(super) async fn order(
        &self,
        inner: &Inner,
        names: &[String],
        charge: Charge,
        purpose: Purpose,
    ) -> EngineResult<Option<Wait>> {
        let now = inner.clock.now();
        let request = OrderRequest { account: &self.account, names, charge, purpose };
        let mut ledger = self.ledger.lock().await;
        if let Verdict::Wait(wait) = ledger.may_order(&request, now) {
            return Ok(Some(wait));
        }
        ledger.spend(&request, now);
        let keys = ledger.demands(&request).into_iter().filter(|demand| demand.spent > 0).map(|demand| demand.key);
        self.keep(inner, &ledger, keys.collect()).await?;
        Ok(None)
    }

    /// Record that the provider failed to validate a name.
    pub(super) async fn failed_validation(&self, inner: &Inner, name: &str) -> EngineResult<()> {
        let mut ledger = self.ledger.lock().await;
        ledger.spend_failed_validation(&self.account, name, inner.clock.now());
        self.keep(inner, &ledger, vec![BucketKey::failed_validations(&self.account, name)]).await
    }

    /// Believe the provider's word that a limit is reached.
    pub(super) async fn believe(&self, inner: &Inner, error: &AcmeError, names: &[String]) -> EngineResult<()> {
        let AcmeError::RateLimited { detail, retry_after } = error else { return Ok(()) };
        let now = inner.clock.now();
        let header: Option<Timestamp> = retry_after.map(|seconds| now.plus(seconds));
        let refusal = CaRefusal::read(detail, header);
        let request = OrderRequest { account: &self.account, names, charge: Charge::Full, purpose: Purpose::Ordinary };
        let mut ledger = self.ledger.lock().await;
        ledger.reconcile(&refusal, &request, now);
        let keys = ledger.demands(&request).into_iter().map(|demand| demand.key).collect();
        self.keep(inner, &ledger, keys).await
    }

    async fn keep(&self, inner: &Inner, ledger: &Ledger<Buckets>, keys: Vec<BucketKey>) -> EngineResult<()> {
        let buckets: Vec<_> = keys.into_iter().filter_map(|key| Some((key.clone(), ledger.found(&key)?))).collect();
        if buckets.is_empty() {
            return Ok(());
        }
        Ok(inner.store.keep_buckets(&self.provider, &buckets).await?)
    }
}
