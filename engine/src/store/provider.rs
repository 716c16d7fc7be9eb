//! What is remembered of each provider: the choice, the terms, the account.

use super::StoreResult;
use crate::model::Timestamp;
use async_trait::async_trait;

/// A person's agreement to a provider's terms of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Who agreed.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// To which document; empty where the provider names none.
    pub url: String,
}

/// What is remembered of a provider. The account's key lies in a file, never here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderRecord {
    /// The provider's short name.
    pub id: String,
    /// Who agreed to its terms.
    pub agreement: Option<Agreement>,
    /// The account's URL, once registered.
    pub account_url: Option<String>,
    /// Why the last call failed, if it did.
    pub last_error: Option<String>,
}

/// What is remembered of each provider.
#[async_trait]
pub trait ProviderStore: Send + Sync {
    /// Fetch what is remembered of a provider; an empty record where nothing is.
    async fn provider(&self, id: &str) -> StoreResult<ProviderRecord>;

    /// Name the provider that orders go to, if one is chosen.
    async fn selected_provider(&self) -> StoreResult<Option<String>>;

    /// Choose a provider, with the agreement where it is new; `None` chooses none.
    async fn select_provider(&self, id: Option<&str>, agreement: Option<&Agreement>) -> StoreResult<()>;

    /// Remember the account's URL; `None` forgets it.
    async fn set_account_url(&self, id: &str, url: Option<&str>) -> StoreResult<()>;

    /// Remember why the last call failed; `None` where it worked.
    async fn set_provider_error(&self, id: &str, error: Option<&str>) -> StoreResult<()>;
}
