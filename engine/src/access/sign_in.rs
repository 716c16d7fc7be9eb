//! Signing in with a name and a password.

use super::throttle::{FREE_BY_NAME, FREE_BY_PEER, name_key, peer_key, wait};
use super::{check_name, password, session};
use crate::clock::Clock;
use crate::store::{Store, StoreError};
use tokio::sync::{Mutex, Semaphore};

/// Each verification takes 19 MiB and a core: many at once would starve everything else.
static VERIFYING: Semaphore = Semaphore::const_new(2);

/// Held from reading the vain tries to counting the next one, so that tries at the same time cannot slip through together.
static COUNTING: Mutex<()> = Mutex::const_new(());

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The name or the password is wrong; it is not told which.
    #[error("name or password is wrong")]
    Wrong,
    /// There were too many vain tries under this name or from this address.
    #[error("too many tries: wait {retry_after_seconds} seconds")]
    Throttled {
        /// How long to wait.
        retry_after_seconds: u32,
    },
    /// The machine gives no random bytes.
    #[error("no random bytes for a session")]
    Random,
    /// The password could not be verified because the process is stopping.
    #[error("signing in was interrupted")]
    Interrupted,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sign in from an address and return the session's token, 32 random bytes in hexadecimal, for [`super::authenticate`].
///
/// # Errors
/// `Wrong` where name or password is wrong; `Throttled` where the wait after earlier vain tries is not over: under one name after
/// 5 of them, from one address after 20, from 5 seconds doubling to 15 minutes.
pub async fn sign_in(
    store: &dyn Store,
    clock: &dyn Clock,
    name: &str,
    password: &str,
    peer: &str,
) -> Result<String, SignInError> {
    // A name that nobody can have is not worth a row for each variant of it.
    let by_name = check_name(name).ok().map(|name| (name_key(name), FREE_BY_NAME));
    let keys: Vec<(String, u32)> = by_name.into_iter().chain([(peer_key(peer), FREE_BY_PEER)]).collect();
    let counting = COUNTING.lock().await;
    let mut longest = None;
    for (key, free) in &keys {
        longest = longest.max(wait(store.login_failures(key).await?, *free, clock.now()));
    }
    if let Some(retry_after_seconds) = longest {
        return Err(SignInError::Throttled { retry_after_seconds });
    }
    // Counted before the password is looked at; a success forgets it.
    for (key, _) in &keys {
        store.add_login_failure(key, clock.now()).await?;
    }
    drop(counting);
    let administrator = store.administrator(name).await?;
    let hash = administrator.as_ref().map(|administrator| administrator.password_hash.clone());
    if !verify(password.to_owned(), hash).await? {
        return Err(SignInError::Wrong);
    }
    for (key, _) in &keys {
        store.clear_login_failures(key).await?;
    }
    session::begin(store, clock, name).await
}

async fn verify(password: String, hash: Option<String>) -> Result<bool, SignInError> {
    let _permit = VERIFYING.acquire().await.map_err(|_| SignInError::Interrupted)?;
    let verified = tokio::task::spawn_blocking(move || password::verify(&password, hash.as_deref())).await;
    verified.map_err(|_| SignInError::Interrupted)?.map_err(|error| {
        let value = format!("not shown ({error})");
        StoreError::Corrupt { table: "administrator", column: "password_hash", value }.into()
    })
}
