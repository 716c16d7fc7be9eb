//! Which keys certificates get: the server's choice, a user's own, and two side by side.

use crate::world::{self, Plan, World};
use engine::model::{
    CertificateDetail, CertificateRow, KeyType, LogRecord, QueueQuery, RevocationReason, RunScope, RunState, RunSummary,
};
use engine::{Confirmation, Engine, RevocationRequest};
use rig::Website;
use rig::faults::{Fault, Proxy};
use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use tokio_util::sync::CancellationToken;

const DAY: i64 = 86_400;
const BOTH: &str = "ecdsa-p256+rsa-2048";

/// Ways to speak TLS as a client that can use keys of one kind only.
const ONLY_RSA: [&[&str]; 2] = [
    &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256"],
    &["-tls1_3", "-sigalgs", "RSA-PSS+SHA256"],
];
const ONLY_ECDSA: [&[&str]; 2] = [
    &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-sigalgs", "ECDSA+SHA256"],
    &["-tls1_3", "-sigalgs", "ECDSA+SHA256"],
];

/// One website of alice's, served by Apache.
async fn alice() -> World {
    let site = Website::new("alice.test").alias("www.alice.test");
    let plan = Plan::new().user("alice", &["alice.test", "www.alice.test"], site);
    let plan = plan.pebble(|pebble| pebble.nonce_reject(0).authz_reuse(100));
    plan.start(&["alice.test", "www.alice.test"]).await
}

async fn choose(engine: &Engine, choice: &str) {
    engine.set_options(&[("key-type".into(), choice.into())], Confirmation::Missing, "test").await.unwrap();
}

async fn detail(engine: &Engine) -> CertificateDetail {
    engine.certificate("alice.test").await.unwrap()
}

/// What alice's website has: the first certificate, then the second if there is one.
async fn in_use(engine: &Engine) -> Vec<CertificateRow> {
    detail(engine).await.in_use.into_iter().map(|sheet| sheet.certificate).collect()
}

fn kinds(rows: &[CertificateRow]) -> Vec<KeyType> {
    rows.iter().map(|row| row.key_type.unwrap()).collect()
}

/// The fingerprint of the certificate that is presented to a client of `openssl`; `None` where no handshake comes about.
async fn presented(address: SocketAddr, client: &'static [&'static str]) -> Option<String> {
    let connect = move || {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &address.to_string(), "-servername", "alice.test"]).args(client);
        let said = command.stdin(Stdio::null()).output().expect("openssl");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        let start = text.find("-----BEGIN CERTIFICATE")?;
        fingerprint(&text[start..])
    };
    tokio::task::spawn_blocking(connect).await.unwrap()
}

/// The fingerprint of the first certificate of a text, by `openssl`.
fn fingerprint(pem: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("certificate.pem");
    fs::write(&path, pem).unwrap();
    let said = Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(path).output();
    let said = String::from_utf8(said.expect("openssl").stdout).unwrap();
    Some(said.trim().rsplit_once('=')?.1.replace(':', "").to_lowercase())
}

fn with_code<'a>(log: &'a [LogRecord], code: &str) -> Vec<&'a LogRecord> {
    log.iter().filter(|line| line.code.as_deref() == Some(code)).collect()
}

/// Assert that both kinds of clients get their certificate.
async fn assert_both_are_served(world: &World) {
    let rows = in_use(&world.engine).await;
    assert_eq!(kinds(&rows), [KeyType::EcdsaP256, KeyType::Rsa2048]);
    assert!(rows.iter().all(|row| row.served_at.is_some()), "{rows:#?}");
    for (clients, row) in [(ONLY_ECDSA, &rows[0]), (ONLY_RSA, &rows[1])] {
        for client in clients {
            let seen = presented(world.apache.https_address(), client).await;
            assert_eq!(seen.as_ref(), Some(&row.fingerprint), "{client:?}");
        }
    }
    assert_eq!(world.https_status("www.alice.test").await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_choice_counts_before_the_servers_and_forces_no_order() {
    let plan = ["alice", "bob", "carol"].into_iter().fold(Plan::new(), |plan, user| {
        plan.user(user, &[&format!("{user}.test")], Website::new(format!("{user}.test")))
    });
    let world = plan.start(&["alice.test", "bob.test", "carol.test"]).await;
    let engine = &world.engine;
    choose(engine, "ecdsa-p384").await;
    engine.set_key_type(&["bob".into()], "rsa-2048").await.unwrap();
    world.run(RunScope::AllUsers).await;
    let kind = async |name: &str| kinds(&rows(engine, name).await);
    assert_eq!(kind("alice.test").await, [KeyType::EcdsaP384]);
    assert_eq!(kind("bob.test").await, [KeyType::Rsa2048]);
    let text = |name: &str| {
        let path = world.dir.path().join(format!("data/certificates/{name}/current/fullchain.pem"));
        let said = Command::new("openssl").args(["x509", "-noout", "-text", "-in"]).arg(path).output().unwrap();
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    assert!(text("alice.test").contains("secp384r1") && text("bob.test").contains("(2048 bit)"));

    engine.set_key_type(&["alice".into(), "bob".into()], "ecdsa-p256").await.unwrap();
    let run = world.run(RunScope::AllUsers).await;
    assert_eq!((run.counts.kept, run.counts.issued), (3, 0), "a choice alone orders nothing");
    world.clock.advance(61 * DAY);
    engine.set_key_type(&["bob".into()], "reset").await.unwrap();
    world.run(RunScope::AllUsers).await;
    assert_eq!(kind("alice.test").await, [KeyType::EcdsaP256]);
    assert_eq!(kind("bob.test").await, [KeyType::EcdsaP384], "the server's choice counts again");

    let error = engine.set_key_type(&["alice".into(), "nobody".into()], "rsa-3072").await.unwrap_err();
    assert!(error.to_string().contains("nobody"), "{error}");
    let user = engine.user("alice").await.unwrap();
    assert_eq!(user.key_type.map(|choice| choice.as_str()), Some("ecdsa-p256"), "all or nothing");
}

async fn rows(engine: &Engine, name: &str) -> Vec<CertificateRow> {
    let sheets = engine.certificate(name).await.unwrap().in_use;
    sheets.into_iter().map(|sheet| sheet.certificate).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_certificates_stand_side_by_side_and_each_client_gets_its_own() {
    let world = alice().await;
    choose(&world.engine, BOTH).await;

    let run = world.run(RunScope::AllUsers).await;

    let log = world.log(&run).await;
    assert_eq!((run.state, run.counts.issued, run.counts.served), (RunState::Succeeded, 1, 1), "{log:#?}");
    assert_eq!(world.pebble.orders_created().unwrap(), 2, "two orders, each counted");
    assert_both_are_served(&world).await;
    let again = world.run(RunScope::AllUsers).await;
    assert_eq!((again.counts.kept, again.counts.issued), (1, 0), "{:#?}", world.log(&again).await);
    assert_eq!(world.pebble.orders_created().unwrap(), 2, "both are sound");
    let plan = world.engine.plan(&RunScope::AllUsers).await.unwrap();
    assert!(plan.jobs.is_empty(), "{plan:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_renewed_when_their_time_comes() {
    let world = alice().await;
    choose(&world.engine, BOTH).await;
    world.run(RunScope::AllUsers).await;
    let before = in_use(&world.engine).await;
    world.clock.advance(61 * DAY);

    let run = world.run(RunScope::AllUsers).await;

    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 1), "{:#?}", world.log(&run).await);
    assert_eq!(world.pebble.orders_created().unwrap(), 4);
    let after = in_use(&world.engine).await;
    assert!(before.iter().zip(&after).all(|(before, after)| before.serial != after.serial), "{after:#?}");
    assert_both_are_served(&world).await;
    assert_eq!(detail(&world.engine).await.earlier.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_of_two_orders_nothing_before_the_next_order_and_is_taken_back_with_the_next() {
    let world = alice().await;
    world.run(RunScope::AllUsers).await;
    choose(&world.engine, BOTH).await;
    let run = world.run(RunScope::AllUsers).await;
    assert_eq!((run.counts.kept, world.pebble.orders_created().unwrap()), (1, 1));

    world.clock.advance(61 * DAY);
    world.run(RunScope::AllUsers).await;
    assert_both_are_served(&world).await;

    choose(&world.engine, "ecdsa-p256").await;
    world.run(RunScope::AllUsers).await;
    assert_both_are_served(&world).await;
    world.clock.advance(61 * DAY);
    let run = world.run(RunScope::AllUsers).await;
    assert_eq!(kinds(&in_use(&world.engine).await), [KeyType::EcdsaP256], "{:#?}", world.log(&run).await);
    assert_eq!(presented(world.apache.https_address(), ONLY_RSA[0]).await, None);
    assert_eq!(world.https_status("alice.test").await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_is_replaced_alone_when_it_is_revoked() {
    let world = alice().await;
    choose(&world.engine, BOTH).await;
    world.run(RunScope::AllUsers).await;
    let before = in_use(&world.engine).await;
    let request = RevocationRequest {
        name: "alice.test".into(),
        serial: Some(before[1].serial.clone()),
        reason: RevocationReason::KeyCompromise,
        ..RevocationRequest::default()
    };
    let (outlook, runs) = world.engine.revoke(&request, Confirmation::Given, "test").await.unwrap();
    assert_eq!((outlook.names.len(), runs.len()), (0, 1), "every name stays secured by the first");

    assert!(world.engine.work_off(CancellationToken::new()).await.unwrap());

    let after = in_use(&world.engine).await;
    assert_eq!((&after[0].serial, after[1].serial != before[1].serial), (&before[0].serial, true), "{after:#?}");
    assert_eq!(world.pebble.orders_created().unwrap(), 3);
    assert_both_are_served(&world).await;
}

/// An engine that reaches Pebble through `proxy`, with an account of its own.
async fn engine_through(world: &World, proxy: &Proxy) -> Engine {
    fs::remove_file(world.dir.path().join("data/accounts/ca.key")).unwrap();
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let config = world::config(&world.dir, provider, Some(&world.apache));
    Engine::open_at(config, world.clock.clone()).await.unwrap()
}

async fn logged(engine: &Engine, scope: RunScope) -> (RunSummary, Vec<LogRecord>) {
    let run = world::run(engine, scope).await;
    let log = world::log(engine, &run).await;
    (run, log)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_never_suffers_from_the_second_which_is_tried_again_by_itself() {
    let world = alice().await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let engine = engine_through(&world, &proxy).await;
    choose(&engine, BOTH).await;
    proxy.inject_nth("/order-plz", 2, Fault::problem(403, "rejectedIdentifier", "no RSA today"));

    let (run, log) = logged(&engine, RunScope::AllUsers).await;

    assert_eq!((run.state, run.counts.issued, run.counts.served), (RunState::Succeeded, 1, 1), "{log:#?}");
    assert_eq!((run.counts.failed, run.counts.names_failed), (0, 0), "{log:#?}");
    assert_eq!(world.https_status("www.alice.test").await.unwrap(), 200);
    let warned = with_code(&log, "companion_failed");
    assert!(warned.len() == 1 && warned[0].contents.contains("no RSA today"), "{log:#?}");
    let user = engine.user("alice").await.unwrap();
    assert!(user.websites[0].domains.iter().all(|row| row.problem.is_none()), "{user:#?}");
    let waiting = engine.queue(&QueueQuery::default()).await.unwrap().rows;
    assert_eq!(waiting.len(), 1, "{waiting:#?}");
    let before = in_use(&engine).await;
    assert_eq!(kinds(&before), [KeyType::EcdsaP256]);

    // Not before its time, and then without touching the first.
    let (early, log) = logged(&engine, RunScope::AllUsers).await;
    assert_eq!((early.counts.kept, world.pebble.orders_created().unwrap()), (1, 1), "{log:#?}");
    world.clock.advance(DAY);
    let (_, log) = logged(&engine, RunScope::Queue).await;
    let after = in_use(&engine).await;
    assert_eq!(kinds(&after), [KeyType::EcdsaP256, KeyType::Rsa2048], "{log:#?}");
    assert_eq!(after[0].serial, before[0].serial);
    assert_both_are_served(&world).await;
    assert_eq!(engine.queue(&QueueQuery::default()).await.unwrap().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_while_the_second_is_on_its_way_makes_no_third_order() {
    let world = alice().await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let engine = engine_through(&world, &proxy).await;
    choose(&engine, BOTH).await;
    proxy.inject_nth("/finalize-order/", 2, Fault::KeepAnswer);
    engine.request_run(RunScope::AllUsers, "test").await.unwrap();
    let heard = async {
        while proxy.kept() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        done = engine.work_off(CancellationToken::new()) => panic!("the run ended: {done:?}"),
        () = heard => {}
    }
    drop(engine);
    proxy.heal();

    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let config = world::config(&world.dir, provider, Some(&world.apache));
    let next = Engine::open_at(config, world.clock.clone()).await.unwrap();
    next.work_off(CancellationToken::new()).await.unwrap();

    assert_both_are_served(&world).await;
    assert_eq!(world.pebble.orders_created().unwrap(), 2);
    assert_eq!(world.pebble.certificates_issued().unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_certificate_that_apache_refuses_leaves_the_first_served() {
    let world = alice().await;
    choose(&world.engine, BOTH).await;
    world.run(RunScope::AllUsers).await;
    let row = in_use(&world.engine).await.remove(1);
    // Its file is damaged when both are renewed and installed again.
    world.clock.advance(61 * DAY);
    let shelf = world.dir.path().join("data/certificates/alice.test/companion");
    assert!(shelf.join("1/key.pem").exists(), "second certificates have a shelf of their own");
    fs::create_dir_all(shelf.join("2/combined.pem")).unwrap();

    let run = world.run(RunScope::AllUsers).await;

    let log = world.log(&run).await;
    assert_eq!(world.https_status("alice.test").await.unwrap(), 200, "{log:#?}");
    let after = in_use(&world.engine).await;
    assert!(after[0].served_at.is_some() && after[0].issued_at.since(row.issued_at) > 60 * DAY, "{after:#?} {log:#?}");
}
