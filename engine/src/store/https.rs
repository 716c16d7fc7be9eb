//! Which websites' visitors are to come over TLS.

use super::StoreResult;
use crate::model::HttpsChoice;
use async_trait::async_trait;

/// A website whose visitors are to come over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsWebsite {
    /// The user's name.
    pub user: String,
    /// The primary name.
    pub domain: String,
    /// The names that are not excluded, the primary one first.
    pub names: Vec<String>,
    /// What was chosen.
    pub choice: HttpsChoice,
}

/// Which websites' visitors are to come over TLS.
#[async_trait]
pub trait HttpsStore: Send + Sync {
    /// Redirect visitors of websites, by their primary names, or stop it; all or none, `NotFound` (kind `website`) where there is one
    /// not.
    async fn set_https_redirect(&self, domains: &[String], redirect: bool) -> StoreResult<()>;

    /// Let browsers come to websites over TLS only, for some seconds after each visit, or say nothing of it; as
    /// [`HttpsStore::set_https_redirect`].
    async fn set_hsts(&self, domains: &[String], seconds: Option<u32>) -> StoreResult<()>;

    /// List the websites for which anything was chosen, by name.
    async fn https_websites(&self) -> StoreResult<Vec<HttpsWebsite>>;
}
