//! Which websites' visitors come over TLS.

use super::Engine;
use crate::error::EngineResult;
use crate::inventory::checked_name;
use crate::model::{HttpsChoice, Timestamp};
use crate::run::PROMISES;
use crate::store::HttpsWebsite;

impl Engine {
    /// Redirect visitors of websites to HTTPS, or stop it; the worker does so within a second or at its next run.
    ///
    /// # Errors
    /// Where a name is not that of a website; nothing is changed then.
    pub async fn set_https_redirect(&self, domains: &[String], redirect: bool) -> EngineResult<()> {
        self.inner.store.set_https_redirect(&checked(domains)?, redirect).await?;
        self.promise_soon().await
    }

    /// Let browsers come to websites over TLS only, for some seconds after each visit (RFC 6797); `None` says nothing of it.
    ///
    /// # Errors
    /// As for [`Engine::set_https_redirect`].
    pub async fn set_hsts(&self, domains: &[String], seconds: Option<u32>) -> EngineResult<()> {
        let seconds = seconds.map(|seconds| seconds.min(HttpsChoice::MOST_SECONDS));
        self.inner.store.set_hsts(&checked(domains)?, seconds).await?;
        self.promise_soon().await
    }

    /// List the websites for which anything was chosen.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn https_websites(&self) -> EngineResult<Vec<HttpsWebsite>> {
        Ok(self.inner.store.https_websites().await?)
    }

    async fn promise_soon(&self) -> EngineResult<()> {
        self.inner.store.set_next_time(PROMISES, Timestamp(0)).await?;
        self.inner.wake.notify_one();
        Ok(())
    }
}

fn checked(domains: &[String]) -> EngineResult<Vec<String>> {
    let names: Result<Vec<_>, _> = domains.iter().map(|domain| checked_name(domain)).collect();
    Ok(names?)
}
