//! The providers that take what the selected one cannot, and how well each of them does.

use super::provider::TermsAnswer;
use super::{Engine, Inner};
use crate::budget::{Charge, Ledger, OrderRequest, Purpose, Verdict};
use crate::error::{EngineError, EngineResult};
use crate::model::{ProviderHealth, ProviderSummary, TermsState};
use crate::provider::Provider;
use crate::provider::order::{self, Shift};
use crate::store::{Agreement, ProviderRecord};
use std::collections::BTreeMap;

impl Engine {
    /// Let these providers take, in this order, what the selected one cannot; none clears the list. All that orders go to are the answer.
    ///
    /// Those that are not in the list yet are registered at, as [`Engine::select_provider`] does; the others are not asked, so that
    /// the order can be changed while one of them is down.
    ///
    /// # Errors
    /// As for [`Engine::select_provider`], and where no provider is selected or one is named twice; the list stays as it was then.
    pub async fn set_fallbacks(&self, ids: &[String], answer: &TermsAnswer) -> EngineResult<Vec<ProviderSummary>> {
        let inner = &self.inner;
        let before = inner.store.provider_order().await?;
        if before.is_empty() && !ids.is_empty() {
            return Err(EngineError::NoProvider);
        }
        if let Some((provider, reason)) = order::objection(&before, ids) {
            return Err(EngineError::RefusedProvider { provider, reason: reason.to_owned() });
        }
        for id in ids.iter().filter(|id| !before.contains(id)) {
            self.register(id, answer).await?;
        }
        let decide = Box::new(|order: &[String]| order::with_fallbacks(order, ids));
        inner.store.reorder_providers(decide, inner.clock.now()).await?;
        self.providers_in_order().await
    }

    /// Let one more provider take what those in the list cannot.
    ///
    /// # Errors
    /// As for [`Engine::set_fallbacks`].
    pub async fn add_fallback(&self, id: &str, answer: &TermsAnswer) -> EngineResult<()> {
        let inner = &self.inner;
        let before = inner.store.provider_order().await?;
        if before.is_empty() {
            return Err(EngineError::NoProvider);
        }
        if !before.iter().any(|other| other == id) {
            self.register(id, answer).await?;
        }
        let decide = Box::new(|order: &[String]| order::with(order, id));
        inner.store.reorder_providers(decide, inner.clock.now()).await?;
        Ok(())
    }

    /// Take a provider out of the list; orders that it has are finished there.
    ///
    /// # Errors
    /// Where orders go to it first.
    pub async fn remove_fallback(&self, id: &str) -> EngineResult<()> {
        if self.inner.store.selected_provider().await?.as_deref() == Some(id) {
            let reason = "orders go to it first: select another one, or disable AutoSSL".to_owned();
            return Err(EngineError::RefusedProvider { provider: id.to_owned(), reason });
        }
        self.inner.leave_order(id).await
    }

    /// Let a provider of the list change places with its neighbour.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn shift_provider(&self, id: &str, shift: Shift) -> EngineResult<()> {
        let decide = Box::new(|order: &[String]| order::shifted(order, id, shift));
        self.inner.store.reorder_providers(decide, self.inner.clock.now()).await?;
        Ok(())
    }

    /// List the providers that orders go to, the first before the others.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn providers_in_order(&self) -> EngineResult<Vec<ProviderSummary>> {
        let inner = &self.inner;
        let order = inner.store.provider_order().await?;
        let mut summaries = Vec::with_capacity(order.len());
        for provider in inner.providers_in_order().await? {
            let record = inner.store.provider(&provider.id).await?;
            summaries.push(inner.summary(&provider, &record, &order).await?);
        }
        Ok(summaries)
    }
}

impl Inner {
    /// Send no orders to a provider any more.
    pub(super) async fn leave_order(&self, id: &str) -> EngineResult<()> {
        self.store.reorder_providers(Box::new(|order| order::without(order, id)), self.clock.now()).await?;
        Ok(())
    }

    /// Sum up what is known of a provider; `order` are those that orders go to.
    pub(super) async fn summary(
        &self,
        provider: &Provider,
        record: &ProviderRecord,
        order: &[String],
    ) -> EngineResult<ProviderSummary> {
        let place = order.iter().position(|id| *id == provider.id);
        Ok(ProviderSummary {
            id: provider.id.clone(),
            name: provider.name.clone(),
            directory_url: provider.directory_url.clone(),
            selected: place == Some(0),
            fallback: place.and_then(|place| u32::try_from(place).ok()).filter(|place| *place > 0),
            health: self.health(provider, record).await?,
            terms: match record.agreement.clone() {
                Some(Agreement { by, at, url }) => TermsState::Agreed { by, at, url },
                None => TermsState::NotAgreed,
            },
            account_url: record.account.as_ref().map(|account| account.url.clone()),
            last_error: record.last_error.clone(),
        })
    }

    async fn health(&self, provider: &Provider, record: &ProviderRecord) -> EngineResult<ProviderHealth> {
        if let Some((since, next_try)) = record.breaker.down() {
            return Ok(ProviderHealth::Down { since, next_try });
        }
        let Some(account) = &record.account else { return Ok(ProviderHealth::Healthy) };
        let buckets: BTreeMap<_, _> = self.store.buckets(&provider.id).await?.into_iter().collect();
        // Without names only the limits of the whole account are asked.
        let (charge, purpose) = (Charge::Full, Purpose::Ordinary);
        let request = OrderRequest { account: &account.url, names: &[], charge, purpose };
        match Ledger::new(provider.limits.clone(), buckets).may_order(&request, self.clock.now()) {
            Verdict::Wait(wait) => Ok(ProviderHealth::Limited { until: wait.until }),
            Verdict::Allowed => Ok(ProviderHealth::Healthy),
        }
    }
}
