//! Accounts (RFC 8555, section 7.1.2).

use serde_json::Value;

use crate::jws::Key;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountStatus {
    Valid,
    Deactivated,
}

impl AccountStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Deactivated => "deactivated",
        }
    }
}

pub(crate) struct Account {
    pub(crate) key: Key,
    pub(crate) contacts: Vec<String>,
    pub(crate) status: AccountStatus,
    pub(crate) terms_agreed: bool,
    /// The binding as the client sent it, which is shown again.
    pub(crate) external_binding: Option<Value>,
    /// Oldest first.
    pub(crate) orders: Vec<u64>,
}
