//! The authoritative servers of a zone, and what they say: certificate authorities believe nobody else.

use crate::dcv::dns::{self, Checking, Kind, Resolver};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// One address of an authoritative server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    /// Its name in the NS record; empty where the configuration names the address.
    name: String,
    address: SocketAddr,
}

impl Authority {
    /// A server that the configuration names.
    pub(super) fn configured(address: SocketAddr) -> Self {
        Self { name: String::new(), address }
    }

    /// List the values of a TXT record; none where it does not exist. The error says what came instead.
    pub(super) async fn values(&self, name: &str, limit: Duration) -> Result<Vec<String>, String> {
        values(self.address, name, limit).await
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return write!(formatter, "{}", self.address);
        }
        match self.address.port() {
            53 => write!(formatter, "{} ({})", self.name, self.address.ip()),
            _ => write!(formatter, "{} ({})", self.name, self.address),
        }
    }
}

/// Find the addresses of name servers, IPv6 first; `port` is 53 but for private networks.
pub(super) async fn find(resolver: &Resolver, servers: &[String], port: u16) -> Vec<Authority> {
    let lookups = servers.iter().map(async |server| (server, resolver.host(server).await));
    let hosts = futures::future::join_all(lookups).await;
    let addresses = hosts.into_iter().flat_map(|(server, host)| {
        host.addresses
            .into_iter()
            .map(|ip| Authority { name: server.to_ascii_lowercase(), address: SocketAddr::new(ip, port) })
    });
    addresses.collect()
}

/// Ask a server for the values of a TXT record of a zone that it speaks for.
pub(super) async fn values(server: SocketAddr, name: &str, limit: Duration) -> Result<Vec<String>, String> {
    let asked = Box::pin(dns::ask(server, name, Kind::Txt, Checking::Enabled, limit));
    let message = asked.await.map_err(|silence| silence.to_string())?;
    match message.rcode {
        0 | 3 if !message.authoritative => Err("it does not speak for the zone (AA=0)".into()),
        3 => Ok(Vec::new()),
        0 => {
            let own = message.answers.into_iter().filter(|record| record.owner.eq_ignore_ascii_case(name));
            Ok(own.filter(|record| record.kind == Kind::Txt as u16).filter_map(|record| record.data.text()).collect())
        }
        2 => Err("SERVFAIL".into()),
        5 => Err("REFUSED".into()),
        rcode => Err(format!("error code {rcode}")),
    }
}
