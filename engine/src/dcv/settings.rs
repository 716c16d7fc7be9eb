//! What a check needs to know of the server and of the order.

use super::PersistTerms;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What a check needs to know of this server. The default fits a public CA and a server without NAT.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Resolvers to ask, in this order; `None` reads /etc/resolv.conf, once. DNSSEC is judged by them: use a validating one.
    pub resolvers: Option<Vec<SocketAddr>>,
    /// The TCP port that stands for port 80.
    pub http_port: u16,
    /// The TCP port that stands for port 443, where redirects lead to https.
    pub https_port: u16,
    /// This server's public addresses; empty where they are not known, and then nothing is said about them.
    pub own_addresses: Vec<IpAddr>,
    /// Public addresses of this server that a NAT maps, each with the address to connect to from inside.
    pub mapped_addresses: BTreeMap<IpAddr, IpAddr>,
    /// Whether private and reserved addresses and names are as good as public ones: for internal CAs and tests.
    pub allow_private: bool,
    /// How many redirects the CA follows.
    pub redirect_limit: usize,
    /// How many CNAME records may follow one another.
    pub cname_limit: usize,
    /// How many addresses of one name are fetched from.
    pub address_limit: usize,
    /// The time for one fetch with all its redirects.
    pub fetch_timeout: Duration,
    /// The time for one DNS question, all tries together. A failure takes up to three more questions to explain.
    pub lookup_timeout: Duration,
    /// How often a DNS question is asked within that time; each resolver once at least.
    pub lookup_tries: u32,
    /// The time for the whole check of one name.
    pub name_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resolvers: None,
            http_port: 80,
            https_port: 443,
            own_addresses: Vec::new(),
            mapped_addresses: BTreeMap::new(),
            allow_private: false,
            redirect_limit: 10,
            cname_limit: 10,
            address_limit: 6,
            fetch_timeout: Duration::from_secs(10),
            lookup_timeout: Duration::from_secs(5),
            lookup_tries: 2,
            name_timeout: Duration::from_secs(60),
        }
    }
}

impl Settings {
    /// Tell whether this server's addresses are known.
    pub(super) fn knows_own_addresses(&self) -> bool {
        !self.own_addresses.is_empty() || !self.mapped_addresses.is_empty()
    }

    /// Tell whether an address is this server's.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        self.own_addresses.contains(&address) || self.mapped_addresses.contains_key(&address)
    }

    /// Return where to connect to for an address and a port of a URL; `None` where CAs do not use that port.
    pub(super) fn target(&self, address: IpAddr, port: u16) -> Option<SocketAddr> {
        let port = match port {
            80 => self.http_port,
            443 => self.https_port,
            port if port == self.http_port || port == self.https_port => port,
            _ => return None,
        };
        Some(SocketAddr::new(self.mapped_addresses.get(&address).copied().unwrap_or(address), port))
    }
}

/// Whether AutoSSL can put TXT records into the zone of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dns01 {
    /// It can.
    Available,
    /// It cannot.
    Unavailable,
}

/// What the order would be like.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// The CA's names in CAA records (`meta.caaIdentities` of its directory, RFC 8555, section 7.1.1). Empty means that
    /// the CA does not look at CAA, as internal ones may; then it is not looked up.
    pub issuers: Vec<String>,
    /// The URL of the account at the CA, for CAA `accounturi` (RFC 8657); an unknown account matches none.
    pub account_uri: Option<String>,
    /// Whether DNS-01 is possible for this name.
    pub dns01: Dns01,
    /// What persistent validation records must say; `None` where the CA does not look at them.
    pub persist: Option<PersistTerms>,
}
