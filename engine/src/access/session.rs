//! Sessions: the browser holds a random token, the store its hash.

use super::SignInError;
use crate::clock::Clock;
use crate::model::Principal;
use crate::store::{SessionRecord, Store, StoreResult};
use aws_lc_rs::{digest, rand};

/// A session ends after this many seconds, whatever happens.
const LONGEST: i64 = 12 * 3_600;

/// A session ends when it was not used for this many seconds.
const LONGEST_IDLE: i64 = 2 * 3_600;

const TOKEN_BYTES: usize = 32;

/// Begin a session and return its token: 32 random bytes in hexadecimal.
pub(super) async fn begin(store: &dyn Store, clock: &dyn Clock, name: &str) -> Result<String, SignInError> {
    let mut bytes = [0; TOKEN_BYTES];
    rand::fill(&mut bytes).map_err(|_| SignInError::Random)?;
    let token = hex(&bytes);
    let now = clock.now();
    let session = SessionRecord { token_hash: hash(&token), name: name.to_owned(), expires_at: now.plus(LONGEST) };
    store.create_session(&session, now).await?;
    Ok(token)
}

/// Tell who a session belongs to; `None` where the token is not one of ours or the session is over: after 12 hours, after 2
/// without use, or by signing out.
///
/// # Errors
/// Where the store fails.
pub async fn authenticate(store: &dyn Store, clock: &dyn Clock, token: &str) -> StoreResult<Option<Principal>> {
    if token.len() != 2 * TOKEN_BYTES {
        return Ok(None);
    }
    let now = clock.now();
    store.session(&hash(token), now, now.plus(-LONGEST_IDLE)).await
}

/// End a session; one that is over is fine.
///
/// # Errors
/// Where the store fails.
pub async fn sign_out(store: &dyn Store, token: &str) -> StoreResult<()> {
    store.delete_session(&hash(token)).await
}

fn hash(token: &str) -> String {
    hex(digest::digest(&digest::SHA256, token.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
