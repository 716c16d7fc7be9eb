//! `[inventory]`: what AutoSSL looks after.

use serde::{Deserialize, Serialize};

/// What AutoSSL looks after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct InventorySection {
    /// Patterns of names that are left alone on the whole server.
    pub(crate) exclude: Vec<String>,
}
