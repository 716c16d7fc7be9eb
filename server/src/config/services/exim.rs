//! `[services.exim]`: the Exim of this machine.

use super::{MAIL_LABELS, words};
use engine::config::{EximConfig, MailDoors, MailNames};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The Exim of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EximSection {
    /// The group as which Exim reads certificates.
    pub(crate) group: String,
    /// The first labels of the names that mail clients use.
    pub(crate) labels: Vec<String>,
    /// Whether they use websites' own names, too.
    pub(crate) domains: bool,
    /// Where Exim writes its process id.
    pub(crate) pid_file: PathBuf,
    /// Where TLS begins with the first byte.
    pub(crate) probe_tls: Vec<SocketAddr>,
    /// Where it begins after STARTTLS.
    pub(crate) probe_smtp: Vec<SocketAddr>,
}

impl Default for EximSection {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            group: "Debian-exim".into(),
            labels: words(&MAIL_LABELS),
            domains: false,
            pid_file: "/run/exim4/exim.pid".into(),
            probe_tls: vec![local(465)],
            probe_smtp: vec![local(25), local(587)],
        }
    }
}

impl EximSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.pid_file = base.join(&self.pid_file);
    }

    pub(super) fn engine(&self) -> EximConfig {
        EximConfig {
            group: self.group.clone(),
            names: MailNames { labels: self.labels.clone(), domains: self.domains },
            pid_file: self.pid_file.clone(),
            doors: MailDoors { tls: self.probe_tls.clone(), smtp: self.probe_smtp.clone(), ..MailDoors::default() },
        }
    }
}
