//! `[services.postfix]`: the Postfix of this machine.

use super::{MAIL_LABELS, words};
use engine::config::{MailDoors, MailNames, PostfixConfig};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The Postfix of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PostfixSection {
    /// The table that Postfix looks names up in, and that only AutoSSL writes to.
    pub(crate) table: PathBuf,
    /// Its type: `hash`, `cdb`, `lmdb` or `btree`.
    pub(crate) table_type: String,
    /// The command that makes the table; its type and path are added.
    pub(crate) postmap: Vec<String>,
    /// The first labels of the names that mail clients use.
    pub(crate) labels: Vec<String>,
    /// Whether they use websites' own names, too.
    pub(crate) domains: bool,
    /// The command that tests the configuration.
    pub(crate) test: Vec<String>,
    /// The command that reloads it.
    pub(crate) reload: Vec<String>,
    /// Where Postfix writes its process id.
    pub(crate) pid_file: PathBuf,
    /// Where TLS begins with the first byte.
    pub(crate) probe_tls: Vec<SocketAddr>,
    /// Where it begins after STARTTLS.
    pub(crate) probe_smtp: Vec<SocketAddr>,
}

impl Default for PostfixSection {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            table: "/etc/postfix/autossl_sni".into(),
            table_type: "hash".into(),
            postmap: words(&["postmap", "-F"]),
            labels: words(&MAIL_LABELS),
            domains: false,
            test: words(&["postfix", "check"]),
            reload: words(&["postfix", "reload"]),
            pid_file: "/var/spool/postfix/pid/master.pid".into(),
            probe_tls: vec![local(465)],
            probe_smtp: vec![local(25), local(587)],
        }
    }
}

impl PostfixSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.table = base.join(&self.table);
        self.pid_file = base.join(&self.pid_file);
    }

    pub(super) fn engine(&self) -> PostfixConfig {
        PostfixConfig {
            table: self.table.clone(),
            table_type: self.table_type.clone(),
            postmap: self.postmap.clone(),
            names: MailNames { labels: self.labels.clone(), domains: self.domains },
            test: self.test.clone(),
            reload: self.reload.clone(),
            pid_file: self.pid_file.clone(),
            doors: MailDoors { tls: self.probe_tls.clone(), smtp: self.probe_smtp.clone(), ..MailDoors::default() },
        }
    }
}
