//! Looking at a service before anything is installed in it: whether its configuration can be read, and for which names it is the
//! administrator's alone.

use super::change::Wanted;
use super::driver::Installation;
use super::work::Work;
use super::{FileText, InstallFailure, Installer, Withheld};

impl Installation<'_> {
    /// Let the installer look at the service. Where it cannot, a change that was interrupted may be the reason, or what somebody wrote
    /// into our files: it looks again without both.
    pub(super) async fn look(&mut self, works: &[Work<'_>]) -> Result<(), InstallFailure> {
        if self.installer.look().await.is_ok() {
            return Ok(());
        }
        self.change.go_back(&self.installer.dirs());
        if self.installer.look().await.is_ok() {
            return Ok(());
        }
        let Err(reason) = self.look_without_ours(works).await else { return Ok(()) };
        self.change.restore();
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

impl Installation<'_> {
    /// Take our files of these works away and look; what follows writes them anew. The service is not told meanwhile.
    async fn look_without_ours(&mut self, works: &[Work<'_>]) -> Result<(), String> {
        let ours = works.iter().flat_map(|work| self.installer.files_of(&work.item.website));
        let gone = |path| (path, FileText { text: None, mode: 0o600, website: None });
        let wanted = Wanted { files: ours.map(gone).collect(), ..Wanted::default() };
        match self.change.apply(&wanted) {
            Ok(_) => self.installer.look().await,
            Err(troubles) => Err(troubles.into_iter().map(|trouble| trouble.detail).collect::<Vec<_>>().join("; ")),
        }
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
