//! What is remembered of each provider: the choice, the terms, the account, and the providers that an administrator added.

use super::StoreResult;
use crate::model::{DirectoryAbout, Timestamp};
use crate::provider::breaker::Breaker;
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

/// An account at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its URL, which is its identity.
    pub url: String,
    /// The address that the provider may write to.
    pub contact: Option<String>,
}

/// A customer's account that accounts are bound to (RFC 8555, section 7.3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedExternalAccount {
    /// Its key identifier.
    pub key_id: String,
    /// Its MAC key, sealed.
    pub mac_key: Vec<u8>,
}

/// How certificates are ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderChoices {
    /// With this profile; `None` leaves it to the provider.
    pub profile: Option<String>,
    /// With a chain that ends at the root of this common name, where there is one.
    pub preferred_chain: Option<String>,
}

/// What is remembered of a provider. The account's key lies in a file, never here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderRecord {
    /// The provider's short name.
    pub id: String,
    /// Who agreed to its terms.
    pub agreement: Option<Agreement>,
    /// The account, once registered.
    pub account: Option<AccountRecord>,
    /// The customer's account that accounts are bound to.
    pub external: Option<SealedExternalAccount>,
    /// How certificates are ordered.
    pub choices: OrderChoices,
    /// What its directory said when it was last read, and when.
    pub about: Option<(DirectoryAbout, Timestamp)>,
    /// Why the last call failed, if it did.
    pub last_error: Option<String>,
    /// Whether it is asked, by how its calls went.
    pub breaker: Breaker,
}

/// A provider that an administrator added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedProvider {
    /// Its short name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The ACME directory's URL.
    pub directory_url: String,
    /// Whether it may be at a private address.
    pub allow_private: bool,
    /// Roots that are trusted for it, as PEM.
    pub root_pem: Option<String>,
}

/// Decides from the providers that orders go to, the first before the others, which they are from now on.
pub type Reordering<'a> = Box<dyn FnOnce(&[String]) -> Vec<String> + Send + 'a>;

/// What is remembered of each provider.
#[async_trait]
pub trait ProviderStore: Send + Sync {
    /// Fetch what is remembered of a provider; an empty record where nothing is.
    async fn provider(&self, id: &str) -> StoreResult<ProviderRecord>;

    /// Name the provider that orders go to first, if one is chosen.
    async fn selected_provider(&self) -> StoreResult<Option<String>>;

    /// List the providers that orders go to: the selected one, then its fallbacks; empty where none is selected.
    async fn provider_order(&self) -> StoreResult<Vec<String>>;

    /// Change that list to what `decide` makes of it, in one transaction, and return it.
    ///
    /// Where it changes, jobs without an order that wait do so no longer: another provider may be able to take them.
    async fn reorder_providers(&self, decide: Reordering<'_>, at: Timestamp) -> StoreResult<Vec<String>>;

    /// Count the open jobs whose order a provider has.
    async fn orders_open_at(&self, id: &str) -> StoreResult<u32>;

    /// Remember whether a provider is asked.
    async fn set_breaker(&self, id: &str, breaker: Breaker) -> StoreResult<()>;

    /// Remember that a person agreed to a provider's terms.
    async fn set_agreement(&self, id: &str, agreement: &Agreement) -> StoreResult<()>;

    /// Remember the account; `None` forgets it.
    async fn set_account(&self, id: &str, account: Option<&AccountRecord>) -> StoreResult<()>;

    /// Remember the customer's account that new accounts are bound to; `None` forgets it.
    async fn set_external_account(&self, id: &str, external: Option<&SealedExternalAccount>) -> StoreResult<()>;

    /// Remember how certificates are ordered.
    async fn set_order_choices(&self, id: &str, choices: &OrderChoices) -> StoreResult<()>;

    /// Remember what the directory says.
    async fn set_directory(&self, id: &str, about: &DirectoryAbout, at: Timestamp) -> StoreResult<()>;

    /// Remember why the last call failed; `None` where it worked.
    async fn set_provider_error(&self, id: &str, error: Option<&str>) -> StoreResult<()>;

    /// List the providers that an administrator added, by their short names.
    async fn added_providers(&self) -> StoreResult<Vec<AddedProvider>>;

    /// Add a provider.
    ///
    /// # Errors
    /// `Conflict` where the short name is taken.
    async fn add_provider(&self, provider: &AddedProvider) -> StoreResult<()>;

    /// Forget a provider that was added, with all that is remembered of it.
    ///
    /// # Errors
    /// `NotFound` where none of this name was added.
    async fn remove_provider(&self, id: &str) -> StoreResult<()>;
}
