//! `[services.*]`: what certificates are installed into.

use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// What certificates are installed into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServicesSection {
    /// The Apache of this machine, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) apache: Option<ApacheSection>,
}

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
}

impl Default for ApacheSection {
    fn default() -> Self {
        let command = |words: [&str; 2]| words.map(str::to_owned).to_vec();
        Self {
            vhost_dir: "/etc/apache2/autossl".into(),
            listen: "*:443".into(),
            test: command(["apache2ctl", "configtest"]),
            reload: command(["apache2ctl", "graceful"]),
            pid_file: "/run/apache2/apache2.pid".into(),
            probe: SocketAddr::from((Ipv4Addr::LOCALHOST, 443)),
        }
    }
}

impl ServicesSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        if let Some(apache) = &mut self.apache {
            apache.vhost_dir = base.join(&apache.vhost_dir);
            apache.pid_file = base.join(&apache.pid_file);
        }
    }
}

impl ApacheSection {
    pub(super) fn engine(&self) -> engine::config::ApacheConfig {
        engine::config::ApacheConfig {
            vhost_dir: self.vhost_dir.clone(),
            listen: self.listen.clone(),
            test: self.test.clone(),
            reload: self.reload.clone(),
            pid_file: self.pid_file.clone(),
            probe: self.probe,
        }
    }
}
