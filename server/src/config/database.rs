//! `[database]`: where AutoSSL remembers.

use super::paths::PathsSection;
use serde::{Deserialize, Serialize};
use std::path::Path;

const SQLITE: &str = "sqlite://";

/// Where AutoSSL remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    /// `sqlite:///path/file.db`; a file in `paths.data` where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

impl DatabaseSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        let Some(url) = &mut self.url else { return };
        if let Some(path) = url.strip_prefix(SQLITE).filter(|path| !path.starts_with(['/', ':'])) {
            *url = format!("{SQLITE}{}", base.join(path).display());
        }
    }

    pub(super) fn url(&self, paths: &PathsSection) -> String {
        let default = || format!("{SQLITE}{}", paths.data.join("autossl.db").display());
        self.url.clone().unwrap_or_else(default)
    }
}
