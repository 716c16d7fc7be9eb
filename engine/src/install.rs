//! Bringing certificates into services, and proving that they are served.
//!
//! [`Installer`] is what is different from service to service; [`driver`] is what is done for all of them.

mod apache;
mod change;
mod command;
mod daemon;
mod dovecot;
pub(crate) mod drift;
pub(crate) mod driver;
mod exim;
mod haproxy;
mod hook;
mod looked;
mod mail;
mod nginx;
mod pace;
mod panel;
mod postfix;
mod probe;
mod prove;
pub(crate) mod remove;
mod tested;
mod value;
mod work;

pub(crate) use apache::{Hosts, is_same_file, snippet};
pub(crate) use change::{FileText, Files};
pub(crate) use pace::Pace;
pub(crate) use probe::Door;
pub(crate) use value::{Beside, InstallFailure, Item, ItemCompanion, Outcome, Pairs, Placed, Promise, Scene, Withheld};

use crate::analyze::address_of;
use crate::config::{EngineConfig, NginxWay, PanelConfig, ServicesConfig};
use crate::tls_store::{Access, Place};
use async_trait::async_trait;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A service that certificates are brought into: what is different from service to service.
///
/// The driver lets it `look`, checks every pair of chain and key, puts it into the service's view of the TLS store, writes what `render` says, calls
/// `test`, then `activate` once for all certificates of a run, makes a handshake at every door for every name, and puts back what was
/// not proved: then `test` and `activate` are called again. So no method may change anything by itself beyond what is said here.
#[async_trait]
pub(crate) trait Installer: Send + Sync {
    /// Name the service, as logs, listings and the store of facts do.
    fn service(&self) -> &str;

    /// Tell where the service's view of the TLS store is.
    fn place(&self) -> &Place;

    /// Tell whether the service is what websites are reached by, so that it can be asked what is in place for one.
    fn is_web_server(&self) -> bool {
        false
    }

    /// Choose the names of a certificate for which the service presents it; none where the service is not concerned.
    fn concerned(&self, names: &[String]) -> Vec<String> {
        names.to_vec()
    }

    /// Tell whether the service presents certificates for addresses, for which clients name no host (RFC 6066, section 3).
    fn presents_addresses(&self) -> bool {
        false
    }

    /// Tell whether the service presents two certificates for a name, and chooses by what the client can do (RFC 8446, section 4.4.2.2).
    fn takes_companions(&self) -> bool {
        false
    }

    /// Look at the service's configuration as it is now, before anything is rendered.
    ///
    /// # Errors
    /// Where it cannot be read; nothing is installed then.
    async fn look(&self) -> Result<(), String> {
        Ok(())
    }

    /// List the directories in which a change that was interrupted may have left files that keep [`Installer::look`] from working.
    fn dirs(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Tell for which names the administrator's own configuration counts. The certificate is put into the view for them, too, so that
    /// this configuration can name it, and stays there; but it is not proved for them, and does not count as served.
    fn withheld(&self, _placed: Placed<'_>) -> Option<Withheld> {
        None
    }

    /// Tell why an item cannot be written into the service's configuration, if that is so.
    fn check(&self, _placed: Placed<'_>) -> Result<(), String> {
        Ok(())
    }

    /// Render the files of the service that are to change; a file that is rendered as it stands is not written.
    ///
    /// Called again with fewer certificates where some are refused or not proved. Files that an earlier call named and this one does
    /// not are as before the run.
    fn render(&self, _scene: &Scene<'_>) -> Result<Files, String> {
        Ok(Files::default())
    }

    /// List the files of the service that are there for one website alone, and that nobody else writes to; they go with it.
    fn files_of(&self, _website: &str) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Tell why the service cannot take anything now, e.g. since it does not run. Nothing is changed then.
    async fn is_down(&self) -> Option<String>;

    /// Test the configuration as it stands on disk, making first what the service derives from it.
    async fn test(&self) -> Result<(), String> {
        Ok(())
    }

    /// Let the running service take what stands on disk, without dropping connections. `changed` are websites whose certificate or
    /// names are others than before.
    ///
    /// # Errors
    /// Where the service did not take it, as far as commands and logs tell.
    async fn activate(&self, changed: &[&str]) -> Result<(), String>;

    /// Tell what the service's log says since the last activation that keeps it from serving.
    fn complaint(&self) -> Option<String> {
        None
    }

    /// List the addresses where handshakes show what is presented.
    fn doors(&self) -> Vec<Door>;

    /// Tell how long it may take from activation until everything is presented.
    fn patience(&self) -> Duration {
        Duration::from_secs(15)
    }

    /// Tell how long to leave the service alone between two activations.
    fn pause(&self) -> Duration {
        Duration::ZERO
    }

    /// Tell whether visitors can be sent to TLS by [`Installer::promise`].
    fn takes_promises(&self) -> bool {
        false
    }

    /// Promise visitors what is said here, and nothing else any more. Called whenever that may have changed, apart from installing.
    fn promise(&self, _promises: &[Promise]) -> io::Result<()> {
        Ok(())
    }

    /// List what is dangerous in the service's configuration, in sentences for the log.
    async fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Choose the names of a certificate for which a service presents it: no addresses where it cannot.
pub(crate) fn concerned(installer: &dyn Installer, names: &[String]) -> Vec<String> {
    let mut chosen = installer.concerned(names);
    if !installer.presents_addresses() {
        chosen.retain(|name| address_of(name).is_none());
    }
    chosen
}

/// Make the installers of the services that are configured.
pub(crate) fn installers(config: &EngineConfig) -> Vec<Box<dyn Installer>> {
    let services = &config.services;
    let place = |service: &str, access| Place::new(&services.store, service, access, services.hostname.as_deref());
    let mut installers: Vec<Box<dyn Installer>> = Vec::new();
    if let Some(apache) = &config.apache {
        // Its first process reads the files, as root.
        installers.push(Box::new(apache::Apache::new(apache.clone(), place("apache", Access::default()))));
    }
    if let Some(nginx) = &services.nginx {
        let access = match &nginx.way {
            // Its first process reads the files, as root.
            NginxWay::Blocks { .. } => Access::default(),
            // Its workers read them, as their own user.
            NginxWay::ByName { group } => Access::group(Some(group)),
        };
        installers.push(Box::new(nginx::Nginx::new(nginx.clone(), place("nginx", access))));
    }
    if let Some(haproxy) = &services.haproxy {
        installers.push(Box::new(haproxy::Haproxy::new(haproxy.clone(), place("haproxy", Access::default()))));
    }
    if let Some(disk) = &services.web_disk {
        installers.push(Box::new(apache::Apache::web_disk(disk.clone(), place("webdisk", Access::default()))));
    }
    if let Some(dovecot) = &services.dovecot {
        installers.push(Box::new(dovecot::Dovecot::new(dovecot.clone(), place("dovecot", Access::default()))));
    }
    if let Some(exim) = &services.exim {
        // Each of its processes reads them, as its own user.
        let access = Access::group(Some(&exim.group));
        installers.push(Box::new(exim::Exim::new(exim.clone(), place("exim", access))));
    }
    if let Some(postfix) = &services.postfix {
        installers.push(Box::new(postfix::Postfix::new(postfix.clone(), place("postfix", Access::default()))));
    }
    if let Some(panel) = &services.panel {
        installers.push(Box::new(panel::Panel::new(panel.clone(), panel_place(services, panel))));
    }
    if let Some(hook) = &services.hook {
        let access = Access::group(hook.group.as_deref());
        installers.push(Box::new(hook::Hook::new(hook.clone(), place("hook", access))));
    }
    installers
}

/// Name the view of AutoSSL's own server. Clients that name no host get the certificate of its first name.
pub(crate) fn panel_place(services: &ServicesConfig, panel: &PanelConfig) -> Place {
    let hostname = services.hostname.as_ref().or(panel.names.first());
    // Where a deputy writes it, the server reads it as its own user.
    let access = Access::group(services.deputy.as_ref().map(|deputy| deputy.group.as_str()));
    Place::new(&services.store, "panel", access, hostname.map(String::as_str))
}

/// Ask at a door which certificate is presented for a name: its SHA-256 in hexadecimal.
pub(crate) async fn presented_at(door: Door, name: &str) -> Result<String, String> {
    probe::Prober::new()?.presented(door, name).await
}

/// Ask the web server which certificate it presents for a name: its SHA-256 in hexadecimal.
pub(crate) async fn presented(installer: &dyn Installer, name: &str) -> Result<String, String> {
    let door = installer.doors().into_iter().next().ok_or("no address is known where it answers")?;
    presented_at(door, name).await
}
