//! `[[providers]]`: certificate authorities beside the built-in ones.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A certificate authority that the administrator added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderSection {
    /// A short stable name.
    pub(crate) id: String,
    /// The name for people.
    pub(crate) name: String,
    /// The ACME directory's URL (RFC 8555, section 7.1.1).
    pub(crate) directory_url: String,
    /// Its limits by name, such as `new_orders = "300/3h"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) limits: BTreeMap<String, String>,
    /// Whether it may be at a private address.
    #[serde(default)]
    pub(crate) allow_private: bool,
}

impl ProviderSection {
    pub(super) fn engine(&self) -> engine::config::ProviderConfig {
        engine::config::ProviderConfig {
            id: self.id.clone(),
            name: self.name.clone(),
            directory_url: self.directory_url.clone(),
            limits: self.limits.clone(),
            allow_private: self.allow_private,
        }
    }
}
