//! What goes and what stays when websites are removed, or AutoSSL is.

use serde::{Deserialize, Serialize};

/// What it means that AutoSSL is switched off for users.
pub const DISABLED_MEANS: &str =
    "While AutoSSL is disabled, certificates stay installed until they expire, and nothing is ordered or renewed.";

/// What goes and what stays; nothing is done yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalPlan {
    /// What goes from each service that is switched on and has something.
    pub services: Vec<ServiceRemoval>,
    /// Directories with certificates and keys that go.
    pub keys: Vec<String>,
    /// When, what stays, and what is not done, in sentences.
    pub remarks: Vec<String>,
}

impl RemovalPlan {
    /// Tell whether nothing goes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.keys.is_empty()
    }
}

/// What goes from a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRemoval {
    /// The service's short name.
    pub service: String,
    /// Names for which it presents a certificate of AutoSSL's until then.
    pub names: Vec<String>,
    /// Files that go. The service's other files of AutoSSL's are written anew without the names.
    pub files: Vec<String>,
}

/// What became of a removal in a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRemoved {
    /// The service's short name.
    pub service: String,
    /// Why everything stands as before there; `None` where it was done.
    pub failure: Option<String>,
}
