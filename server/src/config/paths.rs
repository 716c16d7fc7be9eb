//! `[paths]`: where files are kept.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where files are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PathsSection {
    /// Certificates, keys, the database.
    pub(crate) data: PathBuf,
    /// A directory a run.
    pub(crate) logs: PathBuf,
}

impl Default for PathsSection {
    fn default() -> Self {
        Self { data: "/var/lib/autossl".into(), logs: "/var/log/autossl".into() }
    }
}

impl PathsSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.data = base.join(&self.data);
        self.logs = base.join(&self.logs);
    }
}
