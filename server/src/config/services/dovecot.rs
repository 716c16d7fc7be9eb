//! `[services.dovecot]`: the Dovecot of this machine.

use super::{MAIL_LABELS, words};
use engine::config::{DovecotConfig, MailDoors, MailNames};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The Dovecot of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DovecotSection {
    /// A file that Dovecot includes and that only AutoSSL writes to.
    pub(crate) include: PathBuf,
    /// The first labels of the names that mail clients use.
    pub(crate) labels: Vec<String>,
    /// Whether they use websites' own names, too.
    pub(crate) domains: bool,
    /// The command that tests the configuration.
    pub(crate) test: Vec<String>,
    /// The command that reloads it.
    pub(crate) reload: Vec<String>,
    /// The command that tells the version.
    pub(crate) version: Vec<String>,
    /// Where Dovecot writes its process id.
    pub(crate) pid_file: PathBuf,
    /// Where TLS begins with the first byte.
    pub(crate) probe_tls: Vec<SocketAddr>,
    /// Where it begins after STARTTLS of IMAP.
    pub(crate) probe_imap: Vec<SocketAddr>,
    /// Where it begins after STLS of POP3.
    pub(crate) probe_pop3: Vec<SocketAddr>,
}

impl Default for DovecotSection {
    fn default() -> Self {
        Self {
            include: "/etc/dovecot/autossl.conf".into(),
            labels: words(&MAIL_LABELS),
            domains: false,
            test: words(&["doveconf", "-n"]),
            reload: words(&["doveadm", "reload"]),
            version: words(&["dovecot", "--version"]),
            pid_file: "/run/dovecot/master.pid".into(),
            probe_tls: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 993))],
            probe_imap: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 143))],
            probe_pop3: Vec::new(),
        }
    }
}

impl DovecotSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.include = base.join(&self.include);
        self.pid_file = base.join(&self.pid_file);
    }

    pub(super) fn engine(&self) -> DovecotConfig {
        DovecotConfig {
            include: self.include.clone(),
            names: MailNames { labels: self.labels.clone(), domains: self.domains },
            test: self.test.clone(),
            reload: self.reload.clone(),
            version: self.version.clone(),
            pid_file: self.pid_file.clone(),
            doors: MailDoors {
                tls: self.probe_tls.clone(),
                imap: self.probe_imap.clone(),
                pop3: self.probe_pop3.clone(),
                smtp: Vec::new(),
            },
        }
    }
}
