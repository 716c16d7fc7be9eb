//! HTTP-01 tokens, so that any process that hears the question can answer it (RFC 8555, section 8.3).

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// A token that the provider may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The token in the URL.
    pub token: String,
    /// The answer: the token, a dot, and the account key's thumbprint.
    pub key_authorization: String,
    /// The name that is validated.
    pub domain: String,
}

/// HTTP-01 tokens.
#[async_trait]
pub trait ChallengeStore: Send + Sync {
    /// Remember tokens; those that are known are replaced.
    async fn put_challenges(&self, challenges: &[Challenge], at: Timestamp) -> StoreResult<()>;

    /// Fetch the answer to a token.
    async fn key_authorization(&self, token: &str) -> StoreResult<Option<String>>;

    /// Forget these tokens.
    async fn remove_challenges(&self, tokens: &[String]) -> StoreResult<()>;

    /// Forget the tokens that were put before a moment; tell how many.
    async fn sweep_challenges(&self, before: Timestamp) -> StoreResult<u64>;
}
