//! Choosing a provider, agreeing to its terms, registering its account.

use super::Engine;
use crate::error::{EngineError, EngineResult};
use crate::model::{ProviderSummary, TermsState};
use crate::provider::Provider;
use crate::store::{Agreement, ProviderRecord};

/// A person's word on a provider's terms of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermsAnswer {
    /// The named person agrees.
    Agreed {
        /// Who agrees.
        by: String,
    },
    /// Nothing was said; an earlier agreement counts.
    NotAsked,
}

impl Engine {
    /// List the providers of the catalogue.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn providers(&self) -> EngineResult<Vec<ProviderSummary>> {
        let selected = self.inner.store.selected_provider().await?;
        let mut summaries = Vec::with_capacity(self.inner.catalogue.len());
        for provider in &self.inner.catalogue {
            let record = self.inner.store.provider(&provider.id).await?;
            summaries.push(summary(provider, record, selected.as_deref() == Some(&provider.id)));
        }
        Ok(summaries)
    }

    /// Show the provider that orders go to, if one is chosen.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn current_provider(&self) -> EngineResult<Option<ProviderSummary>> {
        let Some(id) = self.inner.store.selected_provider().await? else { return Ok(None) };
        let Some(provider) = self.inner.catalogue.iter().find(|provider| provider.id == id) else { return Ok(None) };
        Ok(Some(summary(provider, self.inner.store.provider(&id).await?, true)))
    }

    /// Send orders to a provider from now on: read its directory, check the terms, register the account, then choose it.
    ///
    /// # Errors
    /// Where the provider is unknown, does not answer, or its terms are not agreed to; the choice stays as it was then.
    pub async fn select_provider(&self, id: &str, answer: &TermsAnswer) -> EngineResult<ProviderSummary> {
        let inner = &self.inner;
        let provider = self.catalogue_entry(id)?;
        let record = inner.store.provider(id).await?;
        let terms = inner.acme.directory(&provider.directory_url).await?.terms_of_service.unwrap_or_default();
        let agreement = match (answer, &record.agreement) {
            (TermsAnswer::Agreed { by }, _) => {
                Some(Agreement { by: by.clone(), at: inner.clock.now(), url: terms.clone() })
            }
            (TermsAnswer::NotAsked, Some(agreed)) if agreed.url == terms => None,
            (TermsAnswer::NotAsked, _) if terms.is_empty() => None,
            (TermsAnswer::NotAsked, _) => {
                return Err(EngineError::TermsNotAgreed { provider: provider.name.clone(), url: terms });
            }
        };
        crate::provider::open_account(inner, provider).await?;
        inner.store.select_provider(Some(id), agreement.as_ref()).await?;
        Ok(summary(provider, inner.store.provider(id).await?, true))
    }

    /// Send no orders anywhere from now on.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn disable_provider(&self) -> EngineResult<()> {
        Ok(self.inner.store.select_provider(None, None).await?)
    }

    pub(crate) fn catalogue_entry(&self, id: &str) -> EngineResult<&Provider> {
        let found = self.inner.catalogue.iter().find(|provider| provider.id == id);
        found.ok_or_else(|| EngineError::UnknownProvider(id.to_owned()))
    }
}

fn summary(provider: &Provider, record: ProviderRecord, selected: bool) -> ProviderSummary {
    ProviderSummary {
        id: provider.id.clone(),
        name: provider.name.clone(),
        directory_url: provider.directory_url.clone(),
        selected,
        terms: match record.agreement {
            Some(Agreement { by, at, url }) => TermsState::Agreed { by, at, url },
            None => TermsState::NotAgreed,
        },
        account_url: record.account_url,
        last_error: record.last_error,
    }
}
