//! `[acme]`: how certificate authorities are spoken to, and where they validate.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// How certificate authorities are spoken to, and where they validate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AcmeSection {
    /// The address of the challenge port.
    pub(crate) http_address: IpAddr,
    /// The port that answers `/.well-known/acme-challenge/`; 0 takes a free one.
    pub(crate) http_port: u16,
    /// PEM files with roots to trust beside the system's.
    pub(crate) trusted_roots: Vec<PathBuf>,
    /// An e-mail address that the certificate authority may write to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<String>,
    /// The most seconds that one request may take.
    pub(crate) request_timeout: u32,
    /// Seconds to wait for a validation or an issuance before giving up.
    pub(crate) order_timeout: u32,
    /// Whether names are checked before anything is ordered.
    pub(crate) precheck: bool,
    /// DNS resolvers for that check; none asks the system's.
    pub(crate) resolver: Vec<SocketAddr>,
    /// The port on which certificate authorities fetch tokens.
    pub(crate) validation_port: u16,
    /// This server's public addresses.
    pub(crate) addresses: Vec<IpAddr>,
    /// Whether private names and addresses are as good as public ones.
    pub(crate) allow_private: bool,
}

impl Default for AcmeSection {
    fn default() -> Self {
        Self {
            http_address: Ipv4Addr::LOCALHOST.into(),
            http_port: 8402,
            trusted_roots: Vec::new(),
            contact: None,
            request_timeout: 30,
            order_timeout: 90,
            precheck: true,
            resolver: Vec::new(),
            validation_port: 80,
            addresses: Vec::new(),
            allow_private: false,
        }
    }
}

impl AcmeSection {
    /// The address and port of the challenge port.
    pub(crate) fn http_listen(&self) -> SocketAddr {
        SocketAddr::new(self.http_address, self.http_port)
    }

    pub(super) fn make_absolute(&mut self, base: &Path) {
        for path in &mut self.trusted_roots {
            *path = base.join(&*path);
        }
    }

    /// How names are checked before anything is ordered.
    pub(super) fn precheck(&self) -> Option<engine::config::PrecheckConfig> {
        self.precheck.then(|| engine::config::PrecheckConfig {
            resolvers: self.resolver.clone(),
            validation_port: self.validation_port,
            addresses: self.addresses.clone(),
            allow_private: self.allow_private,
        })
    }

    pub(super) fn engine(&self) -> engine::config::AcmeConfig {
        engine::config::AcmeConfig {
            trusted_roots: self.trusted_roots.clone(),
            contact: self.contact.clone(),
            request_timeout: self.request_timeout,
            order_timeout: self.order_timeout,
        }
    }
}
