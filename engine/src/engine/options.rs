//! What an administrator decides for the whole server.

use super::Engine;
use crate::error::EngineResult;
use crate::model::OptionRow;
use crate::options::{self, Confirmation};

impl Engine {
    /// List every option with the value that counts.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn options(&self) -> EngineResult<Vec<OptionRow>> {
        Ok(options::read(self.inner.store.as_ref()).await?)
    }

    /// Set an option; runs that begin afterwards heed it.
    ///
    /// # Errors
    /// Where there is no such option, it does not take the value, or a confirmation is missing; nothing is changed then.
    pub async fn set_option(&self, key: &str, value: &str, confirmation: Confirmation, by: &str) -> EngineResult<()> {
        self.set_options(&[(key.to_owned(), value.to_owned())], confirmation, by).await.map(drop)
    }

    /// Set several options, all or none, and tell how many changed.
    ///
    /// # Errors
    /// As for [`Engine::set_option`].
    pub async fn set_options(
        &self,
        wanted: &[(String, String)],
        confirmation: Confirmation,
        by: &str,
    ) -> EngineResult<usize> {
        let now = self.options().await?;
        let mut changes = Vec::new();
        for (key, value) in wanted {
            options::check(key, value, &now, confirmation)?;
            if options::value(&now, key) != value {
                changes.push((key.clone(), value.clone()));
            }
        }
        self.inner.store.set_option_values(&changes, by, self.inner.clock.now()).await?;
        for (key, value) in &changes {
            tracing::info!(option.key = %key, option.value = %value, "an option was set");
        }
        Ok(changes.len())
    }
}
