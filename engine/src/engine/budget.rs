//! What is left of the limits of the provider that orders go to.

use super::Engine;
use crate::error::EngineResult;
use crate::model::Budget;
use crate::provider;

/// The forecast of each provider is for so many new names.
pub(super) const FORECAST_NAMES: u32 = 10_000;

impl Engine {
    /// Show what is left of the limits of the provider that orders go to, with a forecast for so many new names; none of them
    /// asks for one for many.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn current_budget(&self, names: u32) -> EngineResult<Budget> {
        let inner = &self.inner;
        let Some(id) = inner.store.selected_provider().await? else { return Ok(Budget::default()) };
        let Some(provider) = inner.find_provider(&id).await? else { return Ok(Budget::default()) };
        let names = if names == 0 { FORECAST_NAMES } else { names };
        provider::budget(inner, &provider, &inner.store.provider(&id).await?, names).await
    }
}
