//! Users, overrides and imports.

use super::{Engine, Inner};
use crate::acme::Reach;
use crate::config::CertificatesPer;
use crate::error::{EngineError, EngineResult};
use crate::inventory::{Addresses, ImportFile, ImportFormat, Source, checked_name, per_host};
use crate::model::{InventorySource, KeyType, Override, Page, UserDetail, UserQuery, UserRow};
use crate::run::schedule;
use crate::store::{Inventory, Replaces};

impl Inner {
    /// Tell which addresses may be websites: private ones only where a provider may be at such.
    pub(crate) async fn addresses(&self) -> EngineResult<Addresses> {
        let is_anywhere = self.catalogue().await?.iter().any(|provider| provider.reach == Reach::Anywhere);
        Ok(if is_anywhere { Addresses::Anywhere } else { Addresses::PublicOnly })
    }

    /// Make each name a website of its own where each is to have a certificate of its own.
    pub(crate) fn grouped(&self, inventory: Inventory) -> Inventory {
        match self.config.certificates_per {
            CertificatesPer::Website => inventory,
            CertificatesPer::Host => per_host(inventory),
        }
    }
}

impl Engine {
    /// Import users, packages and websites from a file's text and tell how many users it named.
    ///
    /// # Errors
    /// Where the text is refused, with line and reason, or has websites while they come from Apache; nothing is changed then.
    pub async fn import(&self, text: &str, format: ImportFormat) -> EngineResult<usize> {
        let addresses = self.inner.addresses().await?;
        let mut inventory = ImportFile { text, format, addresses }.read().await?.unwrap_or_default().inventory;
        if self.inventory_source() == InventorySource::Apache {
            if let Some(user) = inventory.users.iter().find(|user| !user.websites.is_empty()) {
                return Err(EngineError::ManagedByApache {
                    object: format!("the list of websites of user {}", user.name),
                });
            }
            inventory.replaces = Replaces::Accounts;
        }
        let users = inventory.users.len();
        self.inner.store.import(&self.inner.grouped(inventory)).await?;
        self.check_soon().await?;
        Ok(users)
    }

    /// Let all users be checked a little later, where the schedule wants that after changes.
    pub(super) async fn check_soon(&self) -> EngineResult<()> {
        let inner = &self.inner;
        if inner.config.schedule.after_changes {
            let at = inner.clock.now().plus(schedule::CHANGES_SETTLE);
            inner.store.set_next_time(schedule::AFTER_CHANGES, at).await?;
        }
        Ok(())
    }

    /// List users.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn users(&self, query: &UserQuery) -> EngineResult<Page<UserRow>> {
        Ok(self.inner.store.users(query, self.inner.clock.now()).await?)
    }

    /// Show one user with websites and names.
    ///
    /// # Errors
    /// Where there is no such user.
    pub async fn user(&self, name: &str) -> EngineResult<UserDetail> {
        Ok(self.inner.store.user(name, self.inner.clock.now()).await?)
    }

    /// Set the override of the named users and tell how many there were; all or nothing.
    ///
    /// # Errors
    /// Where a name is no user.
    pub async fn set_override(&self, names: &[String], decision: Override) -> EngineResult<u32> {
        Ok(self.inner.store.set_override(names, decision).await?)
    }

    /// Set the override of every user that matches a query, whatever its page, and tell how many there were.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn set_override_matching(&self, query: &UserQuery, decision: Override) -> EngineResult<u32> {
        Ok(self.inner.store.set_override_matching(query, decision).await?)
    }

    /// Choose which keys the certificates of the named users get, `reset` for the server's choice, and tell how many there were; all or
    /// nothing. It takes effect with the next order and makes none by itself.
    ///
    /// # Errors
    /// Where there is no such kind of key, or a name is no user.
    pub async fn set_key_type(&self, names: &[String], word: &str) -> EngineResult<(u32, Option<KeyType>)> {
        let choice = crate::options::key_choice(word)?;
        Ok((self.inner.store.set_key_type(names, choice).await?, choice))
    }

    /// Leave names of a user out of AutoSSL; they may be written as people do.
    ///
    /// # Errors
    /// Where a text is no name, or a name is not the user's.
    pub async fn exclude(&self, user: &str, domains: &[String]) -> EngineResult<()> {
        let names: Result<Vec<_>, _> = domains.iter().map(|name| checked_name(name)).collect();
        Ok(self.inner.store.exclude(user, &names?).await?)
    }
}
