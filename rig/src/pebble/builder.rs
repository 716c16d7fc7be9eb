//! What a Pebble is told at its start: its configuration file, its command line and its environment.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value, json};

use super::{Launch, Pebble};
use crate::{Binaries, identity::LoopbackIdentity, ports, process};

/// Describe a Pebble; [`start`](Self::start) runs it. Without options it validates on port 80 by the system's DNS, does
/// not sleep before validations, and rejects nonces (5 %) and reuses authorizations (50 %) as often as Pebble likes.
#[derive(Clone, Debug)]
pub struct PebbleBuilder {
    directory: PathBuf,
    port: Option<u16>,
    http_port: u16,
    dns: Option<SocketAddr>,
    settings: Map<String, Value>,
    profiles: Map<String, Value>,
    external_accounts: Map<String, Value>,
    identities: Vec<String>,
    blocked: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

impl PebbleBuilder {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            port: None,
            http_port: 80,
            dns: None,
            settings: Map::new(),
            profiles: Map::new(),
            external_accounts: Map::new(),
            identities: Vec::new(),
            blocked: Vec::new(),
            variables: vec![("PEBBLE_VA_NOSLEEP", "1".to_owned())],
        }
    }

    /// Speak ACME on this loopback port instead of a free one; starting fails when it is taken.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Validate HTTP-01 on this port of the names' addresses: usually [`crate::Apache::http_port`].
    pub fn http_port(mut self, port: u16) -> Self {
        self.http_port = port;
        self
    }

    /// Resolve the names by this server: usually [`crate::Dns::address`].
    pub fn dns(mut self, server: SocketAddr) -> Self {
        self.dns = Some(server);
        self
    }

    /// Reject this many of a hundred good nonces (RFC 8555, section 6.5).
    pub fn nonce_reject(self, percent: u8) -> Self {
        self.variable("PEBBLE_WFE_NONCEREJECT", percent.to_string())
    }

    /// Reuse a valid authorization for this many of a hundred identifiers. Even 0 reuses one in a hundred.
    pub fn authz_reuse(self, percent: u8) -> Self {
        self.variable("PEBBLE_AUTHZREUSE", percent.to_string())
    }

    /// Wait up to `longest` (whole seconds, at random) before each validation.
    pub fn validation_delay(mut self, longest: Duration) -> Self {
        self.variables.retain(|(name, _)| *name != "PEBBLE_VA_NOSLEEP");
        self.variable("PEBBLE_VA_SLEEPTIME", longest.as_secs().to_string())
    }

    /// Call every challenge valid without asking for it: neither DNS nor a web server is needed.
    pub fn always_valid(self) -> Self {
        self.variable("PEBBLE_VA_ALWAYS_VALID", "1".to_owned())
    }

    /// Offer this many alternate chains (RFC 8555, section 7.4.2), each with a root of its own.
    pub fn alternate_roots(self, count: u8) -> Self {
        self.variable("PEBBLE_ALTERNATE_ROOTS", count.to_string())
    }

    /// Send Retry-After with pending authorizations and with processing orders (from Pebble 2.5.0 on).
    pub fn retry_after(mut self, authorization: Duration, order: Duration) -> Self {
        let seconds = json!({"authz": authorization.as_secs(), "order": order.as_secs()});
        self.settings.insert("retryAfter".to_owned(), seconds);
        self
    }

    /// Issue certificates that are valid for this long, where the order does not say otherwise.
    pub fn certificate_validity(mut self, validity: Duration) -> Self {
        // Up to 2.6.0 by the first, from 2.7.0 on by the second; each ignores the other.
        self.settings.insert("certificateValidityPeriod".to_owned(), validity.as_secs().into());
        self.profile("default", "The default profile", validity)
    }

    /// Offer a certificate profile (from Pebble 2.7.0 on). Once there is one, only those named here exist.
    pub fn profile(mut self, name: &str, description: &str, validity: Duration) -> Self {
        let profile = json!({"description": description, "validityPeriod": validity.as_secs()});
        self.profiles.insert(name.to_owned(), profile);
        self
    }

    /// Require an external account (RFC 8555, section 7.3.4), and accept this key identifier with its key in base64url.
    pub fn external_account(mut self, key_identifier: &str, mac_key_base64url: &str) -> Self {
        self.external_accounts.insert(key_identifier.to_owned(), mac_key_base64url.into());
        self
    }

    /// Be called by this name in CAA records, and in persistent records (from Pebble 2.10.0 on); it looks at the latter only.
    pub fn caa_identity(mut self, name: &str) -> Self {
        self.identities.push(name.to_owned());
        self
    }

    /// Refuse orders for this name and those below it (`rejectedIdentifier`).
    pub fn block_domain(mut self, name: &str) -> Self {
        self.blocked.push(name.to_owned());
        self
    }

    /// Start Pebble and wait until its directory answers.
    pub async fn start(self, binaries: &Binaries) -> Result<Pebble> {
        let program = binaries.pebble()?.to_owned();
        fs::create_dir_all(&self.directory).with_context(|| format!("cannot make {}", self.directory.display()))?;
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            let mut pebble = self.prepare(program.clone())?;
            match pebble.launch().await {
                Ok(()) => return Ok(pebble),
                Err(error) if pebble.port_taken() => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    fn prepare(&self, program: PathBuf) -> Result<Pebble> {
        let identity = LoopbackIdentity::create(&self.directory, "pebble")?;
        let port = match self.port {
            Some(port) => port,
            None => ports::free()?,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let management = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
        let config = self.directory.join("pebble.json");
        let text = json!({"pebble": self.settings(address, management, &identity)}).to_string();
        fs::write(&config, text).with_context(|| format!("cannot write {}", config.display()))?;
        let mut arguments = vec!["-config".to_owned(), config.display().to_string()];
        arguments.extend(self.dns.iter().flat_map(|server| ["-dnsserver".to_owned(), server.to_string()]));
        let log = self.directory.join("pebble.log");
        process::clear_log(&log)?;
        let launch = Launch { program, arguments, variables: self.variables.clone() };
        Ok(Pebble { launch, log, address, management, identity, service: None })
    }

    /// Older Pebbles ignore the keys they do not know.
    fn settings(&self, address: SocketAddr, management: SocketAddr, identity: &LoopbackIdentity) -> Value {
        let mut settings = self.settings.clone();
        let mut set = |key: &str, value: Value| settings.insert(key.to_owned(), value);
        set("listenAddress", address.to_string().into());
        set("managementListenAddress", management.to_string().into());
        set("certificate", identity.certificate_pem.display().to_string().into());
        set("privateKey", identity.key_pem.display().to_string().into());
        set("httpPort", self.http_port.into());
        set("tlsPort", 443.into());
        set("ocspResponderURL", "".into());
        set("keyAlgorithm", "ecdsa".into());
        set("caaIdentities", self.identities.clone().into());
        set("domainBlocklist", self.blocked.clone().into());
        set("externalAccountBindingRequired", (!self.external_accounts.is_empty()).into());
        set("externalAccountMACKeys", self.external_accounts.clone().into());
        if !self.profiles.is_empty() {
            set("profiles", self.profiles.clone().into());
        }
        settings.into()
    }

    fn variable(mut self, name: &'static str, value: String) -> Self {
        self.variables.retain(|(other, _)| *other != name);
        self.variables.push((name, value));
        self
    }
}
