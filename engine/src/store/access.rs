//! Who may sign in, who is signed in, and who tried in vain.

use super::StoreResult;
use crate::model::{Principal, Role, Timestamp};
use async_trait::async_trait;

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// The name.
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// The password's hash in the PHC string format.
    pub password_hash: String,
}

/// A session. Its token is with the browser only; here is its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The SHA-256 of the token, in hexadecimal.
    pub token_hash: String,
    /// Who is signed in.
    pub name: String,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

/// Vain tries to sign in, under one key (a name or an address).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoginFailures {
    /// How many since the last success or the last quiet day.
    pub count: u32,
    /// When the last one was.
    pub last_at: Timestamp,
}

/// Who may sign in, who is signed in, and who tried in vain.
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Add a person; an existing name is a `Conflict` (kind `administrator`).
    async fn create_administrator(&self, new: &Administrator) -> StoreResult<()>;

    /// Fetch a person by name.
    async fn administrator(&self, name: &str) -> StoreResult<Option<Administrator>>;

    /// Replace a person's password and end that person's sessions; `NotFound` (kind `administrator`) where there is none.
    async fn set_password(&self, name: &str, password_hash: &str) -> StoreResult<()>;

    /// Count the people with the role `admin`.
    async fn count_administrators(&self) -> StoreResult<u32>;

    /// Remember a session, and forget those that are over.
    async fn create_session(&self, session: &SessionRecord, now: Timestamp) -> StoreResult<()>;

    /// Fetch who a session belongs to, unless it is over or was not used since `idle_since`; remember that it is used `now`.
    ///
    /// The moment of use is written at most once a minute.
    async fn session(&self, token_hash: &str, now: Timestamp, idle_since: Timestamp) -> StoreResult<Option<Principal>>;

    /// End a session; one that does not exist is fine.
    async fn delete_session(&self, token_hash: &str) -> StoreResult<()>;

    /// Fetch the vain tries under a key.
    async fn login_failures(&self, key: &str) -> StoreResult<LoginFailures>;

    /// Count one more vain try under a key; a last try of more than a day ago starts anew.
    async fn add_login_failure(&self, key: &str, at: Timestamp) -> StoreResult<()>;

    /// Forget the vain tries under a key.
    async fn clear_login_failures(&self, key: &str) -> StoreResult<()>;
}
