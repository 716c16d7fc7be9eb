//! What the authoritative servers of the rig serve: zones made of the records that a test names.

use std::path::{Path, PathBuf};

/// A zone to serve.
#[derive(Clone, Debug)]
pub struct Zone {
    pub(crate) name: String,
    contents: Contents,
    /// Who may change it (RFC 2136).
    pub(crate) key: Option<TsigKey>,
}

#[derive(Clone, Debug)]
enum Contents {
    Records(String),
    Signed(String),
    Missing,
}

/// A key that a server knows (RFC 8945).
#[derive(Clone, Copy, Debug)]
pub struct TsigKey {
    /// Its name.
    pub name: &'static str,
    /// Its algorithm, such as `hmac-sha256`.
    pub algorithm: &'static str,
    /// What it signs with, in base64.
    pub secret: &'static str,
}

impl Zone {
    /// Serve these records, in zone file syntax, names being relative to the zone; SOA and NS are added.
    pub fn new(name: &str, records: &str) -> Self {
        Self { name: name.to_owned(), contents: Contents::Records(records.to_owned()), key: None }
    }

    /// Serve these records signed; [`crate::Knot::ds`] tells with which key. For Knot only.
    pub fn signed(name: &str, records: &str) -> Self {
        Self { name: name.to_owned(), contents: Contents::Signed(records.to_owned()), key: None }
    }

    /// Be set up for the zone, but without its contents: every question is answered with SERVFAIL.
    pub fn broken(name: &str) -> Self {
        Self { name: name.to_owned(), contents: Contents::Missing, key: None }
    }

    /// Let whoever has the key change the zone (RFC 2136).
    pub fn changed_with(mut self, key: TsigKey) -> Self {
        self.key = Some(key);
        self
    }

    pub(crate) fn records(&self) -> Option<&str> {
        match &self.contents {
            Contents::Records(records) | Contents::Signed(records) => Some(records),
            Contents::Missing => None,
        }
    }

    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.contents, Contents::Signed(_))
    }

    pub(crate) fn file(&self, directory: &Path) -> PathBuf {
        directory.join(format!("{}.zone", if self.name.is_empty() { "root" } else { &self.name }))
    }

    pub(crate) fn text(&self, records: &str) -> String {
        let name = &self.name;
        format!("$ORIGIN {name}.\n$TTL 1\n@ SOA ns.dns.rig. admin.dns.rig. 1 60 60 60 1\n@ NS ns.dns.rig.\n{records}\n")
    }
}

/// List the keys of zones, each once.
pub(crate) fn keys(zones: &[Zone]) -> Vec<TsigKey> {
    let mut keys: Vec<TsigKey> = zones.iter().filter_map(|zone| zone.key).collect();
    keys.sort_by_key(|key| key.name);
    keys.dedup_by_key(|key| key.name);
    keys
}
