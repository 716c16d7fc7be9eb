//! `[services.apache]`: the Apache of this machine.

use super::super::reachable;
use super::words;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The Apache of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ApacheSection {
    /// A directory that Apache includes and that only AutoSSL writes to.
    pub(crate) vhost_dir: PathBuf,
    /// The address of the TLS virtual hosts.
    pub(crate) listen: String,
    /// The command that tests the configuration.
    pub(crate) test: Vec<String>,
    /// The command that reloads it without dropping connections.
    pub(crate) reload: Vec<String>,
    /// Where Apache writes its process id.
    pub(crate) pid_file: PathBuf,
    /// Where a TLS handshake reaches it.
    pub(crate) probe: SocketAddr,
    /// How many milliseconds to leave Apache alone between two reloads, for each website.
    pub(crate) pause_per_website_ms: u32,
    /// The command that tells which virtual hosts Apache has, without `-t`; none looks at none.
    pub(crate) command: Vec<String>,
    /// Whether the certificate's file may be exchanged in TLS virtual hosts of the administrator's.
    pub(crate) edit_hosts: bool,
}

impl Default for ApacheSection {
    fn default() -> Self {
        Self {
            vhost_dir: "/etc/apache2/autossl".into(),
            listen: "*:443".into(),
            test: words(&["apache2ctl", "configtest"]),
            reload: words(&["apache2ctl", "graceful"]),
            pid_file: "/run/apache2/apache2.pid".into(),
            probe: SocketAddr::from((Ipv4Addr::LOCALHOST, 443)),
            pause_per_website_ms: 40,
            command: words(&["apache2ctl"]),
            edit_hosts: false,
        }
    }
}

impl ApacheSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.vhost_dir = base.join(&self.vhost_dir);
        self.pid_file = base.join(&self.pid_file);
    }

    /// `challenges` is the address and port of the challenge port.
    pub(in crate::config) fn engine(&self, challenges: SocketAddr) -> engine::config::ApacheConfig {
        engine::config::ApacheConfig {
            vhost_dir: self.vhost_dir.clone(),
            listen: self.listen.clone(),
            test: self.test.clone(),
            reload: self.reload.clone(),
            pid_file: self.pid_file.clone(),
            probe: self.probe,
            pause_per_website_ms: self.pause_per_website_ms,
            command: self.command.clone(),
            edit_hosts: self.edit_hosts,
            challenges: reachable(challenges),
        }
    }
}
