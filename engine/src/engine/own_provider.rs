//! Changing a certificate authority of the administrator's own.

use super::Engine;
use crate::error::{EngineError, EngineResult};
use crate::model::DirectoryAbout;
use crate::provider;
use crate::store::AddedProvider;

impl Engine {
    /// Fetch a certificate authority that was added, e.g. to change it with [`Engine::change_provider`].
    ///
    /// # Errors
    /// Where none of this name was added.
    pub async fn added_provider(&self, id: &str) -> EngineResult<AddedProvider> {
        let added = self.inner.store.added_providers().await?.into_iter().find(|provider| provider.id == id);
        if let Some(added) = added {
            return Ok(added);
        }
        let known = self.catalogue_entry(id).await?;
        let reason = match known.origin {
            crate::model::ProviderOrigin::Configuration => "it is changed in the configuration file",
            _ => "it comes with AutoSSL and cannot be changed",
        };
        Err(EngineError::RefusedProvider { provider: id.to_owned(), reason: reason.to_owned() })
    }

    /// Change a certificate authority that was added; its directory is read first, as when it was added.
    ///
    /// Its account's key stays: where the new directory does not know it, the key is registered there at the next use.
    ///
    /// # Errors
    /// Where none of this name was added, or the URL is not that of a directory at an address that it may have; it stays as it
    /// was then.
    pub async fn change_provider(&self, changed: &AddedProvider) -> EngineResult<DirectoryAbout> {
        let inner = &self.inner;
        self.added_provider(&changed.id).await?;
        let entry = provider::added(changed.clone())
            .map_err(|reason| EngineError::RefusedDirectory { provider: changed.id.clone(), reason })?;
        let about = entry.ca(&inner.acme)?.directory().await?.about;
        inner.store.change_provider(changed).await?;
        inner.store.set_directory(&changed.id, &about, inner.clock.now()).await?;
        Ok(about)
    }
}
