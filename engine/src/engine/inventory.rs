//! Users, overrides and imports.

use super::Engine;
use crate::error::EngineResult;
use crate::inventory::{DomainName, ImportFormat, parse};
use crate::model::{Override, Page, UserDetail, UserQuery, UserRow};
use crate::run::schedule;

impl Engine {
    /// Import users, packages and websites from a file's text and tell how many users it named.
    ///
    /// # Errors
    /// Where the text is refused, with line and reason; nothing is changed then.
    pub async fn import(&self, text: &str, format: ImportFormat) -> EngineResult<usize> {
        let inventory = parse(text, format)?;
        let inner = &self.inner;
        inner.store.import(&inventory).await?;
        if inner.config.schedule.after_changes {
            inner
                .store
                .set_next_time(schedule::AFTER_CHANGES, inner.clock.now().plus(schedule::CHANGES_SETTLE))
                .await?;
        }
        Ok(inventory.users.len())
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

    /// Leave names of a user out of AutoSSL; they may be written as people do.
    ///
    /// # Errors
    /// Where a text is no name, or a name is not the user's.
    pub async fn exclude(&self, user: &str, domains: &[String]) -> EngineResult<()> {
        let parsed: Result<Vec<_>, _> = domains.iter().map(|name| DomainName::parse(name)).collect();
        let names: Vec<_> = parsed?.into_iter().map(DomainName::into_string).collect();
        Ok(self.inner.store.exclude(user, &names).await?)
    }
}
