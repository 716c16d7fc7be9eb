//! RSA beside ECDSA: a second certificate for the same names, for clients that cannot do more.

use crate::world::{Plan, World};
use engine::Confirmation;
use engine::model::{CertificateDetail, KeyType, RunScope, RunState, RunSummary};
use rig::{Keys, Openssl, Website};
use std::path::PathBuf;

const DAY: i64 = 86_400;

/// A website of alice's with an alias, in an Apache, and whether companions are wanted.
async fn world(companions: &str) -> World {
    let website = Website::new("alice.test").alias("www.alice.test");
    let plan = Plan::new().user("alice", &["alice.test", "www.alice.test"], website);
    let world = plan.start(&["alice.test", "www.alice.test"]).await;
    set(&world, companions).await;
    world
}

async fn set(world: &World, companions: &str) {
    let wanted = ("rsa-companion".to_owned(), companions.to_owned());
    world.engine.set_options(&[wanted], Confirmation::Missing, "test").await.unwrap();
}

async fn run(world: &World) -> RunSummary {
    let run = world.run(RunScope::AllUsers).await;
    assert_eq!(run.state, RunState::Succeeded, "{:#?}", world.log(&run).await);
    run
}

/// What Apache shows to a client that takes such keys only, if the client trusts it.
async fn shown(world: &World, name: &str, keys: Keys) -> Option<String> {
    let roots: PathBuf = world.dir.path().join("issuer-roots.pem");
    std::fs::write(&roots, world.pebble.issuer_roots_pem().await.unwrap()).unwrap();
    let client = Openssl::tls(world.apache.https_address()).taking(keys);
    client.verified(name, &roots).await.ok()?;
    client.fingerprint(name).await.ok()
}

async fn detail(world: &World) -> CertificateDetail {
    world.engine.certificate("alice.test").await.unwrap()
}

/// The fingerprints of the certificate in use and of its companion.
async fn pair(world: &World) -> (String, Option<String>) {
    let CertificateDetail { in_use, companion, .. } = detail(world).await;
    (in_use.unwrap().certificate.fingerprint, companion.map(|sheet| sheet.certificate.fingerprint))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_is_shown_the_certificate_that_it_can_do() {
    let world = world("rsa-2048").await;
    let ran = run(&world).await;
    assert_eq!((ran.counts.issued, ran.counts.served, ran.counts.failed), (2, 1, 0), "{:#?}", world.log(&ran).await);
    let shown = |keys| shown(&world, "www.alice.test", keys);
    let (own, companion) = pair(&world).await;
    assert_eq!(shown(Keys::Ecdsa).await, Some(own.clone()));
    assert_eq!(shown(Keys::Rsa).await, companion);
    assert_eq!(shown(Keys::RsaOfToday).await, companion);
    assert!(companion.is_some_and(|companion| companion != own));
    let CertificateDetail { in_use, companion, earlier, .. } = detail(&world).await;
    let (own, companion) = (in_use.unwrap().certificate, companion.unwrap().certificate);
    assert_eq!((own.key_type, companion.key_type), (Some(KeyType::EcdsaP256), Some(KeyType::Rsa2048)));
    assert_eq!(own.names, companion.names);
    assert!(own.served_at.is_some() && companion.served_at.is_some() && earlier.is_empty());

    let again = run(&world).await;
    assert_eq!((again.counts.kept, again.counts.issued), (1, 0), "{:#?}", world.log(&again).await);
    assert_eq!(world.pebble.orders_created().unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_renewed_together() {
    let world = world("rsa-2048").await;
    run(&world).await;
    let (own, companion) = pair(&world).await;
    world.clock.advance(61 * DAY);
    let renewed = run(&world).await;
    world.clock.advance(-61 * DAY);
    assert_eq!(renewed.counts.issued, 2, "{:#?}", world.log(&renewed).await);
    let (new, new_companion) = pair(&world).await;
    assert!(new != own && new_companion != companion && new_companion.is_some());
    assert_eq!(shown(&world, "alice.test", Keys::Ecdsa).await, Some(new));
    assert_eq!(shown(&world, "alice.test", Keys::Rsa).await, new_companion);
    assert_eq!(detail(&world).await.earlier.len(), 2);
    assert_eq!(world.pebble.orders_created().unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_option_brings_companions_to_certificates_that_are_there_and_takes_them_away() {
    let world = world("off").await;
    run(&world).await;
    let (own, none) = pair(&world).await;
    assert_eq!((none, shown(&world, "alice.test", Keys::Rsa).await), (None, None));

    set(&world, "rsa-3072").await;
    let plan = world.engine.plan(&RunScope::AllUsers).await.unwrap();
    let planned = format!("why:  {}", plan.jobs[0].because.words());
    assert!(plan.text().contains(&planned) && planned.contains("RSA"), "{}", plan.text());
    let on = run(&world).await;
    assert_eq!((on.counts.issued, on.counts.served), (1, 1), "{:#?}", world.log(&on).await);
    let (same, companion) = pair(&world).await;
    assert_eq!(same, own, "the certificate stays as it is");
    assert_eq!(shown(&world, "alice.test", Keys::Rsa).await, companion);
    assert_eq!(shown(&world, "alice.test", Keys::Ecdsa).await.as_ref(), Some(&own));

    set(&world, "off").await;
    let off = run(&world).await;
    assert_eq!(off.counts.issued, 0, "{:#?}", world.log(&off).await);
    assert_eq!(shown(&world, "alice.test", Keys::Rsa).await, None);
    assert_eq!(shown(&world, "alice.test", Keys::Ecdsa).await.as_ref(), Some(&own));
    assert_eq!(pair(&world).await, (own, None));
    let again = run(&world).await;
    assert_eq!((again.counts.kept, world.pebble.orders_created().unwrap()), (1, 2), "{:#?}", world.log(&again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_certificate_gets_no_companion() {
    let world = world("rsa-2048").await;
    world.engine.set_key_type(&["alice".into()], "rsa-2048").await.unwrap();
    assert_eq!(run(&world).await.counts.issued, 1);
    let (own, none) = pair(&world).await;
    assert_eq!((shown(&world, "alice.test", Keys::Rsa).await, none), (Some(own), None));
}
