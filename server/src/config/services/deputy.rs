//! `[services.deputy]`: the process that installs as root, where the server is an ordinary user.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The process that installs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeputySection {
    /// The Unix socket at which the server asks it.
    pub(crate) socket: PathBuf,
    /// The only user that it listens to, by name or number: the server's.
    pub(crate) user: String,
    /// The server's group, by name or number.
    pub(crate) group: String,
    /// Where the directories of websites may be.
    pub(crate) document_roots: Vec<PathBuf>,
}

impl Default for DeputySection {
    fn default() -> Self {
        Self {
            socket: "/run/autossl/deputy.sock".into(),
            user: "autossl".into(),
            group: "autossl".into(),
            document_roots: vec!["/home".into(), "/var/www".into()],
        }
    }
}

impl DeputySection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.socket = base.join(&self.socket);
        self.document_roots.iter_mut().for_each(|root| *root = base.join(&*root));
    }

    pub(super) fn engine(&self) -> engine::config::DeputyConfig {
        engine::config::DeputyConfig {
            socket: self.socket.clone(),
            user: self.user.clone(),
            group: self.group.clone(),
            document_roots: self.document_roots.clone(),
        }
    }
}
