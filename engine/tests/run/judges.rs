//! The same for three certificate authorities of different makes: HTTP-01 and DNS-01, a wildcard, 25 names, issued and renewed.

use crate::dns::{KEY, ours, user, zone};
use crate::world::{self, AheadClock, answer_challenges};
use engine::config::{DnsConfig, EngineConfig, PrecheckConfig};
use engine::inventory::ImportFormat;
use engine::model::{RunScope, RunState};
use engine::{Engine, TermsAnswer};
use rig::{Acme2Certifier, Binaries, Knot, Pebble, Zone};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use testca::{Network, TestCa, Validation};
use tokio::net::TcpListener;

const DAY: i64 = 86_400;
const WEBSITES: u64 = 4;

/// An authority that looks names up at a name server and fetches tokens from a port.
enum Judge {
    Pebble(Pebble),
    TestCa(TestCa),
    Acme2Certifier(Acme2Certifier),
}

#[derive(Clone, Copy)]
enum Make {
    Pebble,
    TestCa,
    Acme2Certifier,
}

impl Judge {
    async fn start(make: Make, dir: &TempDir, dns: SocketAddr, http_port: u16) -> Self {
        let (binaries, dir) = (Binaries::from_env().unwrap(), dir.path().join("ca"));
        match make {
            Make::Pebble => {
                let pebble = Pebble::builder(dir).dns(dns).http_port(http_port);
                Self::Pebble(pebble.start(&binaries).await.unwrap())
            }
            Make::TestCa => {
                let network = Network::with_dns(dns).http_port(http_port);
                Self::TestCa(TestCa::builder().validation(Validation::Network(network)).start().unwrap())
            }
            Make::Acme2Certifier => {
                Self::Acme2Certifier(Acme2Certifier::start(&binaries, &dir, dns, http_port).await.unwrap())
            }
        }
    }

    /// Its directory's URL and the root that its server is trusted by.
    fn provider(&self, dir: &TempDir) -> (String, PathBuf) {
        match self {
            Self::Pebble(ca) => (ca.directory_url(), ca.tls_root_pem_path().to_owned()),
            Self::TestCa(ca) => {
                let root = dir.path().join("testca-root.pem");
                std::fs::write(&root, ca.tls_root_pem()).unwrap();
                (ca.directory_url(), root)
            }
            Self::Acme2Certifier(ca) => (ca.directory_url(), ca.tls_root_pem_path().to_owned()),
        }
    }

    async fn orders(&self) -> u64 {
        match self {
            Self::Pebble(ca) => ca.orders_created().unwrap() as u64,
            Self::TestCa(ca) => ca.journal().orders_created(),
            Self::Acme2Certifier(ca) => ca.orders_created().await.unwrap(),
        }
    }

    async fn certificates(&self) -> u64 {
        match self {
            Self::Pebble(ca) => ca.certificates_issued().unwrap() as u64,
            Self::TestCa(ca) => ca.journal().certificates().len() as u64,
            Self::Acme2Certifier(ca) => ca.certificates_issued().await.unwrap(),
        }
    }
}

/// Secure four websites by one order each, and renew them.
async fn secures_and_renews(make: Make) {
    let dir = tempfile::tempdir().unwrap();
    let many: Vec<String> = (0..25).map(|number| format!("h{number}.many.test")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    // The last one has no address: only the DNS can speak for it.
    let users = user("http", &["http.test", "www.http.test", "mail.http.test"])
        + &user("many", &many)
        + &user("wild", &["wild.test", "*.wild.test"])
        + &user("closed", &["closed.test"]);
    let here = ["http", "www.http", "mail.http", "wild"].map(|name| format!("{name} A 127.0.0.1\n")).concat();
    let hosts: String = (0..25).map(|number| format!("h{number}.many A 127.0.0.1\n")).collect();
    let (_, test) = ours("test", &(here + &hosts));
    let binaries = Binaries::from_env().unwrap();
    let knot = Knot::start(&binaries, &dir.path().join("knot"), &[test, Zone::new("", "")]).await.unwrap();
    let web = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let http_port = web.local_addr().unwrap().port();
    let judge = Judge::start(make, &dir, knot.address(), http_port).await;
    let mut config = EngineConfig {
        precheck: Some(PrecheckConfig {
            resolvers: vec![knot.address()],
            validation_port: http_port,
            addresses: Vec::new(),
            allow_private: true,
        }),
        dns: DnsConfig {
            zones: vec![zone("test", knot.address(), KEY.secret)],
            resolvers: vec![knot.address()],
            ..DnsConfig::default()
        },
        ..world::config(&dir, judge.provider(&dir), None)
    };
    // One of them is written in Python and takes its time beside other tests.
    (config.acme.request_timeout, config.acme.order_timeout) = (60, 120);
    let clock = Arc::new(AheadClock::default());
    let engine = Engine::open_at(config, clock.clone()).await.unwrap();
    tokio::spawn(answer_challenges(web, engine.clone()));
    engine.import(&users, ImportFormat::Toml).await.unwrap();
    engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
    for passed in ["first", "renewal"] {
        let (orders, certificates) = (judge.orders().await, judge.certificates().await);

        let run = world::run(&engine, RunScope::AllUsers).await;

        let log = world::log(&engine, &run).await;
        assert_eq!(run.state, RunState::Succeeded, "{passed}: {log:#?}");
        assert_eq!((run.counts.issued, run.counts.names_failed), (4, 0), "{passed}: {log:#?}");
        assert_eq!(judge.orders().await - orders, WEBSITES, "{passed}: {log:#?}");
        assert_eq!(judge.certificates().await - certificates, WEBSITES, "{passed}: {log:#?}");
        for name in ["http", "many", "wild", "closed"] {
            let names = engine.user(name).await.unwrap().row;
            assert_eq!(names.names_secured, names.names_total, "{passed}: {name}");
        }
        clock.advance(61 * DAY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pebble_secures_and_renews_all_kinds_of_names() {
    secures_and_renews(Make::Pebble).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn testca_secures_and_renews_all_kinds_of_names() {
    secures_and_renews(Make::TestCa).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acme2certifier_secures_and_renews_all_kinds_of_names() {
    secures_and_renews(Make::Acme2Certifier).await;
}
