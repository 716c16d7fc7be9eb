//! Apache: one file for each website, a configuration test, one graceful reload for all. The Web Disk is an Apache of its own, whose
//! hosts are for the names that file programs use.
//!
//! A website's TLS hosts are made of those that answer for its names in the clear (`copy`). A TLS host of the administrator's stays the
//! one for its names: it is left as it is (`own`), unless the configuration lets its certificate be exchanged (`edit`).
//!
//! Apache's own test never reads a certificate, and a reload with a broken one ends the server: the driver checks every pair.

mod copy;
mod edit;
mod hosts;
mod own;
mod promise;
pub(crate) mod snippet;
mod vhost;

pub(crate) use hosts::Hosts;
pub(crate) use own::is_same_file;

use super::probe::{Door, Protocol};
use super::{FileText, Files, Installer, Placed, Promise, Scene, Withheld, command, daemon, mail};
use crate::config::{ApacheConfig, WebDiskConfig};
use crate::tls_store::{Place, as_entry};
use async_trait::async_trait;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use vhost::Rest;

/// Measured: a reload reads 500 to 700 virtual hosts a second; this allows a machine five times slower.
const RELOAD_PER_WEBSITE: Duration = Duration::from_millis(10);
const RELOAD_BASE: Duration = Duration::from_secs(15);
const MODE: u32 = 0o644;

/// Installs into one Apache.
pub(super) struct Apache {
    role: Role,
    config: ApacheConfig,
    place: Place,
    /// The administrator's virtual hosts, as of the last look.
    hosts: Mutex<Option<Arc<Hosts>>>,
}

/// What an Apache is for.
enum Role {
    /// Websites, by all of their names.
    Websites,
    /// Websites' files by WebDAV, by names with one of these first labels and by wildcards.
    WebDisk(Vec<String>),
}

impl Apache {
    pub(super) fn new(config: ApacheConfig, place: Place) -> Self {
        Self { role: Role::Websites, config, place, hosts: Mutex::default() }
    }

    pub(super) fn web_disk(config: WebDiskConfig, place: Place) -> Self {
        Self { role: Role::WebDisk(config.labels), config: config.apache, place, hosts: Mutex::default() }
    }

    /// Write the website's file; `None` for no file.
    fn text(&self, placed: Placed<'_>) -> Result<Option<String>, String> {
        let pems = pems(&self.place, placed);
        match self.role {
            Role::Websites => vhost::render(placed, &self.config.listen, &pems, self.hosts().as_deref()),
            Role::WebDisk(_) => vhost::render_disk(placed, &self.config.listen, &pems).map(Some),
        }
    }

    fn hosts(&self) -> Option<Arc<Hosts>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn file(&self, website: &str) -> PathBuf {
        let name = match self.role {
            Role::Websites => vhost::file_name(website),
            Role::WebDisk(_) => format!("{}.conf", as_entry(website)),
        };
        self.config.vhost_dir.join(name)
    }

    /// Render the files of other websites without the names of these: a name that moved would be answered for by the website that had
    /// it.
    fn without_moved_names(&self, scene: &Scene<'_>) -> Files {
        let own: HashSet<PathBuf> = scene.placed.iter().map(|placed| self.file(&placed.item.website)).collect();
        let names = scene.placed.iter().flat_map(|placed| std::iter::once(&placed.item.website).chain(placed.names));
        let names: HashSet<&str> = names.map(String::as_str).collect();
        let entries = std::fs::read_dir(&self.config.vhost_dir).into_iter().flatten().filter_map(Result::ok);
        let paths = entries.map(|entry| entry.path()).filter(|path| is_configuration(path) && !own.contains(path));
        let file = |text| FileText { text, mode: MODE, website: None };
        let change = |path: PathBuf| match vhost::without(&(scene.before)(&path)?, &names) {
            Rest::Whole => None,
            Rest::Text(rest) => Some((path, file(Some(rest)))),
            Rest::Nothing => Some((path, file(None))),
        };
        paths.filter_map(change).collect()
    }

    /// Exchange the certificate in the administrator's hosts that may be edited.
    fn exchanged(&self, scene: &Scene<'_>, hosts: &Hosts) -> Result<Files, String> {
        if !self.config.edit_hosts {
            return Ok(Files::default());
        }
        own::exchanged(&self.place, hosts, scene)
    }

    fn websites(&self) -> u32 {
        let websites = std::fs::read_dir(&self.config.vhost_dir).map_or(0, Iterator::count);
        u32::try_from(websites).unwrap_or(u32::MAX)
    }
}

#[async_trait]
impl Installer for Apache {
    fn service(&self) -> &str {
        match self.role {
            Role::Websites => "apache",
            Role::WebDisk(_) => "webdisk",
        }
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn is_web_server(&self) -> bool {
        matches!(self.role, Role::Websites)
    }

    fn presents_addresses(&self) -> bool {
        self.is_web_server()
    }

    fn takes_companions(&self) -> bool {
        true
    }

    fn concerned(&self, names: &[String]) -> Vec<String> {
        match &self.role {
            Role::Websites => names.to_vec(),
            Role::WebDisk(labels) => mail::with_labels(labels, names),
        }
    }

    async fn look(&self) -> Result<(), String> {
        let hosts = match self.role {
            Role::Websites => Hosts::ask(&self.config).await?.map(Arc::new),
            Role::WebDisk(_) => None,
        };
        *self.hosts.lock().unwrap_or_else(PoisonError::into_inner) = hosts;
        Ok(())
    }

    fn dirs(&self) -> Vec<PathBuf> {
        vec![self.config.vhost_dir.clone()]
    }

    fn withheld(&self, placed: Placed<'_>) -> Option<Withheld> {
        own::withheld(&self.place, self.config.edit_hosts, &*self.hosts()?, placed)
    }

    fn check(&self, placed: Placed<'_>) -> Result<(), String> {
        self.text(placed).map(drop)
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Files, String> {
        let mut files = self.without_moved_names(scene);
        for placed in scene.placed {
            let website = &placed.item.website;
            let text = self.text(*placed)?;
            files.insert(self.file(website), FileText { text, mode: MODE, website: Some(website.clone()) });
        }
        if let Some(hosts) = self.hosts() {
            files.extend(self.exchanged(scene, &hosts)?);
        }
        Ok(files)
    }

    fn files_of(&self, website: &str) -> Vec<PathBuf> {
        vec![self.file(website)]
    }

    fn takes_promises(&self) -> bool {
        self.is_web_server()
    }

    fn promise(&self, promises: &[Promise]) -> io::Result<()> {
        promise::keep(&self.config.vhost_dir, hosts::port_of(&self.config.listen), promises)
    }

    async fn is_down(&self) -> Option<String> {
        let name = if self.is_web_server() { "Apache" } else { "The Web Disk" };
        daemon::is_down(name, &self.config.pid_file)
    }

    async fn test(&self) -> Result<(), String> {
        command::run(&self.config.test).await
    }

    async fn activate(&self, _changed: &[&str]) -> Result<(), String> {
        command::run(&self.config.reload).await
    }

    fn doors(&self) -> Vec<Door> {
        vec![Door { protocol: Protocol::Tls, address: self.config.probe }]
    }

    fn patience(&self) -> Duration {
        RELOAD_BASE + RELOAD_PER_WEBSITE * self.websites()
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(self.config.pause_per_website_ms.into()) * self.websites()
    }
}

/// Name the files with the certificates of a website: the first, and the companion, if that is presented beside it.
fn pems(place: &Place, placed: Placed<'_>) -> Vec<PathBuf> {
    let website = &placed.item.website;
    let companion = placed.companion.map(|_| place.companion(website));
    std::iter::once(place.combined(website)).chain(companion).collect()
}

fn is_configuration(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "conf")
}
