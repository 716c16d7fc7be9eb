//! Records that validate a domain for long (dns-persist-01): by Pebble, which knows draft -01, and by our own CA, which knows -02.
//! There is no web server anywhere, so that nothing else can have validated a name.

use crate::dns::{KEY, ours, user, zone};
use crate::world::{self, closed_address};
use engine::config::{DnsConfig, EngineConfig, PrecheckConfig};
use engine::dcv::Code;
use engine::dns01::{KeyWords, Publisher, Rfc2136, Secret, TsigAlgorithm, TxtValue};
use engine::inventory::ImportFormat;
use engine::model::{LogRecord, LogType, PersistOffer, PersistSheet, RunScope, RunState, RunSummary};
use engine::{Engine, PersistScope, PersistWish, TermsAnswer};
use rig::{Binaries, Knot, Pebble, Resolution, Unbound, Zone};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use testca::{Network, PersistentRecords, TestCa, TestCaBuilder, Validation};

const RECORD: &str = "_validation-persist.alice.test";

/// A name server, a resolver, a CA that asks it, and an engine between them.
struct Net<C> {
    engine: Engine,
    ca: C,
    knot: Knot,
    _resolver: Unbound,
    _dir: TempDir,
}

/// A CA with its directory's URL and its root.
type Started<C> = (C, String, PathBuf);

async fn pebble(resolver: SocketAddr, dir: &Path) -> Started<Pebble> {
    let pebble = Pebble::builder(dir.join("pebble")).caa_identity("pebble.test").dns(resolver);
    let pebble = pebble.start(&Binaries::from_env().unwrap()).await.unwrap();
    let (url, root) = (pebble.directory_url(), pebble.tls_root_pem_path().to_owned());
    (pebble, url, root)
}

fn own_ca(describe: impl FnOnce(TestCaBuilder) -> TestCaBuilder, resolver: SocketAddr, dir: &Path) -> Started<TestCa> {
    let network = Network::with_dns(resolver).http_port(closed_address().port());
    let ca = describe(TestCa::builder()).validation(Validation::Network(network)).start().unwrap();
    let root = dir.join("root.pem");
    std::fs::write(&root, ca.tls_root_pem()).unwrap();
    let url = ca.directory_url();
    (ca, url, root)
}

impl<C> Net<C> {
    /// Start with `alice.test`, which alice has, as a host and as a wildcard; `access` names it where AutoSSL may change it.
    async fn start(records: &str, access: &[&str], ca: impl AsyncFnOnce(SocketAddr, &Path) -> Started<C>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let zones = [ours("alice.test", records).1, Zone::new("", "")];
        let binaries = Binaries::from_env().unwrap();
        let knot = Knot::start(&binaries, &dir.path().join("knot"), &zones).await.unwrap();
        let names = ["alice.test".to_owned(), String::new()];
        let plan = Resolution { zones: names.map(|name| (name, knot.address())).into(), ..Resolution::default() };
        let resolver = Unbound::start(&binaries, dir.path(), &plan).await.unwrap();
        let (ca, url, root) = ca(resolver.address(), dir.path()).await;
        let config = EngineConfig {
            precheck: Some(PrecheckConfig {
                resolvers: vec![knot.address()],
                validation_port: closed_address().port(),
                addresses: Vec::new(),
                allow_private: true,
            }),
            dns: DnsConfig {
                zones: access.iter().map(|name| zone(name, knot.address(), KEY.secret)).collect(),
                resolvers: vec![knot.address()],
                ..DnsConfig::default()
            },
            ..world::config(&dir, (url, root), None)
        };
        let engine = Engine::open(config).await.unwrap();
        engine.import(&user("alice", &["alice.test", "*.alice.test"]), ImportFormat::Toml).await.unwrap();
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
        Self { engine, ca, knot, _resolver: resolver, _dir: dir }
    }

    async fn run(&self) -> (RunSummary, Vec<LogRecord>) {
        let run = world::run(&self.engine, RunScope::AllUsers).await;
        let log = world::log(&self.engine, &run).await;
        (run, log)
    }

    async fn sheet(&self) -> PersistSheet {
        self.engine.persistent_record(&wish(None)).await.unwrap()
    }

    fn server(&self) -> Rfc2136 {
        let key = KeyWords {
            name: Some(KEY.name.into()),
            algorithm: Some(TsigAlgorithm::HmacSha256),
            secret: Some(Secret::from_base64(KEY.secret).unwrap()),
        };
        let key = Some(key.complete(KeyWords::default()).unwrap());
        Rfc2136 { server: self.knot.address().to_string(), key, ttl: 1, timeout: Duration::from_secs(10) }
    }

    /// Create a record as the domain's owner does, by hand.
    async fn create(&self, value: &str) {
        self.server().publish("alice.test", &[record(value)]).await.unwrap();
    }

    async fn remove(&self, value: &str) {
        self.server().remove("alice.test", &[record(value)]).await.unwrap();
    }

    async fn values(&self, name: &str) -> Vec<String> {
        let mut values = self.server().list("alice.test", name).await.unwrap().unwrap();
        values.sort();
        values
    }

    /// The codes of the problems that the user's names have.
    async fn problems(&self) -> Vec<Code> {
        let detail = self.engine.user("alice").await.unwrap();
        let names = detail.websites.iter().flat_map(|website| &website.domains);
        names.filter_map(|name| name.problem.as_ref()).map(|problem| problem.code.parse().unwrap()).collect()
    }
}

fn record(value: &str) -> TxtValue {
    TxtValue { name: RECORD.into(), value: value.into() }
}

fn wish(until: Option<&str>) -> PersistWish {
    PersistWish {
        domain: "alice.test".into(),
        scope: PersistScope::Wildcard,
        until: until.map(|until| PersistWish::until(until).unwrap()),
        provider: None,
    }
}

/// The codes of a log's warnings, each once.
fn warnings(log: &[LogRecord]) -> Vec<&str> {
    let warnings = log.iter().filter(|line| line.kind == LogType::Warn);
    let mut codes: Vec<&str> = warnings.filter_map(|line| line.code.as_deref()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn pebble_validates_by_a_record_that_somebody_created_once() {
    let net = Net::start("", &[], pebble).await;
    let before = net.sheet().await;
    assert_eq!((before.offer, before.works, before.record.as_str()), (PersistOffer::Unknown, false, RECORD));
    assert!(before.value.starts_with("pebble.test; accounturi=https://127.0.0.1:"), "{before:?}");
    assert!(before.value.ends_with("; policy=wildcard"), "{before:?}");
    let (run, log) = net.run().await;
    assert_eq!((run.state, run.counts.issued), (RunState::Failed, 0), "{log:#?}");

    net.create(&before.value).await;
    assert!(net.sheet().await.works);
    let (run, log) = net.run().await;

    assert_eq!((run.state, run.counts.issued, net.problems().await), (RunState::Succeeded, 1, vec![]), "{log:#?}");
    assert_eq!(net.ca.challenge_failures().unwrap(), 0);
    assert_eq!(net.values(RECORD).await, [before.value]);
    assert!(net.values("_acme-challenge.alice.test").await.is_empty());
    assert_eq!(net.sheet().await.offer, PersistOffer::Offered);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_ca_validates_by_a_record_with_a_hashed_account() {
    let offering = |ca: TestCaBuilder| ca.persistent_records(PersistentRecords::Accepted);
    let net = Net::start("", &[], async |resolver, dir| own_ca(offering, resolver, dir)).await;
    let sheet = net.sheet().await;
    assert_eq!(sheet.offer, PersistOffer::Offered, "its directory says so");
    assert!(sheet.value.contains("/acme/account-hash/sha-256/"), "{sheet:?}");
    net.create(&sheet.value).await;

    let (run, log) = net.run().await;

    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 1), "{log:#?}");
    assert!(net.ca.journal().failed_validations("alice.test").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_that_does_not_offer_it_is_asked_once_and_not_believed_to_again() {
    let net = Net::start("", &[], async |resolver, dir| own_ca(|ca| ca, resolver, dir)).await;
    let sheet = net.sheet().await;
    net.create(&sheet.value).await;
    assert_eq!(net.sheet().await.offer, PersistOffer::Unknown);

    let (run, log) = net.run().await;
    assert_eq!((run.state, run.counts.issued), (RunState::Failed, 0), "{log:#?}");
    let problems = net.problems().await;
    assert_eq!(problems.first(), Some(&Code::PersistNotOffered));
    assert!(net.ca.journal().failed_validations("alice.test").is_empty(), "it was not asked to look");

    let after = net.sheet().await;
    assert_eq!((after.offer, after.works), (PersistOffer::NotOffered, true));
    net.run().await;
    assert!(net.problems().await.contains(&Code::WildcardNeedsDns01));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_published_and_withdrawn_value_by_value() {
    let theirs = "other.test; accounturi=https://other.test/1";
    let records = format!("_validation-persist TXT \"{theirs}\"\n_validation-persist CAA 0 issue \"pebble.test\"");
    let net = Net::start(&records, &["alice.test"], pebble).await;
    let first = net.engine.publish_persistent_record(&wish(Some("2099-01-01"))).await.unwrap();
    assert!(first.works && first.published, "{first:?}");
    assert_eq!(net.values(RECORD).await, [theirs, &first.value]);

    let second = net.engine.publish_persistent_record(&wish(None)).await.unwrap();
    assert_eq!(net.values(RECORD).await, [theirs, &second.value], "the value of before is replaced");
    let (run, log) = net.run().await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 1), "{log:#?}");
    assert_eq!(net.values(RECORD).await, [theirs, &second.value], "a run removes nothing of it");

    assert_eq!(net.engine.withdraw_persistent_record(&wish(None)).await.unwrap(), 1);
    assert_eq!(net.values(RECORD).await, [theirs]);
    let (_, log) = net.run().await;
    assert!(!warnings(&log).contains(&"persist_missing"), "nobody counts on it any more: {log:#?}");
    let past = net.engine.publish_persistent_record(&wish(Some("2001-01-01"))).await.unwrap_err();
    assert_eq!(past.to_string(), "persistent record of alice.test: the record would have ended already");
    let elsewhere = PersistWish { domain: "bob.test".into(), ..wish(None) };
    let error = net.engine.publish_persistent_record(&elsewhere).await.unwrap_err().to_string();
    assert!(error.contains("dns01_not_ours"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_record_that_is_counted_on_is_told_in_each_run() {
    let net = Net::start("", &[], pebble).await;
    let sheet = net.sheet().await;
    net.create(&sheet.value).await;
    let (_, log) = net.run().await;
    assert!(warnings(&log).is_empty(), "{log:#?}");

    net.remove(&sheet.value).await;
    let (run, log) = net.run().await;
    assert_eq!((run.state, warnings(&log)), (RunState::Succeeded, vec!["persist_missing"]), "{log:#?}");
    assert!(log.iter().any(|line| line.contents.starts_with("*.alice.test: ")), "{log:#?}");

    let soon = format!("{}; persistUntil={}", sheet.value, jiff::Timestamp::now().as_second() + 86_400);
    net.create(&soon).await;
    assert_eq!(warnings(&net.run().await.1), ["persist_expires_soon"]);
    net.remove(&soon).await;
    net.create(&format!("{}; persistUntil=1", sheet.value)).await;
    assert_eq!(warnings(&net.run().await.1), ["persist_expired"]);

    net.engine.recreate_account("ca").await.unwrap();
    assert_eq!(warnings(&net.run().await.1), ["persist_other_account"]);
}
