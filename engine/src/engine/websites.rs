//! Accounts and websites that are changed by hand, and the sync with their source.

use super::Engine;
use crate::error::{EngineError, EngineResult};
use crate::inventory::{Edit, ImportError, ImportFault, Loss, NewUser, checked_name, checked_name_of, together};
use crate::model::InventorySource;
use crate::run::sync::{Intent, Synced, sync};
use crate::store::OwnedWebsite;

impl Engine {
    /// Tell where new websites come from.
    #[must_use]
    pub fn inventory_source(&self) -> InventorySource {
        self.inner.source.kind()
    }

    /// Bring the inventory up to date with its source; `None` where the database is the source.
    ///
    /// # Errors
    /// Where the source cannot be read, too much vanished, or the store refuses; nothing is changed then.
    pub async fn sync_inventory(&self, loss: Loss, intent: Intent) -> EngineResult<Option<Synced>> {
        let synced = sync(&self.inner, loss, intent).await?;
        if intent == Intent::Apply && synced.as_ref().is_some_and(|synced| synced.changes.adds_names()) {
            self.check_soon().await?;
        }
        Ok(synced)
    }

    /// List the websites of one user, or of all, with all their names.
    ///
    /// # Errors
    /// Where there is no such user.
    pub async fn websites(&self, user: Option<&str>) -> EngineResult<Vec<OwnedWebsite>> {
        Ok(self.inner.store.inventory(user).await?)
    }

    /// Add a user without websites.
    ///
    /// # Errors
    /// Where a value is refused, the user exists, or the package does not.
    pub async fn add_user(&self, user: NewUser) -> EngineResult<()> {
        Ok(self.inner.store.add_user(&user.checked().map_err(refused)?).await?)
    }

    /// Remove a user with its websites. Their files go as [`Engine::plan_removal`] says.
    ///
    /// # Errors
    /// Where there is no such user, or Apache's configuration still has websites of it.
    pub async fn remove_user(&self, user: &str) -> EngineResult<()> {
        let websites = self.inner.store.inventory(Some(user)).await?;
        if websites.iter().any(|owned| owned.website.source == InventorySource::Apache) {
            return Err(EngineError::ManagedByApache { object: format!("user {user} has websites and") });
        }
        Ok(self.inner.store.remove_user(user).await?)
    }

    /// Let runs leave a user out.
    ///
    /// # Errors
    /// Where there is no such user.
    pub async fn suspend_user(&self, user: &str) -> EngineResult<()> {
        Ok(self.inner.store.suspend_user(user).await?)
    }

    /// Let runs look after a user again.
    ///
    /// # Errors
    /// Where there is no such user.
    pub async fn unsuspend_user(&self, user: &str) -> EngineResult<()> {
        Ok(self.inner.store.unsuspend_user(user).await?)
    }

    /// Add a website to a user; an empty document root is `/home/USER/public_html`. All users are checked soon.
    ///
    /// # Errors
    /// Where a value is refused, a name exists already, there is no such user, or websites come from Apache.
    pub async fn add_website(&self, user: &str, domain: &str, aliases: &[String], root: &str) -> EngineResult<()> {
        let edit = Edit::add(user, domain, aliases, root, self.inner.addresses().await?).map_err(refused)?;
        if self.inventory_source() == InventorySource::Apache {
            return Err(EngineError::ManagedByApache { object: "the list of websites".into() });
        }
        self.edit(user, edit).await?;
        self.check_soon().await
    }

    /// Remove a website with its names. Its files go as [`Engine::plan_removal`] says.
    ///
    /// # Errors
    /// Where there is no such website, or Apache's configuration has it.
    pub async fn remove_website(&self, domain: &str) -> EngineResult<()> {
        let domain = checked_name(domain)?;
        let user = self.inner.store.owner_of(&domain).await?;
        self.edit(&user, Edit::Remove(domain)).await
    }

    /// Add a name to a website. All users are checked soon.
    ///
    /// # Errors
    /// Where the name is refused or exists already, there is no such website, or Apache's configuration has it.
    pub async fn add_alias(&self, website: &str, alias: &str) -> EngineResult<()> {
        let (user, website, alias) = self.alias_of(website, alias).await?;
        self.edit(&user, Edit::AddAlias { website, alias }).await?;
        self.check_soon().await
    }

    /// Remove a name from a website; its certificate keeps it until the next one.
    ///
    /// # Errors
    /// Where there is no such website, it has no such alias, or Apache's configuration has it.
    pub async fn remove_alias(&self, website: &str, alias: &str) -> EngineResult<()> {
        let (user, website, alias) = self.alias_of(website, alias).await?;
        self.edit(&user, Edit::RemoveAlias { website, alias }).await
    }

    async fn alias_of(&self, website: &str, alias: &str) -> EngineResult<(String, String, String)> {
        let website = checked_name(website)?;
        let user = self.inner.store.owner_of(&website).await?;
        let alias = checked_name_of(alias, &user, self.inner.addresses().await?).map_err(refused)?;
        together(&website, &alias, &user).map_err(refused)?;
        Ok((user, website, alias))
    }

    async fn edit(&self, user: &str, edit: Edit) -> EngineResult<()> {
        let mut refusal = None;
        let apply = |stored| edit.apply(user, stored).map(|inventory| self.inner.grouped(inventory));
        let decide = |stored| apply(stored).map_err(|error| refusal = Some(error)).ok();
        self.inner.store.revise(Some(user), Box::new(decide)).await?;
        refusal.map_or(Ok(()), Err)
    }
}

fn refused(fault: ImportFault) -> EngineError {
    ImportError::from(fault).into()
}
