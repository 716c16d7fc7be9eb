//! Looking at a service before anything is installed in it: whether its configuration can be read, and for which names it is the
//! administrator's alone.

use super::driver::Installation;
use super::work::Work;
use super::{InstallFailure, Installer, Withheld};

impl Installation<'_> {
    /// Let the installer look at the service; where it cannot, go back from a change that was interrupted, which may be the reason.
    pub(super) async fn look(&mut self) -> Result<(), InstallFailure> {
        if self.installer.look().await.is_ok() {
            return Ok(());
        }
        self.change.go_back(&self.installer.dirs());
        let Err(reason) = self.installer.look().await else { return Ok(()) };
        let service = self.installer.service();
        Err(match self.installer.test().await {
            Err(without) => InstallFailure::new("service_config_broken", broken_without(service, &without)),
            Ok(()) => InstallFailure::new(
                "install_refused",
                format!("the configuration of {service} cannot be read, nothing was changed: {reason}"),
            ),
        })
    }
}

impl Work<'_> {
    /// Leave out of the proof what the service's administrator decides.
    pub(super) fn withhold(&mut self, installer: &dyn Installer) {
        if let Some(Withheld { names, code, detail }) = installer.withheld(self.placed()) {
            self.proved.retain(|name| !names.contains(name));
            self.withheld = Some(InstallFailure::new(code, detail));
        }
    }
}

/// Say that the administrator's own configuration is broken.
pub(super) fn broken_without(service: &str, reason: &str) -> String {
    format!("the configuration test of {service} fails without AutoSSL's change too; nothing was changed: {reason}")
}
