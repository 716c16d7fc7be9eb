//! Where websites come from.

use serde::{Deserialize, Serialize};

/// Where websites come from, and so where they are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InventorySource {
    /// AutoSSL's database: import files, the interface, the command line.
    #[default]
    Database,
    /// The configuration of this server's Apache.
    Apache,
}

impl InventorySource {
    /// Name the source as the store and the configuration spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Apache => "apache",
        }
    }

    /// Read a source's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Database, Self::Apache].into_iter().find(|value| value.as_str() == name)
    }
}
