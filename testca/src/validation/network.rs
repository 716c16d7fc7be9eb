//! Validation over the network: where to ask, and in which order.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::time::timeout;

use super::{Attempt, ValidationFailure, caa, dns::Resolver, dns_persist, http01, tls};

/// What validation over the network needs to know.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) dns: SocketAddr,
    pub(super) http_port: u16,
    pub(super) tls_port: u16,
    pub(super) timeout: Duration,
    pub(super) caa: CaaCheck,
}

/// Whether CAA records are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaaCheck {
    Done,
    LeftOut,
}

impl Network {
    /// Ask the DNS server at `dns`; connect to port 80 for HTTP-01 and to 443 for TLS-ALPN-01; give up after 10 s.
    pub fn with_dns(dns: SocketAddr) -> Self {
        Self { dns, http_port: 80, tls_port: 443, timeout: Duration::from_secs(10), caa: CaaCheck::LeftOut }
    }

    /// Connect to this port where a CA would to 80.
    pub fn http_port(mut self, port: u16) -> Self {
        self.http_port = port;
        self
    }

    /// Connect to this port where a CA would to 443.
    pub fn tls_port(mut self, port: u16) -> Self {
        self.tls_port = port;
        self
    }

    /// Give up after this time.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Also look up CAA records (RFC 8659 and RFC 8657). The CA's names in them are those of its directory.
    pub fn check_caa(mut self) -> Self {
        self.caa = CaaCheck::Done;
        self
    }

    /// Decide about one challenge.
    pub(crate) async fn look(&self, attempt: &Attempt, identities: &[String]) -> Result<(), ValidationFailure> {
        let given_up = format!("no answer about {} within {:?}", attempt.name, self.timeout);
        let looked = timeout(self.timeout, async {
            let resolver = Resolver::new(self.dns);
            match attempt.challenge {
                "dns-01" => dns01(&resolver, attempt).await?,
                "dns-persist-01" => dns_persist::validate(&resolver, attempt, identities).await?,
                "tls-alpn-01" => tls::validate(self, &resolver, attempt).await?,
                _ => http01::validate(self, &resolver, attempt).await?,
            }
            match self.caa {
                CaaCheck::Done => caa::check(&resolver, attempt, identities).await,
                CaaCheck::LeftOut => Ok(()),
            }
        });
        looked.await.unwrap_or_else(|_| Err(ValidationFailure::connection(given_up)))
    }
}

/// The addresses of a host: itself, if it is one. IPv6 comes first, as with public CAs.
pub(super) async fn addresses(resolver: &Resolver, host: &str) -> Result<Vec<IpAddr>, ValidationFailure> {
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        return Ok(vec![address]);
    }
    let found = resolver.addresses(host).await?;
    if found.is_empty() {
        return Err(ValidationFailure::dns(format!("no valid A or AAAA records found for {host}")));
    }
    Ok(found)
}

/// DNS-01: one of the TXT records is the hash of the key authorization (RFC 8555, section 8.4).
async fn dns01(resolver: &Resolver, attempt: &Attempt) -> Result<(), ValidationFailure> {
    use aws_lc_rs::digest::{SHA256, digest};
    let name = format!("_acme-challenge.{}", attempt.name);
    let wanted = crate::jws::encode(digest(&SHA256, attempt.key_authorization.as_bytes()));
    let found = resolver.texts(&name).await?;
    if found.is_empty() {
        return Err(ValidationFailure::unauthorized(format!("no TXT record found at {name}")));
    }
    if found.contains(&wanted) {
        return Ok(());
    }
    let others = found.len() - 1;
    Err(ValidationFailure::unauthorized(format!(
        "incorrect TXT record \"{}\" (and {others} more) found at {name}",
        found[0]
    )))
}
