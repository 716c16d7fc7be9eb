//! Companions in services: which take two certificates for a name, and what happens to those that cannot be had or shown.

use crate::front::{Front, Ground, NOWHERE};
use crate::haproxy;
use crate::world::{Plan, World};
use engine::config::{EngineConfig, NginxConfig, NginxWay};
use engine::model::{RunState, RunSummary};
use engine::{Confirmation, Engine};
use rig::{Keys, Nginx, Openssl};
use std::fs;
use testca::{Endpoint, Fault, Problem, ProblemKind, Rule};
use tokio_util::sync::CancellationToken;

const ONLY_ECDSA: &str = "SSLProtocol TLSv1.2\nSSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256\n";

async fn with_companions(engine: &Engine) {
    let wanted = [("rsa-companion".to_owned(), "rsa-2048".to_owned())];
    engine.set_options(&wanted, Confirmation::Missing, "test").await.unwrap();
}

/// The fingerprints of the certificate in use and of its companion.
async fn pair(engine: &Engine, name: &str) -> (String, Option<String>) {
    let detail = engine.certificate(name).await.unwrap();
    (detail.in_use.unwrap().certificate.fingerprint, detail.companion.map(|sheet| sheet.certificate.fingerprint))
}

/// What a door shows for a name to clients that take ECDSA only, and RSA only.
async fn shown(door: Openssl, name: &str) -> (Option<String>, Option<String>) {
    let told = |keys| async move { door.taking(keys).fingerprint(name).await.ok() };
    (told(Keys::Ecdsa).await, told(Keys::Rsa).await)
}

async fn assert_both(engine: &Engine, door: Openssl, name: &str) {
    let (own, companion) = pair(engine, name).await;
    assert!(companion.is_some(), "{name} has a companion");
    assert_eq!(shown(door, name).await, (Some(own), companion), "{name}");
}

/// The last run.
async fn last(world: &World) -> RunSummary {
    world.engine.runs(1, 9).await.unwrap().rows.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_with_blocks_shows_each_client_the_certificate_that_it_can_do() {
    let ground = Ground::new();
    let nginx = Nginx::builder(ground.path("nginx")).challenge_backend(NOWHERE).start(&ground.binaries).await;
    let nginx = nginx.expect("nginx");
    let change = |config: &mut EngineConfig| {
        config.services.nginx = Some(NginxConfig {
            way: NginxWay::Blocks { listen: vec![nginx.https_address().to_string()], include: None },
            conf_dir: nginx.conf_dir(),
            test: nginx.test_command(),
            reload: nginx.reload_command(),
            pid_file: nginx.pid_file(),
            probe: nginx.https_address(),
        });
    };
    let front: Front = ground.engine(&["a.test", "b.test"], change).await;
    with_companions(&front.engine).await;
    let run = front.run().await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 4), "{:#?}", front.log(&run).await);
    let door = Openssl::tls(nginx.https_address());
    for name in ["a.test", "www.b.test"] {
        assert_both(&front.engine, door, name).await;
    }
    let before = pair(&front.engine, "a.test").await;
    assert_eq!(front.renew().await.counts.served, 2);
    let after = pair(&front.engine, "a.test").await;
    assert!(after.0 != before.0 && after.1 != before.1, "both are renewed");
    assert_both(&front.engine, door, "a.test").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_companion_that_fails_leaves_the_certificate_served_and_is_tried_again_by_the_schedule() {
    let world = Plan::websites(&["a.test"]).start().await;
    with_companions(&world.engine).await;
    let refused = Fault::Refusal(Problem::new(ProblemKind::BadCsr, "no RSA here"));
    world.ca.faults().add(Rule::on(Endpoint::Finalize, refused).after(1)).unwrap();

    let run = world.run().await;

    assert_eq!((run.state, run.counts.issued), (RunState::Incomplete, 1), "{:#?}", world.log(&run).await);
    let told = world.said(&run, "companion_failed").await;
    assert!(told[0].contains("a.test has no new companion"), "{told:?}");
    let own = world.https().verified("a.test", &world.issuer_root()).await;
    assert!(own.is_ok(), "{own:?}");
    let detail = world.engine.certificate("a.test").await.unwrap();
    let trouble = detail.companion_trouble.unwrap();
    assert!(detail.companion.is_none() && trouble.detail.contains("no RSA here"), "{trouble:?}");

    world.clock.advance(90);
    world.engine.work_on_what_is_due(CancellationToken::new()).await.unwrap();

    let again = last(&world).await;
    assert_eq!((again.state, again.counts.issued), (RunState::Succeeded, 1), "{:#?}", world.log(&again).await);
    assert_both(&world.engine, world.https(), "www.a.test").await;
    assert_eq!(world.engine.certificate("a.test").await.unwrap().companion_trouble, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_companion_stays_until_there_is_a_new_one() {
    let world = Plan::websites(&["a.test"]).start().await;
    with_companions(&world.engine).await;
    world.run().await;
    let (own, companion) = pair(&world.engine, "a.test").await;
    let refused = Fault::Refusal(Problem::new(ProblemKind::BadCsr, "no RSA here"));
    world.ca.faults().add(Rule::on(Endpoint::Finalize, refused).after(1)).unwrap();
    let renewed = world.renew().await;
    assert_eq!(renewed.counts.issued, 1, "{:#?}", world.log(&renewed).await);
    let (new, same) = pair(&world.engine, "a.test").await;
    assert!(new != own && same == companion);
    assert_eq!(shown(world.https(), "a.test").await, (Some(new), companion));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_companion_that_is_not_shown_leaves_the_certificate_served_and_is_brought_again() {
    let world = Plan::websites(&["a.test"]).start().await;
    with_companions(&world.engine).await;
    let only_ecdsa = world.apache.vhost_dir().join("+only-ecdsa.conf");
    fs::write(&only_ecdsa, ONLY_ECDSA).unwrap();

    let run = world.run().await;

    let log = world.log(&run).await;
    assert_eq!((run.state, run.counts.issued, run.counts.served), (RunState::Incomplete, 2, 1), "{log:#?}");
    let told = world.said(&run, "not_served").await;
    assert!(told[0].contains("a.test: its companion is not served by apache"), "{told:?}");
    let (own, companion) = pair(&world.engine, "a.test").await;
    assert_eq!(shown(world.https(), "a.test").await, (Some(own.clone()), None));
    let block = fs::read_to_string(world.apache.vhost_dir().join("a.test.conf")).unwrap();
    assert!(!block.contains("combined-rsa.pem"), "{block}");

    fs::remove_file(&only_ecdsa).unwrap();
    world.clock.advance(61);
    world.engine.work_on_what_is_due(CancellationToken::new()).await.unwrap();

    let again = last(&world).await;
    assert_eq!((again.state, again.counts.issued), (RunState::Succeeded, 0), "{:#?}", world.log(&again).await);
    assert_eq!(shown(world.https(), "a.test").await, (Some(own), companion));
    assert_eq!(world.orders(), 2, "nothing is ordered for that");
}

/// Let services go back to one certificate.
async fn without_companions(engine: &Engine) {
    let wanted = [("rsa-companion".to_owned(), "off".to_owned())];
    engine.set_options(&wanted, Confirmation::Missing, "test").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_services_show_each_client_the_certificate_that_it_can_do() {
    let world = Plan::websites(&["a.test", "b.test"]).dovecot().exim().postfix().start().await;
    with_companions(&world.engine).await;
    let run = world.run().await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 4), "{:#?}", world.log(&run).await);
    let postfix = Openssl::tls(world.postfix.as_ref().unwrap().smtps_address());
    let doors = [world.https(), world.imap(), world.exim(), postfix];
    for door in doors {
        assert_both(&world.engine, door, "mail.a.test").await;
        assert_both(&world.engine, door, "imap.b.test").await;
    }
    without_companions(&world.engine).await;
    let run = world.run().await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 0), "{:#?}", world.log(&run).await);
    let (own, none) = pair(&world.engine, "a.test").await;
    assert_eq!(none, None);
    for door in doors {
        let (ecdsa, rsa) = shown(door, "mail.a.test").await;
        assert_eq!((ecdsa, rsa), (Some(own.clone()), None), "{door:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_shows_each_client_the_certificate_that_it_can_do_also_after_a_restart() {
    let (front, mut haproxy) = haproxy::start().await;
    with_companions(&front.engine).await;
    let run = front.run().await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 6), "{:#?}", front.log(&run).await);
    let door = Openssl::tls(haproxy.https_address());
    assert_both(&front.engine, door, "www.a.test").await;
    haproxy.restart().await.unwrap();
    assert_both(&front.engine, door, "b.test").await;
    without_companions(&front.engine).await;
    front.run().await;
    assert_eq!(shown(door, "b.test").await, (Some(pair(&front.engine, "b.test").await.0), None));
}
