//! The account at a provider, through crashes: every key is on disk before the provider hears of it, and a change that was cut
//! short is settled when the account is opened next.

use super::Provider;
use crate::acme::{AcmeAccount, AcmeError, Ca, Directory, ExternalAccount, Registration};
use crate::budget::{BucketKey, Ledger, LimitKind, Verdict};
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::store::{AccountRecord, ProviderRecord};
use crate::vault::Slot;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use std::collections::BTreeMap;

/// Open the account at a provider, registering it where needed, and remember it or why that failed.
///
/// A person must have agreed to the terms.
pub(crate) async fn open_account(inner: &Inner, provider: &Provider) -> EngineResult<AcmeAccount> {
    remembering(inner, provider, async {
        let session = Asking::begin(inner, provider).await?;
        let (key, url) = session.account().await?;
        let profile = session.record.choices.profile;
        Ok(session.ca.open(session.directory, &key, url, profile.as_deref()).await?)
    })
    .await
}

/// Tell the provider another address that it may write to; `None` removes it.
pub(crate) async fn change_contact(inner: &Inner, provider: &Provider, contact: Option<&str>) -> EngineResult<()> {
    remembering(inner, provider, async {
        let session = Asking::begin(inner, provider).await?;
        let (key, url) = session.account().await?;
        session.ca.set_contact(&session.directory, &key, &url, contact).await?;
        let account = AccountRecord { url, contact: contact.map(str::to_owned) };
        Ok(inner.store.set_account(&provider.id, Some(&account)).await?)
    })
    .await
}

/// Let a new key sign for the account from now on.
pub(crate) async fn change_key(inner: &Inner, provider: &Provider) -> EngineResult<()> {
    remembering(inner, provider, async {
        let session = Asking::begin(inner, provider).await?;
        let (old, url) = session.account().await?;
        let new = session.key(Slot::Next)?;
        session.ca.change_key(&session.directory, &url, &old, &new).await?;
        inner.vault.accounts.promote(&provider.id)
    })
    .await
}

/// Register anew with a new key; the account of before is left alone.
pub(crate) async fn recreate(inner: &Inner, provider: &Provider) -> EngineResult<()> {
    remembering(inner, provider, async {
        let session = Asking::begin(inner, provider).await?;
        session.settle().await?;
        let key = session.key(Slot::Next)?;
        let account = session.register(&key).await?;
        inner.vault.accounts.promote(&provider.id)?;
        Ok(inner.store.set_account(&provider.id, Some(&account)).await?)
    })
    .await
}

/// Close the account for good and forget its key.
pub(crate) async fn deactivate(inner: &Inner, provider: &Provider) -> EngineResult<()> {
    remembering(inner, provider, async {
        let session = Asking::begin(inner, provider).await?;
        session.settle().await?;
        let key = session.key(Slot::Current)?;
        if let Some(url) = session.ca.find(&session.directory, &key).await? {
            session.ca.deactivate(&session.directory, &key, &url).await?;
        }
        inner.store.set_account(&provider.id, None).await?;
        inner.vault.accounts.forget(&provider.id, Slot::Current)
    })
    .await
}

/// A certificate to be revoked.
#[derive(Clone, Copy)]
pub(crate) struct Revoked<'a> {
    /// The certificate, as DER.
    pub(crate) der: &'a [u8],
    /// Its private key as PKCS#8, where that signs; otherwise the account does.
    pub(crate) key_pkcs8: Option<&'a [u8]>,
    /// The CRLReason of RFC 5280, section 5.3.1.
    pub(crate) reason: u8,
}

/// Let a provider revoke a certificate. No account is registered for that.
pub(crate) async fn revoke(inner: &Inner, provider: &Provider, revoked: Revoked<'_>) -> EngineResult<()> {
    let session = Asking::begin(inner, provider).await?;
    let Revoked { der, key_pkcs8, reason } = revoked;
    if let Some(key) = key_pkcs8 {
        return Ok(session.ca.revoke_with_its_key(&session.directory, key, der, reason).await?);
    }
    session.settle().await?;
    let key = inner.vault.accounts.find(&provider.id, Slot::Current)?;
    let key = key.map(|pem| session.pkcs8(&pem)).transpose()?;
    let account = match &key {
        Some(key) => session.ca.find(&session.directory, key).await?,
        None => None,
    };
    let (Some(key), Some(account)) = (key, account) else {
        return Err(AcmeError::Account(format!(
            "there is no account at {}: a certificate can be revoked with its own key, too (--by certificate-key)",
            provider.name
        ))
        .into());
    };
    Ok(session.ca.revoke_for_account(&session.directory, &key, &account, der, reason).await?)
}

/// Remember how it went, for the interface.
async fn remembering<T>(
    inner: &Inner,
    provider: &Provider,
    work: impl Future<Output = EngineResult<T>>,
) -> EngineResult<T> {
    let done = work.await;
    let error = done.as_ref().err().map(ToString::to_string);
    inner.store.set_provider_error(&provider.id, error.as_deref(), inner.clock.now()).await?;
    done
}

/// A provider that is being asked about an account.
struct Asking<'a> {
    inner: &'a Inner,
    provider: &'a Provider,
    record: ProviderRecord,
    ca: Ca,
    directory: Directory,
}

impl<'a> Asking<'a> {
    /// Read the directory, and remember what it says.
    async fn begin(inner: &'a Inner, provider: &'a Provider) -> EngineResult<Self> {
        let ca = provider.ca(&inner.acme)?;
        let directory = ca.directory().await?;
        inner.store.set_directory(&provider.id, &directory.about, inner.clock.now()).await?;
        let record = inner.store.provider(&provider.id).await?;
        Ok(Self { inner, provider, record, ca, directory })
    }

    /// Find the account, or register it: its key and its URL.
    async fn account(&self) -> EngineResult<(Vec<u8>, String)> {
        self.settle().await?;
        let key = self.key(Slot::Current)?;
        let contact = self.inner.config.acme.contact.as_deref();
        let account = match self.ca.find(&self.directory, &key).await? {
            None => self.register(&key).await?,
            Some(url) => {
                let known = self.record.account.clone().filter(|account| account.url == url);
                let contact = match &known {
                    Some(account) => account.contact.clone(),
                    // An account that was found by its key may have another address.
                    None => {
                        self.ca.set_contact(&self.directory, &key, &url, contact).await?;
                        contact.map(str::to_owned)
                    }
                };
                AccountRecord { url, contact }
            }
        };
        if self.record.account.as_ref() != Some(&account) {
            self.inner.store.set_account(&self.provider.id, Some(&account)).await?;
        }
        Ok((key, account.url))
    }

    /// Settle a change of key that was cut short: whichever key the provider knows is the account's.
    async fn settle(&self) -> EngineResult<()> {
        let keys = &self.inner.vault.accounts;
        let Some(next) = keys.find(&self.provider.id, Slot::Next)? else { return Ok(()) };
        let current = keys.find(&self.provider.id, Slot::Current)?;
        let current_is_known = match &current {
            Some(pem) => self.ca.find(&self.directory, &self.pkcs8(pem)?).await?.is_some(),
            None => false,
        };
        if !current_is_known && self.ca.find(&self.directory, &self.pkcs8(&next)?).await?.is_some() {
            return keys.promote(&self.provider.id);
        }
        keys.forget(&self.provider.id, Slot::Next)
    }

    async fn register(&self, key: &[u8]) -> EngineResult<AccountRecord> {
        let external = self.external()?;
        if self.directory.about.external_account_required && external.is_none() {
            return Err(AcmeError::Account(format!(
                "{} registers accounts only for its customers: give the key identifier and the MAC key of your \
                 account there (external account binding)",
                self.provider.name
            ))
            .into());
        }
        if let Some(agreed) = &self.record.agreement {
            self.refuse_other_terms(&agreed.url)?;
        }
        let contact = self.inner.config.acme.contact.clone();
        self.spend_registration().await?;
        let registration = Registration { contact: contact.as_deref(), external: external.as_ref() };
        let url = self.ca.register(&self.directory, key, registration).await.map_err(|error| match error {
            AcmeError::Refused { kind, detail, .. } if external.is_some() && speaks_of_binding(&kind) => {
                AcmeError::Account(format!(
                    "{} does not accept the external account {:?}: {detail} ({kind}); check its key identifier and MAC key",
                    self.provider.name,
                    external.as_ref().map_or("", ExternalAccount::key_id),
                ))
            }
            other => other,
        })?;
        Ok(AccountRecord { url, contact })
    }

    /// The provider's limit of new accounts is kept before it has to say so, too.
    async fn spend_registration(&self) -> EngineResult<()> {
        let (store, now) = (&self.inner.store, self.inner.clock.now());
        let key = BucketKey::new(LimitKind::NewAccounts, "");
        let known = store.bucket(&self.provider.id, &key).await?.map(|bucket| (key.clone(), bucket));
        let mut ledger = Ledger::new(self.provider.limits.clone(), BTreeMap::from_iter(known));
        if let Verdict::Wait(wait) = ledger.may_register(now) {
            let until = wait.until.rfc3339();
            let detail = format!("{} allows no new account before {until}", self.provider.name);
            return Err(AcmeError::RateLimited { detail, retry_after: Some(wait.until.since(now)) }.into());
        }
        ledger.spend_registration(now);
        match ledger.found(&key) {
            Some(bucket) => Ok(store.keep_buckets(&self.provider.id, &[(key, bucket)]).await?),
            None => Ok(()),
        }
    }

    /// A person agreed to one document; another one has to be agreed to before anything new is registered under it.
    fn refuse_other_terms(&self, agreed: &str) -> EngineResult<()> {
        match &self.directory.about.terms_of_service {
            Some(url) if url != agreed => {
                Err(EngineError::TermsNotAgreed { provider: self.provider.name.clone(), url: url.clone() })
            }
            _ => Ok(()),
        }
    }

    fn external(&self) -> EngineResult<Option<ExternalAccount>> {
        let Some(sealed) = &self.record.external else { return Ok(None) };
        let mac_key = self.inner.vault.seal.open_sealed(&external_purpose(&self.provider.id), &sealed.mac_key)?;
        Ok(Some(ExternalAccount::new(sealed.key_id.clone(), mac_key)))
    }

    fn key(&self, slot: Slot) -> EngineResult<Vec<u8>> {
        self.pkcs8(&self.inner.vault.accounts.fetch_or_make(&self.provider.id, slot)?)
    }

    fn pkcs8(&self, pem: &str) -> EngineResult<Vec<u8>> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| EngineError::Configuration(format!("account key of {}: {error}", self.provider.id)))?;
        Ok(key.secret_pkcs8_der().to_vec())
    }
}

/// What an external account's MAC key is sealed for.
pub(crate) fn external_purpose(provider: &str) -> String {
    format!("external account of {provider}")
}

/// Problem types by which providers refuse a binding.
fn speaks_of_binding(kind: &str) -> bool {
    matches!(
        kind,
        "externalAccountRequired" | "unauthorized" | "malformed" | "badSignatureAlgorithm" | "incorrectResponse"
    )
}
