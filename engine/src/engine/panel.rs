//! The certificates of AutoSSL's own server.

use super::Engine;
use crate::error::EngineResult;
use crate::panel::Panel;

impl Engine {
    /// Prepare to present certificates under these names of the panel's, most important first.
    ///
    /// # Errors
    /// Where the certificate that stands in until there is a real one cannot be made or read.
    pub fn panel(&self, names: Vec<String>) -> EngineResult<Panel> {
        Panel::open(&self.inner.config.data_dir, self.inner.vault.clone(), names)
    }
}
