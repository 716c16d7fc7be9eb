//! `[services.nginx]`: the nginx of this machine.

use super::words;
use engine::config::{NginxConfig, NginxWay};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The nginx of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NginxSection {
    /// How it finds certificates.
    pub(crate) way: Way,
    /// A directory that nginx includes in `http` and that only AutoSSL writes to.
    pub(crate) conf_dir: PathBuf,
    /// The addresses of the TLS server blocks.
    pub(crate) listen: Vec<String>,
    /// A file that each server block includes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) include: Option<PathBuf>,
    /// The group as which nginx reads certificates by name.
    pub(crate) group: String,
    /// The command that tests the configuration.
    pub(crate) test: Vec<String>,
    /// The command that reloads it without dropping connections.
    pub(crate) reload: Vec<String>,
    /// Where nginx writes its process id.
    pub(crate) pid_file: PathBuf,
    /// Where a TLS handshake reaches it.
    pub(crate) probe: SocketAddr,
}

/// How nginx finds certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// A server block for each website, and a reload.
    #[default]
    Blocks,
    /// A map of all names, and a reload that reads no certificate.
    ByName,
}

impl Default for NginxSection {
    fn default() -> Self {
        Self {
            way: Way::Blocks,
            conf_dir: "/etc/nginx/autossl".into(),
            listen: words(&["443", "[::]:443"]),
            include: None,
            group: "www-data".into(),
            test: words(&["nginx", "-t", "-q"]),
            reload: words(&["nginx", "-s", "reload"]),
            pid_file: "/run/nginx.pid".into(),
            probe: SocketAddr::from((Ipv4Addr::LOCALHOST, 443)),
        }
    }
}

impl NginxSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.conf_dir = base.join(&self.conf_dir);
        self.include = self.include.take().map(|path| base.join(path));
        self.pid_file = base.join(&self.pid_file);
    }

    pub(super) fn engine(&self) -> NginxConfig {
        NginxConfig {
            way: match self.way {
                Way::Blocks => NginxWay::Blocks { listen: self.listen.clone(), include: self.include.clone() },
                Way::ByName => NginxWay::ByName { group: self.group.clone() },
            },
            conf_dir: self.conf_dir.clone(),
            test: self.test.clone(),
            reload: self.reload.clone(),
            pid_file: self.pid_file.clone(),
            probe: self.probe,
        }
    }
}
