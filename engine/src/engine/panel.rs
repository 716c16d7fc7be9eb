//! The certificates of AutoSSL's own server.

use super::Engine;
use crate::error::EngineResult;
use crate::install::{Installer, panel_place};
use crate::panel::Panel;

impl Engine {
    /// Prepare to present certificates by the configured names of the panel's; `None` where it is not configured.
    ///
    /// # Errors
    /// Where the panel's part of the TLS store cannot be made or read.
    pub fn panel(&self) -> EngineResult<Option<Panel>> {
        let services = &self.inner.config.services;
        let Some(panel) = &services.panel else { return Ok(None) };
        let others = self.inner.installers.iter().map(|installer| Installer::place(installer.as_ref()).clone());
        Panel::open(panel.names.clone(), panel_place(services, panel), others.collect()).map(Some)
    }
}
