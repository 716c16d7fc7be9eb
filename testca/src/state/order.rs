//! Orders (RFC 8555, section 7.1.3).

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{names::Identifier, pki::Serial, problem::Problem};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderStatus {
    Pending,
    Ready,
    Processing,
    Valid,
    Invalid,
}

impl OrderStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Processing => "processing",
            Self::Valid => "valid",
            Self::Invalid => "invalid",
        }
    }
}

pub(crate) struct Order {
    pub(crate) account: u64,
    pub(crate) identifiers: BTreeSet<Identifier>,
    pub(crate) profile: String,
    pub(crate) authorizations: Vec<u64>,
    pub(crate) expires: Timestamp,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) not_after: Option<Timestamp>,
    /// The certificate that it replaces (RFC 9773), as the client wrote it.
    pub(crate) replaces: Option<String>,
    /// Set while the certificate is being signed, so that it is signed once.
    pub(crate) finalizing: bool,
    /// The certificate is made at once, and shown from this time on.
    pub(crate) processing_until: Timestamp,
    pub(crate) certificate: Option<Serial>,
    pub(crate) invalid: bool,
    pub(crate) error: Option<Problem>,
}

impl Order {
    pub(crate) fn names(&self) -> Vec<String> {
        self.identifiers.iter().map(Identifier::text).collect()
    }
}
