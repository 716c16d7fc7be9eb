//! `[services.haproxy]`: the HAProxy of this machine.

use super::words;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The HAProxy of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HaproxySection {
    /// The list of certificates that a `bind` line names and that only AutoSSL writes to.
    pub(crate) crt_list: PathBuf,
    /// The stats socket with the level `admin`.
    pub(crate) socket: PathBuf,
    /// The command that tests the configuration, all certificates included; none leaves it out.
    pub(crate) test: Vec<String>,
    /// Where a TLS handshake reaches it.
    pub(crate) probe: SocketAddr,
}

impl Default for HaproxySection {
    fn default() -> Self {
        Self {
            crt_list: "/etc/haproxy/autossl.list".into(),
            socket: "/run/haproxy/admin.sock".into(),
            test: words(&["haproxy", "-c", "-q", "-f", "/etc/haproxy/haproxy.cfg"]),
            probe: SocketAddr::from((Ipv4Addr::LOCALHOST, 443)),
        }
    }
}

impl HaproxySection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.crt_list = base.join(&self.crt_list);
        self.socket = base.join(&self.socket);
    }

    pub(super) fn engine(&self) -> engine::config::HaproxyConfig {
        engine::config::HaproxyConfig {
            crt_list: self.crt_list.clone(),
            socket: self.socket.clone(),
            test: self.test.clone(),
            probe: self.probe,
        }
    }
}
