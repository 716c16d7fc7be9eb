//! Wildcards, and names that no web server answers for: validated by DNS-01 in a zone of ours.

use crate::world::{self, closed_address};
use engine::Engine;
use engine::config::{DnsAccess, DnsConfig, DnsKeyConfig, DnsZoneConfig, EngineConfig, PrecheckConfig};
use engine::dns01::{KeyWords, Publisher, Rfc2136, Secret, TsigAlgorithm};
use engine::inventory::ImportFormat;
use engine::model::{RunScope, RunState, RunSummary, Timestamp};
use engine::store::{DnsPurpose, DnsRecord};
use engine::{TermsAnswer, store};
use rig::{Binaries, Knot, Pebble, Resolution, TsigKey, Unbound, Zone};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const KEY: TsigKey =
    TsigKey { name: "autossl", algorithm: "hmac-sha256", secret: "4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=" };

/// A name server that takes changes, a CA that asks it, and an engine between them; no web server anywhere.
struct Internet {
    engine: Engine,
    pebble: Pebble,
    knot: Knot,
    _resolver: Unbound,
    dir: TempDir,
}

pub(crate) fn zone(name: &str, server: SocketAddr, secret: &str) -> DnsZoneConfig {
    let words = KeyWords {
        name: Some(KEY.name.into()),
        algorithm: Some(TsigAlgorithm::HmacSha256),
        secret: Some(Secret::from_base64(secret).unwrap()),
    };
    let key = Some(DnsKeyConfig { words, file: None });
    DnsZoneConfig {
        zone: name.into(),
        access: DnsAccess::Rfc2136 { server: server.to_string(), key, ttl: 0 },
        check_at: vec![server],
        timeout: 10,
        propagation_timeout: 20,
    }
}

impl Internet {
    async fn start(zones: &[(&str, Zone)], ours: &[(&str, &str)], users: &str) -> Self {
        let binaries = Binaries::from_env().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let root = Zone::new("", "");
        let served: Vec<Zone> = zones.iter().map(|(_, zone)| zone.clone()).chain([root]).collect();
        let knot = Knot::start(&binaries, &dir.path().join("knot"), &served).await.unwrap();
        // The CA asks a resolver, which follows CNAME records.
        let names = zones.iter().map(|(name, _)| (*name).to_owned()).chain([String::new()]);
        let plan = Resolution { zones: names.map(|name| (name, knot.address())).collect(), ..Resolution::default() };
        let resolver = Unbound::start(&binaries, dir.path(), &plan).await.unwrap();
        let pebble = Pebble::builder(dir.path().join("pebble")).dns(resolver.address());
        let pebble = pebble.start(&binaries).await.unwrap();
        let provider = (pebble.directory_url(), pebble.tls_root_pem_path().to_owned());
        let config = EngineConfig {
            precheck: Some(PrecheckConfig {
                resolvers: vec![knot.address()],
                validation_port: closed_address().port(),
                addresses: Vec::new(),
                allow_private: true,
            }),
            dns: DnsConfig {
                zones: ours.iter().map(|(name, secret)| zone(name, knot.address(), secret)).collect(),
                resolvers: vec![knot.address()],
                port: 0,
            },
            ..world::config(&dir, provider, None)
        };
        let engine = Engine::open(config).await.unwrap();
        engine.import(users, ImportFormat::Toml).await.unwrap();
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
        Self { engine, pebble, knot, _resolver: resolver, dir }
    }

    async fn run(&self) -> RunSummary {
        world::run(&self.engine, RunScope::AllUsers).await
    }

    async fn published(&self, zone: &str, name: &str) -> Vec<String> {
        let (server, timeout) = (self.knot.address().to_string(), Duration::from_secs(10));
        Rfc2136 { server, key: None, ttl: 0, timeout }.list(zone, name).await.unwrap().unwrap()
    }

    async fn store(&self) -> std::sync::Arc<dyn store::Store> {
        store::open(&format!("sqlite://{}/autossl.db", self.dir.path().display())).await.unwrap()
    }

    /// The names of a user that are not secured, with their problems' codes.
    async fn unsecured(&self, user: &str) -> Vec<(String, String)> {
        let detail = self.engine.user(user).await.unwrap();
        let domains = detail.websites.iter().flat_map(|website| &website.domains);
        let open = domains.filter(|domain| domain.problem.is_some());
        open.map(|domain| (domain.name.clone(), domain.problem.as_ref().unwrap().code.clone())).collect()
    }
}

pub(crate) fn ours<'a>(name: &'a str, records: &str) -> (&'a str, Zone) {
    (name, Zone::new(name, records).changed_with(KEY))
}

pub(crate) fn user(name: &str, names: &[&str]) -> String {
    let aliases: Vec<String> = names[1..].iter().map(|alias| format!("{alias:?}")).collect();
    format!(
        "[[user]]\nname = {name:?}\n[[user.website]]\ndomain = {:?}\naliases = [{}]\ndocument_root = \"/srv/{name}\"\n",
        names[0],
        aliases.join(", ")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wildcard_and_names_without_a_web_server_are_validated_by_dns() {
    let users = user("alice", &["alice.test", "*.alice.test", "shop.bob.test"]) + &user("bob", &["bob.test"]);
    let zones = [
        ours("alice.test", "_acme-challenge TXT theirs\n@ A 127.0.0.1"),
        ours("keys.test", ""),
        ("bob.test", Zone::new("bob.test", "_acme-challenge.shop CNAME shop.keys.test.\n@ A 127.0.0.1")),
    ];
    let net = Internet::start(&zones, &[("alice.test", KEY.secret), ("keys.test", KEY.secret)], &users).await;

    let run = net.run().await;

    let log = world::log(&net.engine, &run).await;
    assert_eq!((run.counts.issued, run.counts.failed, run.state), (1, 1, RunState::Incomplete), "{log:#?}");
    assert_eq!(net.pebble.challenge_failures().unwrap(), 0);
    assert!(net.unsecured("alice").await.is_empty(), "{log:#?}");
    assert_eq!(net.unsecured("bob").await, [("bob.test".to_owned(), "connect_refused".to_owned())]);
    assert_eq!(net.published("alice.test", "_acme-challenge.alice.test").await, ["theirs"]);
    assert!(net.published("keys.test", "shop.keys.test").await.is_empty());
    assert!(net.store().await.dns_records().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_names_than_the_ca_takes_become_a_wildcard_where_it_can_be_validated() {
    let hosts = |domain: &str| -> Vec<String> { (0..120).map(|number| format!("h{number}.{domain}")).collect() };
    let website = |name: &str, domain: &str| {
        let hosts = hosts(domain);
        user(name, &[&[domain][..], &hosts.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat())
    };
    let users = website("alice", "alice.test") + &website("bob", "bob.test");
    let zones = [
        ours("alice.test", ""),
        ours("bob.test", "_acme-challenge CNAME nowhere.test."),
        ("nowhere.test", Zone::new("nowhere.test", "")),
    ];
    let net = Internet::start(&zones, &[("alice.test", KEY.secret), ("bob.test", KEY.secret)], &users).await;

    let run = net.run().await;

    let log = world::log(&net.engine, &run).await;
    assert!(net.unsecured("alice").await.is_empty(), "{log:#?}");
    let ordered = |text: &str| log.iter().any(|line| line.contents.contains(text));
    assert!(ordered("Ordering for alice.test, *.alice.test."), "{log:#?}");
    let bob = net.unsecured("bob").await;
    assert_eq!(bob.len(), 21, "100 of them are in the certificate, each validated for itself: {bob:?}");
    assert_eq!(net.pebble.challenge_failures().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_refuses_is_told_and_the_ca_is_not_asked_to_look() {
    let users = user("alice", &["alice.test", "*.carol.test"]);
    let zones = ["alice.test", "carol.test"].map(|name| ours(name, ""));
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let net = Internet::start(&zones, &[("alice.test", KEY.secret), ("carol.test", wrong)], &users).await;

    let run = net.run().await;

    let log = world::log(&net.engine, &run).await;
    assert_eq!((run.counts.issued, run.counts.names_failed), (1, 1), "{log:#?}");
    assert_eq!(net.unsecured("alice").await, [("*.carol.test".to_owned(), "dns01_publish_failed".to_owned())]);
    let line = log.iter().find(|line| line.code.as_deref() == Some("dns01_publish_failed")).unwrap();
    assert!(line.contents.contains("BADSIG") && line.contents.contains("zone carol.test"), "{}", line.contents);
    assert_eq!(net.pebble.challenge_failures().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_in_a_zone_is_removed_by_the_next_run() {
    let records = "_acme-challenge TXT orphan\n_acme-challenge TXT theirs";
    let zones = [ours("alice.test", records)];
    let net = Internet::start(&zones, &[("alice.test", KEY.secret)], &user("alice", &["alice.test"])).await;
    let name = "_acme-challenge.alice.test";
    let orphan = DnsRecord {
        zone: "alice.test".into(),
        name: name.into(),
        value: "orphan".into(),
        purpose: DnsPurpose::Challenge,
    };
    net.store().await.put_dns_records(&[orphan], Timestamp(1)).await.unwrap();

    let run = net.run().await;

    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(net.published("alice.test", name).await, ["theirs"]);
}
