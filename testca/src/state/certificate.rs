//! Certificates, their revocation and their suggested renewal (RFC 9773).

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    clock::{earlier, later},
    jws::Key,
    names::Identifier,
};

pub(crate) struct Certificate {
    pub(crate) account: u64,
    pub(crate) order: u64,
    pub(crate) identifiers: BTreeSet<Identifier>,
    pub(crate) der: Vec<u8>,
    pub(crate) key: Key,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) revoked: Option<Revocation>,
    pub(crate) replaced_by: Option<u64>,
    /// What a test said instead of the usual.
    pub(crate) window: Option<Window>,
}

#[derive(Clone, Copy)]
pub(crate) struct Revocation {
    pub(crate) at: Timestamp,
    pub(crate) reason: u64,
}

/// When to renew, and why then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) explanation: Option<String>,
}

impl Certificate {
    /// The window after two thirds of the lifetime, 1/48 of it long: 45 hours of 90 days. A revoked certificate's has
    /// passed.
    pub(crate) fn suggested_window(&self, now: Timestamp) -> Window {
        if let Some(window) = &self.window {
            return window.clone();
        }
        if self.revoked.is_some() {
            return Window::already_past(now, None);
        }
        let lifetime = self.not_after.duration_since(self.not_before).unsigned_abs();
        let start = later(self.not_before, lifetime / 3 * 2);
        Window { start, end: later(start, lifetime / 48), explanation: None }
    }
}

impl Window {
    /// A window that says: at once.
    pub(crate) fn already_past(now: Timestamp, explanation: Option<String>) -> Self {
        let hour = std::time::Duration::from_secs(3600);
        Self { start: earlier(now, hour * 2), end: earlier(now, hour), explanation }
    }
}
