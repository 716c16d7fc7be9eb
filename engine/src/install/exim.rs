//! Exim: it looks up the file for each connection by the name that the client asks for, so nothing is written into its configuration
//! and nothing is reloaded. `docs/services.md` has the lines for it.

use super::{Installer, daemon, mail};
use crate::config::EximConfig;
use crate::install::Door;
use crate::tls_store::Place;
use async_trait::async_trait;

/// Installs into one Exim.
pub(super) struct Exim {
    config: EximConfig,
    place: Place,
}

impl Exim {
    pub(super) fn new(config: EximConfig, place: Place) -> Self {
        Self { config, place }
    }
}

#[async_trait]
impl Installer for Exim {
    fn service(&self) -> &str {
        "exim"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn concerned(&self, names: &[String]) -> Vec<String> {
        mail::concerned(&self.config.names, names)
    }

    fn takes_companions(&self) -> bool {
        true
    }

    async fn is_down(&self) -> Option<String> {
        daemon::is_down("Exim", &self.config.pid_file)
    }

    async fn activate(&self, _changed: &[&str]) -> Result<(), String> {
        Ok(())
    }

    fn doors(&self) -> Vec<Door> {
        mail::doors(&self.config.doors)
    }
}
