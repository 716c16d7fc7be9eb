//! Signing in and out, and the people who may.

use super::Engine;
use crate::access;
use crate::error::EngineResult;
use crate::model::{Principal, Role};
use crate::store::Administrator;

impl Engine {
    /// Add a person who may sign in.
    ///
    /// # Errors
    /// Where the name is taken or the password is too weak.
    pub async fn create_administrator(&self, name: &str, role: Role, password: &str) -> EngineResult<()> {
        let password_hash = access::hash_password(password)?;
        let new = Administrator { name: access::check_name(name)?.to_owned(), role, password_hash };
        Ok(self.inner.store.create_administrator(&new).await?)
    }

    /// Replace a person's password and end that person's sessions.
    ///
    /// # Errors
    /// Where there is no such person or the password is too weak.
    pub async fn set_password(&self, name: &str, password: &str) -> EngineResult<()> {
        Ok(self.inner.store.set_password(name, &access::hash_password(password)?).await?)
    }

    /// Tell whether anybody may administrate.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn has_administrator(&self) -> EngineResult<bool> {
        Ok(self.inner.store.count_administrators().await? > 0)
    }

    /// Sign in from an address and return the session's token.
    ///
    /// # Errors
    /// Where name or password is wrong (not told which), or after too many tries.
    pub async fn sign_in(&self, name: &str, password: &str, peer: &str) -> EngineResult<String> {
        let inner = &self.inner;
        Ok(access::sign_in(inner.store.as_ref(), inner.clock.as_ref(), name, password, peer).await?)
    }

    /// Tell who a session belongs to; `None` where it is over.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn authenticate(&self, token: &str) -> EngineResult<Option<Principal>> {
        Ok(access::authenticate(self.inner.store.as_ref(), self.inner.clock.as_ref(), token).await?)
    }

    /// End a session.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sign_out(&self, token: &str) -> EngineResult<()> {
        Ok(access::sign_out(self.inner.store.as_ref(), token).await?)
    }
}
