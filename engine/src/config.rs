//! What the engine must be told: where its data are, whom it may ask, what it installs into.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that the engine is configured with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where the database is: `sqlite:///path/file.db`.
    pub database_url: String,
    /// Certificates, keys and locks; created with mode 0700 where missing.
    pub data_dir: PathBuf,
    /// One directory a run; created where missing.
    pub logs_dir: PathBuf,
    /// How to speak ACME.
    pub acme: AcmeConfig,
    /// Certificate authorities beside the built-in ones.
    pub providers: Vec<ProviderConfig>,
    /// The web server to install into, if any.
    pub apache: Option<ApacheConfig>,
    /// How much may happen at once.
    pub limits: LimitsConfig,
}

/// How to speak ACME.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcmeConfig {
    /// PEM files with roots to trust beside the system's, for private certificate authorities.
    pub trusted_roots: Vec<PathBuf>,
    /// An e-mail address that the certificate authority may write to.
    pub contact: Option<String>,
    /// The most seconds that one request may take; 0 counts as 30.
    pub request_timeout: u32,
    /// Seconds to wait for a validation or an issuance before giving up; 0 counts as 90.
    pub order_timeout: u32,
}

/// A certificate authority that the administrator added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// A short stable name.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The ACME directory's URL; `https` only.
    pub directory_url: String,
}

/// The Apache to install into.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApacheConfig {
    /// A directory that Apache's configuration includes (`IncludeOptional DIR/*.conf`) and that only AutoSSL writes to.
    pub vhost_dir: PathBuf,
    /// The address of the TLS virtual hosts, e.g. `*:443`.
    pub listen: String,
    /// The command that tests the configuration.
    pub test: Vec<String>,
    /// The command that reloads it without dropping connections.
    pub reload: Vec<String>,
    /// Where Apache writes its process id.
    pub pid_file: PathBuf,
    /// Where a TLS handshake reaches it.
    pub probe: SocketAddr,
}

/// How much may happen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Orders that are worked on at the same time.
    pub orders_in_flight: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { orders_in_flight: 8 }
    }
}
