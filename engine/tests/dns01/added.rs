//! Zones that an administrator adds, changes and removes while the engine runs, at real name servers.

use engine::config::{
    AcmeConfig, CertificatesPer, DnsConfig, EngineConfig, InventoryConfig, LimitsConfig, ScheduleConfig, ServicesConfig,
};
use engine::model::{DnsKind, DnsZoneOrigin, DnsZoneSettings, DnsZoneState};
use engine::store::{DnsPurpose, Store};
use engine::{DnsAuthor, DnsPatience, DnsProof, Engine, EngineError};
use rig::{TsigKey, Zone};
use std::sync::Arc;
use tokio::net::TcpListener;

use crate::lab::{KEY, Lab, Server, open_store};

const WRONG: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn zones() -> [Zone; 2] {
    ["a.test", "b.test"].map(|name| Zone::new(name, "").changed_with(KEY))
}

/// Open an engine on the lab's database, as a process of its own would.
async fn engine(lab: &Lab, dns: DnsConfig) -> Engine {
    let directory = lab.directory.path();
    let config = EngineConfig {
        database_url: format!("sqlite://{}/autossl.db", directory.display()),
        data_dir: directory.join("data"),
        logs_dir: directory.join("logs"),
        acme: AcmeConfig::default(),
        providers: Vec::new(),
        apache: None,
        services: ServicesConfig::default(),
        limits: LimitsConfig::default(),
        schedule: ScheduleConfig::default(),
        inventory: InventoryConfig::Database,
        certificates_per: CertificatesPer::Website,
        exclude: Vec::new(),
        precheck: None,
        dns,
    };
    Engine::open(config).await.unwrap()
}

fn settings(lab: &Lab, zone: &str) -> DnsZoneSettings {
    DnsZoneSettings {
        server: lab.address().to_string(),
        check_at: vec![lab.address().to_string()],
        timeout: 10,
        propagation_timeout: 20,
        ..DnsZoneSettings::new(zone.into(), DnsKind::Rfc2136)
    }
}

/// A key as BIND writes it.
fn key_file(secret: &str) -> String {
    format!("key \"{}\" {{\n\talgorithm {};\n\tsecret \"{secret}\";\n}};\n", KEY.name, KEY.algorithm)
}

fn admin() -> DnsAuthor {
    DnsAuthor::Interface("admin".into())
}

async fn add(engine: &Engine, settings: DnsZoneSettings, secret: &str) -> Result<(), EngineError> {
    engine.add_dns_zone(settings, Some(secret), DnsProof::Tried, &admin()).await.map(drop)
}

async fn names(engine: &Engine) -> Vec<String> {
    engine.dns_zones().await.unwrap().into_iter().map(|row| row.settings.zone).collect()
}

#[tokio::test]
async fn a_zone_that_works_is_saved_with_its_trial_and_its_key_never_in_the_clear() {
    for lab in Server::both(&zones()).await {
        let engine = engine(&lab, lab.config(Vec::new())).await;
        add(&engine, settings(&lab, "A.test."), &key_file(KEY.secret)).await.unwrap();

        let row = engine.dns_zone("a.test").await.unwrap();
        assert_eq!(row.state, DnsZoneState::InUse);
        assert!(matches!(&row.origin, DnsZoneOrigin::Added { by, .. } if by == "admin"), "{row:?}");
        assert_eq!((row.settings.key_name.as_str(), row.settings.algorithm.as_str()), (KEY.name, KEY.algorithm));
        assert_eq!(row.tested.as_ref().unwrap().failure, None);
        assert!(engine.test_dns_zone("a.test", DnsPatience::OfItsSettings).await.unwrap().passed());
        assert!(lab.values("a.test", "_acme-challenge.a.test").await.is_empty());

        let shown = format!("{row:?}");
        drop(engine);
        for kept in kept_files(&lab).into_iter().chain([shown.into_bytes()]) {
            assert!(!contains(&kept, KEY.secret.as_bytes()) && !contains(&kept, &raw(KEY.secret)));
        }
    }
}

/// Everything that the engine keeps, but for the key that secrets are sealed with.
fn kept_files(lab: &Lab) -> Vec<Vec<u8>> {
    let directory = lab.directory.path();
    let files = std::fs::read_dir(directory).unwrap().chain(std::fs::read_dir(directory.join("data")).unwrap());
    let files: Vec<_> = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    assert!(files.iter().any(|path| path.ends_with("autossl.db")), "{files:?}");
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn raw(base64: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte: u8| digits.iter().position(|digit| *digit == byte);
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_usize, 0);
    for value in base64.bytes().filter_map(digit) {
        (bits, count) = (bits << 6 | value, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

#[tokio::test]
async fn a_zone_that_does_not_work_is_not_saved_unless_one_insists() {
    let [knot, bind] = Server::both(&zones()).await;
    for lab in [&knot, &bind] {
        let engine = engine(lab, lab.config(Vec::new())).await;
        let error = add(&engine, settings(lab, "a.test"), &key_file(WRONG)).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("DNS zone a.test was tried and is not saved: "), "{said}");
        assert!(said.contains("dns01_publish_failed") && said.contains("BADSIG") && !said.contains(WRONG), "{said}");
        assert!(names(&engine).await.is_empty());

        let untested = DnsProof::Untested;
        engine.add_dns_zone(settings(lab, "a.test"), Some(&key_file(WRONG)), untested, &admin()).await.unwrap();
        let row = engine.dns_zone("a.test").await.unwrap();
        assert_eq!((row.tested, row.settings.key_name.as_str()), (None, KEY.name));
        assert!(!engine.test_dns_zone("a.test", DnsPatience::OfABrowser).await.unwrap().passed());
        let failure = engine.dns_zone("a.test").await.unwrap().tested.unwrap().failure.unwrap();
        assert!(failure.contains("BADSIG"), "{failure}");
    }
}

#[tokio::test]
async fn what_is_not_said_stays_and_a_change_that_fails_changes_nothing() {
    let lab = Lab::knot(&zones()).await;
    let engine = engine(&lab, lab.config(Vec::new())).await;
    add(&engine, settings(&lab, "a.test"), &key_file(KEY.secret)).await.unwrap();
    let before = engine.dns_zone("a.test").await.unwrap();

    let slower = DnsZoneSettings { ttl: 300, ..before.settings.clone() };
    engine.change_dns_zone(slower, None, DnsProof::Tried, &DnsAuthor::CommandLine("root".into())).await.unwrap();
    let kept = engine.dns_zone("a.test").await.unwrap();
    assert_eq!(kept.settings.ttl, 300);
    assert!(matches!(&kept.origin, DnsZoneOrigin::Added { by, .. } if by == "root"), "{kept:?}");

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let elsewhere = DnsZoneSettings { server: closed, ..kept.settings.clone() };
    let error = engine.change_dns_zone(elsewhere, None, DnsProof::Tried, &admin()).await.unwrap_err();
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    assert_eq!(engine.dns_zone("a.test").await.unwrap(), kept);

    let unknown = DnsZoneSettings::new("c.test".into(), DnsKind::Command);
    let error = engine.change_dns_zone(unknown, None, DnsProof::Untested, &admin()).await.unwrap_err();
    assert_eq!(error.to_string(), "no DNS zone named c.test is configured");
    let again = add(&engine, settings(&lab, "a.test"), &key_file(KEY.secret)).await.unwrap_err();
    assert!(again.to_string().ends_with("was added already: change it"), "{again}");
    engine.remove_dns_zone("A.test").await.unwrap();
    assert!(names(&engine).await.is_empty());
    assert!(engine.remove_dns_zone("a.test").await.is_err());
}

#[tokio::test]
async fn a_zone_of_the_configuration_file_counts_and_is_changed_only_there() {
    let lab = Lab::bind(&zones()).await;
    let without = engine(&lab, lab.config(Vec::new())).await;
    add(&without, settings(&lab, "a.test"), &key_file(KEY.secret)).await.unwrap();
    drop(without);
    let wrong = TsigKey { secret: WRONG, ..KEY };
    let engine = engine(&lab, lab.config(vec![lab.zone("a.test", wrong)])).await;

    let rows = engine.dns_zones().await.unwrap();
    let states: Vec<_> = rows.iter().map(|row| (row.origin == DnsZoneOrigin::Configuration, &row.state)).collect();
    assert_eq!(states, [(true, &DnsZoneState::InUse), (false, &DnsZoneState::Overruled)]);
    let trial = engine.test_dns_zone("a.test", DnsPatience::OfItsSettings).await.unwrap();
    assert!(trial.sentences().contains("BADSIG"), "the file's key is used: {trial:?}");

    let in_file = "DNS zone a.test is in the configuration file: change it there";
    let error = add(&engine, settings(&lab, "a.test"), &key_file(KEY.secret)).await.unwrap_err();
    assert_eq!(error.to_string(), in_file);
    let change = engine.change_dns_zone(settings(&lab, "a.test"), None, DnsProof::Untested, &admin()).await;
    assert_eq!(change.unwrap_err().to_string(), in_file);
    engine.remove_dns_zone("a.test").await.unwrap();
    assert_eq!(engine.dns_zones().await.unwrap().len(), 1);
    assert_eq!(engine.remove_dns_zone("a.test").await.unwrap_err().to_string(), in_file);
}

#[tokio::test]
async fn commands_are_added_at_the_command_line_unless_the_configuration_allows_more() {
    let lab = Lab::knot(&zones()).await;
    let hook = lab.hooked("b.test", "exit 0");
    let engine::config::DnsAccess::Command { command } = hook.access else { panic!("it is a command") };
    let settings = DnsZoneSettings { command, ..DnsZoneSettings::new("b.test".into(), DnsKind::Command) };
    let put = async |engine: &Engine, by: &DnsAuthor| {
        engine.add_dns_zone(settings.clone(), None, DnsProof::Untested, by).await.map(drop)
    };
    let strict = engine(&lab, lab.config(Vec::new())).await;
    let error = put(&strict, &admin()).await.unwrap_err();
    assert!(error.to_string().contains("dns_commands_from_interface = true"), "{error}");
    put(&strict, &DnsAuthor::CommandLine("root".into())).await.unwrap();
    let change = strict.change_dns_zone(settings.clone(), None, DnsProof::Untested, &admin()).await.unwrap_err();
    assert!(change.to_string().contains("dns_commands_from_interface = true"), "{change}");
    strict.remove_dns_zone("b.test").await.unwrap();

    let open = DnsConfig { commands_from_interface: true, ..lab.config(Vec::new()) };
    put(&engine(&lab, open).await, &admin()).await.unwrap();
}

#[tokio::test]
async fn a_save_that_is_cut_short_leaves_everything_as_it_was() {
    let lab = Lab::knot(&zones()).await;
    let engine = engine(&lab, lab.config(Vec::new())).await;
    add(&engine, settings(&lab, "a.test"), &key_file(KEY.secret)).await.unwrap();
    let before = engine.dns_zone("a.test").await.unwrap();
    // The last step of each save fails, after the row and the trial were written.
    let url = format!("sqlite://{}/autossl.db", lab.directory.path().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let last = "CREATE TRIGGER cut BEFORE UPDATE ON dns_zone_revision BEGIN SELECT RAISE(ABORT, 'cut short'); END";
    sqlx::query(last).execute(&pool).await.unwrap();

    let changed = DnsZoneSettings { ttl: 9, ..before.settings.clone() };
    assert!(engine.change_dns_zone(changed, None, DnsProof::Tried, &admin()).await.is_err());
    assert!(add(&engine, settings(&lab, "b.test"), &key_file(KEY.secret)).await.is_err());
    assert!(engine.remove_dns_zone("a.test").await.is_err());

    assert_eq!(engine.dns_zones().await.unwrap(), [before]);
    assert!(engine.test_dns_zone("a.test", DnsPatience::OfItsSettings).await.unwrap().passed(), "its key is there");
}

#[tokio::test]
async fn a_process_that_dies_while_it_tries_a_zone_saves_nothing_and_what_it_left_is_forgotten() {
    let lab = Lab::knot(&zones()).await;
    let engine = engine(&lab, lab.config(Vec::new())).await;
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = DnsZoneSettings { server: deaf.local_addr().unwrap().to_string(), ..settings(&lab, "a.test") };
    let (file, by) = (key_file(KEY.secret), admin());
    tokio::select! {
        done = engine.add_dns_zone(silent, Some(&file), DnsProof::Tried, &by) => panic!("nobody answers: {done:?}"),
        heard = deaf.accept() => drop(heard.unwrap()),
    }
    drop(engine);

    let store: Arc<dyn Store> = open_store(lab.directory.path()).await;
    assert!(store.added_dns_zones().await.unwrap().zones.is_empty());
    let left = store.dns_records().await.unwrap();
    let [(record, at)] = &left[..] else { panic!("{left:?}") };
    assert_eq!(record.purpose, DnsPurpose::Trial);
    let zones = lab.open(Vec::new());
    assert!(zones.sweep(store.as_ref(), at.plus(3_600)).await.unwrap().left.is_empty(), "nobody can remove it");
    assert!(store.dns_records().await.unwrap().is_empty());
}
