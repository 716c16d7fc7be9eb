//! Which keys certificates get: the server's choice, or a user's own.

use crate::world::Plan;
use engine::model::{KeyType, RunScope};
use engine::{Confirmation, Engine};
use rig::Website;
use std::process::Command;

const DAY: i64 = 86_400;

async fn kind(engine: &Engine, name: &str) -> Option<KeyType> {
    engine.certificate(name).await.unwrap().in_use.unwrap().certificate.key_type
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_choice_counts_before_the_servers_and_forces_no_order() {
    let plan = ["alice", "bob", "carol"].into_iter().fold(Plan::new(), |plan, user| {
        plan.user(user, &[&format!("{user}.test")], Website::new(format!("{user}.test")))
    });
    let world = plan.start(&["alice.test", "bob.test", "carol.test"]).await;
    let engine = &world.engine;
    engine.set_options(&[("key-type".into(), "ecdsa-p384".into())], Confirmation::Missing, "test").await.unwrap();
    engine.set_key_type(&["bob".into()], "rsa-2048").await.unwrap();
    world.run(RunScope::AllUsers).await;
    assert_eq!(kind(engine, "alice.test").await, Some(KeyType::EcdsaP384));
    assert_eq!(kind(engine, "bob.test").await, Some(KeyType::Rsa2048));
    let text = |name: &str| {
        let path = world.dir.path().join(format!("data/certificates/{name}/1/fullchain.pem"));
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
    assert_eq!(kind(engine, "alice.test").await, Some(KeyType::EcdsaP256));
    assert_eq!(kind(engine, "bob.test").await, Some(KeyType::EcdsaP384), "the server's choice counts again");

    let error = engine.set_key_type(&["alice".into(), "nobody".into()], "rsa-3072").await.unwrap_err();
    assert!(error.to_string().contains("nobody"), "{error}");
    let user = engine.user("alice").await.unwrap();
    assert_eq!(user.key_type, Some(KeyType::EcdsaP256), "all or nothing");
}
