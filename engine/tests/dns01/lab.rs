//! What most tests need: a server that takes changes, zones that use it, a journal.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::config::{DnsAccess, DnsConfig, DnsKeyConfig, DnsZoneConfig};
use engine::dcv::Code;
use engine::dns01::{DnsZones, KeyWords, Published, Publisher, Rfc2136, Secret, TsigAlgorithm, Wanted};
use engine::model::Timestamp;
use engine::store::Store;
use rig::{Binaries, Bind, Knot, TsigKey, Zone};
use tempfile::TempDir;
use tokio::net::UdpSocket;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);

/// The key of most zones.
pub(crate) const KEY: TsigKey =
    TsigKey { name: "autossl", algorithm: "hmac-sha256", secret: "4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=" };

/// A name server, whichever.
pub(crate) enum Server {
    Knot(Knot),
    Bind(Bind),
}

impl Server {
    /// Start both kinds with the same zones, one after the other.
    pub(crate) async fn both(zones: &[Zone]) -> [Lab; 2] {
        [Lab::knot(zones).await, Lab::bind(zones).await]
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Knot(knot) => knot.address(),
            Self::Bind(bind) => bind.address(),
        }
    }
}

/// A name server and a journal. Dropping it ends the server.
pub(crate) struct Lab {
    pub(crate) server: Server,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: TempDir,
}

impl Lab {
    pub(crate) async fn knot(zones: &[Zone]) -> Self {
        let directory = TempDir::new().unwrap();
        let knot = Knot::start(&binaries(), &directory.path().join("knot"), zones).await.unwrap();
        Self::new(directory, Server::Knot(knot)).await
    }

    pub(crate) async fn bind(zones: &[Zone]) -> Self {
        let directory = TempDir::new().unwrap();
        let bind = Bind::start(&binaries(), &directory.path().join("bind"), zones, &[]).await.unwrap();
        Self::new(directory, Server::Bind(bind)).await
    }

    async fn new(directory: TempDir, server: Server) -> Self {
        let store = open_store(directory.path()).await;
        Self { server, store, directory }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Configure a zone that this server is asked to change with this key, and that is looked at here.
    pub(crate) fn zone(&self, name: &str, key: TsigKey) -> DnsZoneConfig {
        let words = KeyWords {
            name: Some(key.name.into()),
            algorithm: Some(TsigAlgorithm::parse(key.algorithm).unwrap()),
            secret: Some(Secret::from_base64(key.secret).unwrap()),
        };
        let key = Some(DnsKeyConfig { words, file: None });
        DnsZoneConfig {
            zone: name.into(),
            access: DnsAccess::Rfc2136 { server: self.address().to_string(), key, ttl: 0 },
            check_at: vec![self.address()],
            timeout: 10,
            propagation_timeout: 20,
        }
    }

    /// Configure a zone that a command changes, and that is looked at here.
    pub(crate) fn hooked(&self, name: &str, script: &str) -> DnsZoneConfig {
        let directory = self.directory.path().display().to_string();
        let command = ["/bin/sh", "-c", script, directory.as_str()].map(str::to_owned).to_vec();
        DnsZoneConfig { access: DnsAccess::Command { command }, ..self.zone(name, KEY) }
    }

    /// Configure zones, with this server as the resolver, too.
    pub(crate) fn config(&self, zones: Vec<DnsZoneConfig>) -> DnsConfig {
        DnsConfig { zones, resolvers: vec![self.address()], port: self.address().port(), ..DnsConfig::default() }
    }

    /// Open zones, with this server as the resolver, too.
    pub(crate) fn open(&self, zones: Vec<DnsZoneConfig>) -> DnsZones {
        DnsZones::open(&self.config(zones)).unwrap()
    }

    /// Publish `value` for each name.
    pub(crate) async fn publish(&self, zones: &DnsZones, wanted: &[(&str, &str)]) -> Published {
        let wanted: Vec<_> = wanted.iter().map(|(name, value)| self::wanted(name, value)).collect();
        zones.publish(self.store.as_ref(), &wanted, NOW).await.unwrap()
    }

    /// Publish for one name that must fail by this code; return what was seen.
    pub(crate) async fn refused(&self, zone: DnsZoneConfig, name: &str, code: Code) -> String {
        let published = self.publish(&self.open(vec![zone]), &[(name, "value")]).await;
        let [(failed, finding)] = &published.failures[..] else { panic!("{published:?}") };
        assert_eq!((failed.as_str(), finding.code), (name, code), "{finding:?}");
        println!("{}", finding.evidence);
        finding.evidence.clone()
    }

    /// Ask the server for the values at a name, sorted.
    pub(crate) async fn values(&self, zone: &str, name: &str) -> Vec<String> {
        values(self.address(), zone, name).await
    }

    /// List the journal: name and value.
    pub(crate) async fn journal(&self) -> Vec<(String, String)> {
        let records = self.store.dns_records().await.unwrap();
        records.into_iter().map(|(record, _)| (record.name, record.value)).collect()
    }
}

pub(crate) fn binaries() -> Binaries {
    Binaries::from_env().unwrap()
}

pub(crate) fn wanted(name: &str, value: &str) -> Wanted {
    Wanted { name: name.into(), value: value.into() }
}

/// Open the journal again, as after a crash.
pub(crate) async fn open_store(directory: &Path) -> Arc<dyn Store> {
    engine::store::open(&format!("sqlite://{}/autossl.db", directory.display())).await.unwrap()
}

/// Ask a server for the values at a name, sorted.
pub(crate) async fn values(server: SocketAddr, zone: &str, name: &str) -> Vec<String> {
    let asked = Rfc2136 { server: server.to_string(), key: None, ttl: 0, timeout: Duration::from_secs(10) };
    let mut values = asked.list(zone, name).await.unwrap().unwrap();
    values.sort();
    values
}

/// A DNS server that hears everything and answers nothing.
pub(crate) async fn deaf() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
