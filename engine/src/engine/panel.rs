//! The certificates of AutoSSL's own server.

use super::Engine;
use crate::error::{EngineError, EngineResult};
use crate::install::{Installer, panel_place};
use crate::panel::Panel;
use crate::tls_store::DEFAULT;

impl Engine {
    /// Prepare to present certificates by the configured names of the panel's; `None` where it is not configured.
    ///
    /// # Errors
    /// Where the panel's part of the TLS store cannot be made or read.
    pub fn panel(&self) -> EngineResult<Option<Panel>> {
        let services = &self.inner.config.services;
        let Some(panel) = &services.panel else { return Ok(None) };
        let others = self.inner.installers.iter().map(|installer| Installer::place(installer.as_ref()).clone());
        let place = panel_place(services, panel);
        if services.deputy.is_none() {
            let path = place.combined_of_name(DEFAULT);
            place.open().map_err(|source| EngineError::File { action: "cannot open", path, source })?;
        }
        Panel::open(panel.names.clone(), place, others.collect()).map(Some)
    }
}
