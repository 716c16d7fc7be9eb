//! `[services.web_disk]`: the Apache of this machine that serves files by WebDAV (RFC 4918), an instance of its own.

use super::words;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The Apache of the Web Disk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebDiskSection {
    /// A directory that this Apache includes and that only AutoSSL writes to.
    pub(crate) vhost_dir: PathBuf,
    /// The address of the virtual hosts.
    pub(crate) listen: String,
    /// The first labels of the names that it is reached by.
    pub(crate) labels: Vec<String>,
    /// The command that tests the configuration.
    pub(crate) test: Vec<String>,
    /// The command that reloads it without dropping connections.
    pub(crate) reload: Vec<String>,
    /// Where it writes its process id.
    pub(crate) pid_file: PathBuf,
    /// Where a TLS handshake reaches it.
    pub(crate) probe: SocketAddr,
    /// How many milliseconds to leave it alone between two reloads, for each website.
    pub(crate) pause_per_website_ms: u32,
}

impl Default for WebDiskSection {
    fn default() -> Self {
        Self {
            vhost_dir: "/etc/apache2-webdisk/autossl".into(),
            listen: "*:2078".into(),
            labels: words(&["webdisk"]),
            test: words(&["apache2ctl-webdisk", "configtest"]),
            reload: words(&["apache2ctl-webdisk", "graceful"]),
            pid_file: "/run/apache2-webdisk/apache2.pid".into(),
            probe: SocketAddr::from((Ipv4Addr::LOCALHOST, 2078)),
            pause_per_website_ms: 40,
        }
    }
}

impl WebDiskSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.vhost_dir = base.join(&self.vhost_dir);
        self.pid_file = base.join(&self.pid_file);
    }

    pub(super) fn engine(&self) -> engine::config::WebDiskConfig {
        engine::config::WebDiskConfig {
            labels: self.labels.clone(),
            apache: engine::config::ApacheConfig {
                vhost_dir: self.vhost_dir.clone(),
                listen: self.listen.clone(),
                test: self.test.clone(),
                reload: self.reload.clone(),
                pid_file: self.pid_file.clone(),
                probe: self.probe,
                pause_per_website_ms: self.pause_per_website_ms,
                // Its hosts are made for it, not after others.
                command: Vec::new(),
                edit_hosts: false,
                challenges: SocketAddr::from((Ipv4Addr::LOCALHOST, 80)),
            },
        }
    }
}
