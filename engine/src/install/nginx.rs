//! nginx, in one of two ways.
//!
//! With a server block for each website: a file each, a configuration test that reads every certificate, one reload for all. Old
//! workers answer what they have begun, so a reload drops nothing, and each keeps as much memory until then as all certificates take.
//!
//! By name, for big servers: one server for all, which finds the file of the name that is asked for (SNI) in a map and reads it at
//! each handshake. A reload reads the map and no certificate: 15,000 names in less than a tenth of a second.

mod block;
mod map;

use super::probe::{Door, Protocol};
use super::{FileText, Files, Installer, Placed, Scene, command, daemon};
use crate::config::{NginxConfig, NginxWay};
use crate::tls_store::{Place, as_entry};
use async_trait::async_trait;
use block::Rest;
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

/// Measured: a reload reads some 500 server blocks a second; this allows a machine five times slower.
const RELOAD_PER_WEBSITE: Duration = Duration::from_millis(10);
const RELOAD_BASE: Duration = Duration::from_secs(15);
/// Old workers keep their memory, some 200 kB for each website, until their last connection ends.
const PAUSE_PER_WEBSITE: Duration = Duration::from_millis(10);
const MODE: u32 = 0o644;
/// Included in the map of `docs/fronts.md`, and by its name not in `http`.
const MAP: &str = "autossl.names";

/// Installs into one nginx.
pub(super) struct Nginx {
    config: NginxConfig,
    place: Place,
}

impl Nginx {
    pub(super) fn new(config: NginxConfig, place: Place) -> Self {
        Self { config, place }
    }

    fn file(&self, website: &str) -> PathBuf {
        self.config.conf_dir.join(format!("{}.conf", as_entry(website)))
    }

    fn map_file(&self) -> PathBuf {
        self.config.conf_dir.join(MAP)
    }

    fn block(&self, placed: Placed<'_>, listen: &[String], include: Option<&PathBuf>) -> Result<String, String> {
        let website = &placed.item.website;
        let mut pems = vec![self.place.combined(website)];
        pems.extend(placed.companion.map(|_| self.place.companion(website)));
        block::render(placed, listen, include.map(PathBuf::as_path), &pems)
    }

    /// Render the files of other websites without the names of these: of two blocks with a name, nginx takes the first.
    fn without_moved_names(&self, scene: &Scene<'_>) -> Files {
        let own: HashSet<PathBuf> = scene.placed.iter().map(|placed| self.file(&placed.item.website)).collect();
        let names = scene.placed.iter().flat_map(|placed| std::iter::once(&placed.item.website).chain(placed.names));
        let names: HashSet<&str> = names.map(String::as_str).collect();
        let paths = self.files().filter(|path| !own.contains(path));
        let file = |text| FileText { text, mode: MODE, website: None };
        let change = |path: PathBuf| match block::without(&(scene.before)(&path)?, &names) {
            Rest::Whole => None,
            Rest::Text(rest) => Some((path, file(Some(rest)))),
            Rest::Nothing => Some((path, file(None))),
        };
        paths.filter_map(change).collect()
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let entries = std::fs::read_dir(&self.config.conf_dir).into_iter().flatten().filter_map(Result::ok);
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|extension| extension == "conf"))
    }

    fn websites(&self) -> u32 {
        match self.config.way {
            NginxWay::Blocks { .. } => u32::try_from(self.files().count()).unwrap_or(u32::MAX),
            NginxWay::ByName { .. } => 0,
        }
    }
}

#[async_trait]
impl Installer for Nginx {
    fn service(&self) -> &str {
        "nginx"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn is_web_server(&self) -> bool {
        true
    }

    /// By name, a file that is not there would fail the handshake.
    fn takes_companions(&self) -> bool {
        matches!(self.config.way, NginxWay::Blocks { .. })
    }

    fn check(&self, placed: Placed<'_>) -> Result<(), String> {
        match &self.config.way {
            NginxWay::Blocks { listen, include } => self.block(placed, listen, include.as_ref()).map(drop),
            NginxWay::ByName { .. } => Ok(()),
        }
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Files, String> {
        let NginxWay::Blocks { listen, include } = &self.config.way else {
            let file = |website: &str| Some(self.place.generation(website, (scene.generation)(website)?));
            let text = map::render(scene.names, scene.default, file)?;
            let file = FileText { text: Some(text), mode: MODE, website: None };
            return Ok(Files::from([(self.map_file(), file)]));
        };
        let mut files = self.without_moved_names(scene);
        for placed in scene.placed {
            let text = self.block(*placed, listen, include.as_ref())?;
            let website = placed.item.website.clone();
            files.insert(self.file(&website), FileText { text: Some(text), mode: MODE, website: Some(website) });
        }
        Ok(files)
    }

    fn files_of(&self, website: &str) -> Vec<PathBuf> {
        match self.config.way {
            NginxWay::Blocks { .. } => vec![self.file(website)],
            NginxWay::ByName { .. } => Vec::new(),
        }
    }

    async fn is_down(&self) -> Option<String> {
        daemon::is_down("nginx", &self.config.pid_file)
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
        PAUSE_PER_WEBSITE * self.websites()
    }
}
