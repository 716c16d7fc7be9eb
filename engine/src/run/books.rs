//! The books of a provider's limits while a run works: spent in memory and in the store in one step.

use crate::acme::AcmeError;
use crate::budget::{Bucket, BucketKey, CaRefusal, Charge, Ledger, OrderRequest, Purpose, Verdict, Wait};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::Timestamp;
use crate::provider::Provider;
use std::collections::{BTreeMap, HashMap};
use tokio::sync::Mutex;

type Buckets = BTreeMap<BucketKey, Bucket>;

/// The books of one provider.
pub(super) struct Books {
    provider: String,
    pages: Mutex<Pages>,
}

struct Pages {
    account: String,
    ledger: Ledger<Buckets>,
    /// How many orders this run has told to wait for a limit: the next one comes after them, not together with them.
    in_line: HashMap<BucketKey, u64>,
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
        let pages = Pages { account: account.to_owned(), ledger, in_line: HashMap::new() };
        Self { provider: provider.id.clone(), pages: Mutex::new(pages) }
    }

    /// Go on for this account, which was found or made meanwhile.
    pub(super) async fn use_account(&self, url: &str) {
        url.clone_into(&mut self.pages.lock().await.account);
    }

    /// Tell until when an order would have to wait, after those that wait already; `None` where it may be sent.
    pub(super) async fn look(&self, inner: &Inner, names: &[String], charge: Charge, purpose: Purpose) -> Option<Wait> {
        let now = inner.clock.now();
        let pages = self.pages.lock().await;
        pages.wait(&OrderRequest { account: &pages.account, names, charge, purpose }, now)
    }

    /// Let an order wait for a limit, before those that come later.
    pub(super) async fn line_up(&self, limit: &BucketKey) {
        *self.pages.lock().await.in_line.entry(limit.clone()).or_default() += 1;
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
        let mut pages = self.pages.lock().await;
        let Pages { account, ledger, .. } = &mut *pages;
        let request = OrderRequest { account, names, charge, purpose };
        if ledger.may_order(&request, now) == Verdict::Allowed {
            ledger.spend(&request, now);
            let keys = ledger.demands(&request).into_iter().filter(|demand| demand.spent > 0).map(|demand| demand.key);
            self.keep(inner, ledger, keys.collect()).await?;
            return Ok(None);
        }
        Ok(pages.wait(&OrderRequest { account: &pages.account, names, charge, purpose }, now))
    }

    /// Record that the provider failed to validate a name.
    pub(super) async fn failed_validation(&self, inner: &Inner, name: &str) -> EngineResult<()> {
        let mut pages = self.pages.lock().await;
        let Pages { account, ledger, .. } = &mut *pages;
        ledger.spend_failed_validation(account, name, inner.clock.now());
        self.keep(inner, ledger, vec![BucketKey::failed_validations(account, name)]).await
    }

    /// Believe the provider's word that a limit is reached.
    pub(super) async fn believe(&self, inner: &Inner, error: &AcmeError, names: &[String]) -> EngineResult<()> {
        let AcmeError::RateLimited { detail, retry_after } = error else { return Ok(()) };
        let now = inner.clock.now();
        let header: Option<Timestamp> = retry_after.map(|seconds| now.plus(seconds));
        let refusal = CaRefusal::read(detail, header);
        let mut pages = self.pages.lock().await;
        let Pages { account, ledger, .. } = &mut *pages;
        let request = OrderRequest { account, names, charge: Charge::Full, purpose: Purpose::Ordinary };
        ledger.reconcile(&refusal, &request, now);
        let keys = ledger.demands(&request).into_iter().map(|demand| demand.key).collect();
        self.keep(inner, ledger, keys).await
    }

    async fn keep(&self, inner: &Inner, ledger: &Ledger<Buckets>, keys: Vec<BucketKey>) -> EngineResult<()> {
        let buckets: Vec<_> = keys.into_iter().filter_map(|key| Some((key.clone(), ledger.found(&key)?))).collect();
        if buckets.is_empty() {
            return Ok(());
        }
        Ok(inner.store.keep_buckets(&self.provider, &buckets).await?)
    }
}

impl Pages {
    fn wait(&self, request: &OrderRequest<'_>, now: Timestamp) -> Option<Wait> {
        let Verdict::Wait(wait) = self.ledger.may_order(request, now) else { return None };
        let before = self.in_line.get(&wait.limit).copied().unwrap_or(0);
        Some(Wait { until: self.ledger.may_order_after(request, &wait.limit, before, now), ..wait })
    }
}
