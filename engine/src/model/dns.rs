//! DNS zones in which challenge records may be made, and records that validate names for long.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// How a DNS zone is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsKind {
    /// By messages to its primary server (RFC 2136).
    Rfc2136,
    /// At a provider, with a token.
    Provider,
    /// By a command.
    Command,
}

impl DnsKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Rfc2136, Self::Provider, Self::Command];

    /// Return the stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rfc2136 => "rfc2136",
            Self::Provider => "provider",
            Self::Command => "command",
        }
    }

    /// Read the stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

/// How a DNS zone is changed, but for its secret. Texts are empty and numbers are 0 where nothing is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsZoneSettings {
    /// Its name, or that of a part of it.
    pub zone: String,
    /// How it is changed.
    pub kind: DnsKind,
    /// `rfc2136`: the primary server's address or name, perhaps with a port. `provider`: PowerDNS's URL.
    pub server: String,
    /// `provider`: its name.
    pub provider: String,
    /// `rfc2136`: the name of the key that signs changes; empty where they are not signed.
    pub key_name: String,
    /// `rfc2136`: how the key signs.
    pub algorithm: String,
    /// `command`: the program and its first arguments.
    pub command: Vec<String>,
    /// Servers that must show what was published; none asks those of the zone's NS records.
    pub check_at: Vec<String>,
    /// How long others may remember a value, in seconds; 0 takes the default.
    pub ttl: u32,
    /// The most seconds that one change may take; 0 takes the default.
    pub timeout: u32,
    /// The most seconds to wait until all servers show what was published; 0 takes the default.
    pub propagation_timeout: u32,
}

impl DnsZoneSettings {
    /// Begin with a zone about which nothing else is said.
    #[must_use]
    pub fn new(zone: String, kind: DnsKind) -> Self {
        Self {
            zone,
            kind,
            server: String::new(),
            provider: String::new(),
            key_name: String::new(),
            algorithm: String::new(),
            command: Vec::new(),
            check_at: Vec::new(),
            ttl: 0,
            timeout: 0,
            propagation_timeout: 0,
        }
    }

    /// Name the server, the provider or the command.
    #[must_use]
    pub fn place(&self) -> String {
        match self.kind {
            DnsKind::Rfc2136 => self.server.clone(),
            DnsKind::Provider => self.provider.clone(),
            DnsKind::Command => self.command.join(" "),
        }
    }

    /// Tell whether changes are signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.kind == DnsKind::Rfc2136 && !self.key_name.is_empty()
    }

    /// Tell whether there is a secret: of a key or a token.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.is_signed() || self.kind == DnsKind::Provider
    }
}

/// Who made a DNS zone known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsZoneOrigin {
    /// The configuration file.
    Configuration,
    /// An administrator.
    Added {
        /// Who changed it last.
        by: String,
        /// When.
        at: Timestamp,
    },
}

/// Whether a DNS zone is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsZoneState {
    /// It is.
    InUse,
    /// It is not: the configuration file has the zone, too.
    Overruled,
    /// It cannot be, for this reason.
    Unusable(String),
}

/// What was seen of a DNS zone, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsZoneNote {
    /// When.
    pub at: Timestamp,
    /// What failed; `None` where nothing did.
    pub failure: Option<String>,
}

/// A DNS zone, as listings show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsZoneRow {
    /// How it is changed.
    pub settings: DnsZoneSettings,
    /// Who made it known.
    pub origin: DnsZoneOrigin,
    /// Whether it is used.
    pub state: DnsZoneState,
    /// The last trial.
    pub tested: Option<DnsZoneNote>,
    /// The last validation in it.
    pub used: Option<DnsZoneNote>,
}

/// Whether a provider offers to validate by a persistent record (dns-persist-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersistOffer {
    /// It does.
    Offered,
    /// It does not.
    NotOffered,
    /// No order has shown it yet.
    Unknown,
}

/// A persistent validation record: what it must say, and what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersistSheet {
    /// The domain that it validates.
    pub domain: String,
    /// The provider that it is for, by its name for people.
    pub provider: String,
    /// Whether that one offers it.
    pub offer: PersistOffer,
    /// The record's name.
    pub record: String,
    /// The value of its TXT record.
    pub value: String,
    /// The record as a zone file has it.
    pub line: String,
    /// Whether the record that is there validates the domain now.
    pub works: bool,
    /// What was found, blocking findings first.
    pub findings: Vec<PersistFinding>,
    /// Whether the record was published by AutoSSL.
    pub published: bool,
}

/// What was found of a persistent validation record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersistFinding {
    /// The stable code.
    pub code: String,
    /// What is wrong, in one sentence.
    pub cause: String,
    /// What was seen.
    pub evidence: String,
    /// What to do.
    pub remedy: String,
}
