//! Choosing a provider, agreeing to its terms, its account, and providers of the administrator's own.

use super::{Engine, Inner};
use crate::acme::ExternalAccount;
use crate::error::{EngineError, EngineResult};
use crate::model::{Budget, DirectoryAbout, ProviderDetail, ProviderSummary};
use crate::provider::{self, Measured, Provider};
use crate::store::{AddedProvider, Agreement, OrderChoices, SealedExternalAccount};
use crate::vault::Slot;
use std::time::Duration;
use tokio::time::Instant;

/// The forecast of each provider is for so many new names.
const FORECAST_NAMES: u32 = 10_000;

/// A person's word on a provider's terms of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermsAnswer {
    /// The named person agrees.
    Agreed {
        /// Who agrees.
        by: String,
    },
    /// The named person agrees to the terms at this URL, and to no others.
    AgreedTo {
        /// Who agrees.
        by: String,
        /// Where the terms are that were read; empty where the provider names none.
        url: String,
    },
    /// Nothing was said; an earlier agreement counts.
    NotAsked,
}

/// What came of asking a provider for its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderTest {
    /// What the directory says.
    pub about: DirectoryAbout,
    /// How long the answer took.
    pub took: Duration,
}

impl Inner {
    /// List the whole catalogue: built-in, configured, added.
    pub(crate) async fn catalogue(&self) -> EngineResult<Vec<Provider>> {
        let mut all = self.catalogue.clone();
        for added in self.store.added_providers().await? {
            all.push(entry(added)?);
        }
        Ok(all)
    }

    /// List the providers that orders go to, the first before the others. One that the catalogue does not have any more is left out.
    pub(crate) async fn providers_in_order(&self) -> EngineResult<Vec<Provider>> {
        let mut providers = Vec::new();
        for id in self.store.provider_order().await? {
            match self.find_provider(&id).await? {
                Some(provider) => providers.push(provider),
                None => tracing::warn!(provider.id = id, "orders cannot go to a provider that is not in the catalogue"),
            }
        }
        Ok(providers)
    }

    /// Find a provider; `None` where the catalogue has none of this name.
    pub(crate) async fn find_provider(&self, id: &str) -> EngineResult<Option<Provider>> {
        if let Some(known) = self.catalogue.iter().find(|provider| provider.id == id) {
            return Ok(Some(known.clone()));
        }
        let added = self.store.added_providers().await?.into_iter().find(|provider| provider.id == id);
        added.map(entry).transpose()
    }
}

impl Engine {
    /// List the providers of the catalogue.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn providers(&self) -> EngineResult<Vec<ProviderDetail>> {
        let inner = &self.inner;
        let order = inner.store.provider_order().await?;
        let deliveries = provider::deliveries(inner).await?;
        let mut details = Vec::new();
        for provider in inner.catalogue().await? {
            let record = inner.store.provider(&provider.id).await?;
            let summary = inner.summary(&provider, &record, &order).await?;
            let budget = match order.contains(&provider.id) || record.account.is_some() {
                true => provider::budget(inner, &provider, &record, FORECAST_NAMES).await?,
                false => Budget::default(),
            };
            let delivery = deliveries.get(&provider.id).copied();
            details.push(provider::detail(&provider, record, Measured { summary, budget, delivery }));
        }
        Ok(details)
    }

    /// Show the provider that orders go to, if one is chosen.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn current_provider(&self) -> EngineResult<Option<ProviderSummary>> {
        let order = self.inner.store.provider_order().await?;
        let Some(id) = order.first() else { return Ok(None) };
        let Some(provider) = self.inner.find_provider(id).await? else { return Ok(None) };
        let record = self.inner.store.provider(id).await?;
        Ok(Some(self.inner.summary(&provider, &record, &order).await?))
    }

    /// Send orders to a provider from now on: read its directory, check the terms, register the account, then choose it.
    ///
    /// A fallback moves to the front; any other takes the place of the one that was selected.
    ///
    /// # Errors
    /// Where the provider is unknown, does not answer, its terms are not agreed to, or it wants an external account that is not
    /// set; the choice stays as it was then.
    pub async fn select_provider(&self, id: &str, answer: &TermsAnswer) -> EngineResult<ProviderSummary> {
        let inner = &self.inner;
        let provider = self.register(id, answer).await?;
        let decide = Box::new(|order: &[String]| provider::order::selected(order, id));
        let order = inner.store.reorder_providers(decide, inner.clock.now()).await?;
        inner.summary(&provider, &inner.store.provider(id).await?, &order).await
    }

    /// Check a provider's terms and open the account there, registering it where there is none.
    pub(super) async fn register(&self, id: &str, answer: &TermsAnswer) -> EngineResult<Provider> {
        let inner = &self.inner;
        let provider = self.catalogue_entry(id).await?;
        let record = inner.store.provider(id).await?;
        let about = self.ask(&provider).await?;
        // Whoever is refused now finds the terms where the provider is shown.
        inner.store.set_directory(id, &about, inner.clock.now()).await?;
        let terms = about.terms_of_service.unwrap_or_default();
        let agreement = match (answer, &record.agreement) {
            (TermsAnswer::Agreed { by }, _) => {
                Some(Agreement { by: by.clone(), at: inner.clock.now(), url: terms.clone() })
            }
            (TermsAnswer::AgreedTo { by, url }, _) if *url == terms => {
                Some(Agreement { by: by.clone(), at: inner.clock.now(), url: terms.clone() })
            }
            (TermsAnswer::NotAsked, Some(agreed)) if agreed.url == terms => None,
            (TermsAnswer::NotAsked, _) if terms.is_empty() => None,
            (TermsAnswer::NotAsked | TermsAnswer::AgreedTo { .. }, _) => {
                return Err(EngineError::TermsNotAgreed { provider: provider.name.clone(), url: terms });
            }
        };
        // What a person agreed to is written down before the provider is told so.
        if let Some(agreement) = &agreement {
            inner.store.set_agreement(id, agreement).await?;
        }
        provider::open_account(inner, &provider).await?;
        inner.store.set_breaker(id, record.breaker.after_answer()).await?;
        Ok(provider)
    }

    /// Send no orders anywhere from now on.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn disable_provider(&self) -> EngineResult<()> {
        self.inner.store.reorder_providers(Box::new(|_| Vec::new()), self.inner.clock.now()).await?;
        Ok(())
    }

    /// Read a provider's directory as a test of the connection.
    ///
    /// # Errors
    /// Where the provider is unknown or does not answer as a certificate authority.
    pub async fn test_provider(&self, id: &str) -> EngineResult<ProviderTest> {
        let inner = &self.inner;
        let provider = self.catalogue_entry(id).await?;
        let began = Instant::now();
        let about = self.ask(&provider).await?;
        let took = began.elapsed();
        inner.store.set_directory(id, &about, inner.clock.now()).await?;
        let breaker = inner.store.provider(id).await?.breaker;
        inner.store.set_breaker(id, breaker.after_answer()).await?;
        Ok(ProviderTest { about, took })
    }

    /// Read a provider's directory, and remember whether that worked.
    async fn ask(&self, provider: &Provider) -> EngineResult<DirectoryAbout> {
        let inner = &self.inner;
        let asked = async { provider.ca(&inner.acme)?.directory().await }.await;
        let error = asked.as_ref().err().map(ToString::to_string);
        inner.store.set_provider_error(&provider.id, error.as_deref(), inner.clock.now()).await?;
        Ok(asked?.about)
    }

    /// Set the customer's account at a provider that its next account is bound to (RFC 8555, section 7.3.4); `None` forgets it.
    ///
    /// An account that exists stays bound to what it was registered with: see [`Engine::recreate_account`].
    ///
    /// # Errors
    /// Where the provider is unknown.
    pub async fn set_external_account(&self, id: &str, external: Option<&ExternalAccount>) -> EngineResult<()> {
        self.catalogue_entry(id).await?;
        let sealed = match external {
            None => None,
            Some(external) => {
                let mac_key = self.inner.vault.seal.seal(&provider::external_purpose(id), external.mac_key())?;
                Some(SealedExternalAccount { key_id: external.key_id().to_owned(), mac_key })
            }
        };
        Ok(self.inner.store.set_external_account(id, sealed.as_ref()).await?)
    }

    /// Choose the profile that certificates of a provider are ordered with, and the root that their chain should end at.
    ///
    /// # Errors
    /// Where the provider is unknown, or its directory is known and offers no such profile.
    pub async fn set_order_choices(&self, id: &str, choices: &OrderChoices) -> EngineResult<()> {
        let provider = self.catalogue_entry(id).await?;
        if let (Some(profile), Some((about, _))) = (&choices.profile, self.inner.store.provider(id).await?.about)
            && !about.profiles.iter().any(|offered| offered.name == *profile)
        {
            let offered: Vec<_> = about.profiles.into_iter().map(|profile| profile.name).collect();
            return Err(EngineError::UnknownProfile {
                provider: provider.name,
                profile: profile.clone(),
                offered: if offered.is_empty() { "none".into() } else { offered.join(", ") },
            });
        }
        Ok(self.inner.store.set_order_choices(id, choices).await?)
    }

    /// Tell a provider another address that it may write to; `None` removes it.
    ///
    /// # Errors
    /// Where the provider is unknown, does not answer or refuses the address.
    pub async fn change_contact(&self, id: &str, contact: Option<&str>) -> EngineResult<()> {
        provider::change_contact(&self.inner, &self.catalogue_entry(id).await?, contact).await
    }

    /// Let a new key sign for the account at a provider from now on (RFC 8555, section 7.3.5).
    ///
    /// # Errors
    /// Where the provider is unknown, does not answer or does not offer it; the key stays as it was then.
    pub async fn change_account_key(&self, id: &str) -> EngineResult<()> {
        provider::change_key(&self.inner, &self.catalogue_entry(id).await?).await
    }

    /// Register at a provider anew, with a new key and the external account that is set now.
    ///
    /// # Errors
    /// Where the provider is unknown, does not answer or refuses; the account stays as it was then.
    pub async fn recreate_account(&self, id: &str) -> EngineResult<()> {
        provider::recreate(&self.inner, &self.catalogue_entry(id).await?).await
    }

    /// Close the account at a provider for good; orders go there no more, but to its fallbacks, if there are any.
    ///
    /// # Errors
    /// Where the provider is unknown, does not answer or refuses.
    pub async fn deactivate_account(&self, id: &str) -> EngineResult<()> {
        let provider = self.catalogue_entry(id).await?;
        self.inner.leave_order(id).await?;
        provider::deactivate(&self.inner, &provider).await
    }

    /// Add a certificate authority by its directory's URL; its directory is read first.
    ///
    /// # Errors
    /// Where the short name is taken, or the URL is not that of a directory at an address that it may have.
    pub async fn add_provider(&self, new: &AddedProvider) -> EngineResult<DirectoryAbout> {
        let provider = || new.id.clone();
        provider::check_id(&new.id, &self.inner.catalogue().await?)
            .map_err(|reason| EngineError::RefusedProvider { provider: provider(), reason })?;
        let entry = provider::added(new.clone())
            .map_err(|reason| EngineError::RefusedDirectory { provider: provider(), reason })?;
        let about = entry.ca(&self.inner.acme)?.directory().await?.about;
        self.inner.store.add_provider(new).await?;
        self.inner.store.set_directory(&new.id, &about, self.inner.clock.now()).await?;
        Ok(about)
    }

    /// Forget a certificate authority that was added, with its account's key; a fallback leaves the list.
    ///
    /// # Errors
    /// Where none of this name was added, or orders go to it first, or orders are open there.
    pub async fn remove_provider(&self, id: &str) -> EngineResult<()> {
        let refuse = |reason: String| EngineError::RefusedProvider { provider: id.to_owned(), reason };
        if self.inner.store.selected_provider().await?.as_deref() == Some(id) {
            return Err(refuse("orders go to it: select another one first".into()));
        }
        match self.inner.store.orders_open_at(id).await? {
            0 => {}
            open => return Err(refuse(format!("open orders there: {open}; wait until they are done, or cancel them"))),
        }
        self.inner.leave_order(id).await?;
        self.inner.store.remove_provider(id).await?;
        self.inner.vault.accounts.forget(id, Slot::Next)?;
        self.inner.vault.accounts.forget(id, Slot::Current)
    }

    pub(crate) async fn catalogue_entry(&self, id: &str) -> EngineResult<Provider> {
        let found = self.inner.find_provider(id).await?;
        found.ok_or_else(|| EngineError::UnknownProvider(id.to_owned()))
    }
}

fn entry(added: AddedProvider) -> EngineResult<Provider> {
    let id = added.id.clone();
    provider::added(added).map_err(|reason| EngineError::Configuration(format!("provider {id:?}: {reason}")))
}
