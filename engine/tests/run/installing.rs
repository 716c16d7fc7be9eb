//! What Apache refuses, and what must survive it.

use crate::world::Plan;
use engine::model::{LogType, RunScope, RunState};
use rig::Website;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_was_broken_before_is_left_alone_and_caught_up_later() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.start(&["alice.test"]).await;
    let before = world.served("alice.test").await;
    let foreign = world.apache.vhost_dir().join("foreign.conf");
    fs::write(&foreign, "NoSuchDirective on\n").unwrap();

    let run = world.run(RunScope::AllUsers).await;

    let log = world.log(&run).await;
    assert!(log.iter().any(|line| line.code.as_deref() == Some("service_config_broken")), "{log:#?}");
    assert!(!world.apache.vhost_dir().join("alice.test.conf").exists());
    assert!(world.apache.is_alive());
    assert_eq!(world.served("alice.test").await, before);

    fs::remove_file(&foreign).unwrap();
    let again = world.run(RunScope::AllUsers).await;
    assert_eq!((again.state, again.counts.issued, again.counts.served), (RunState::Succeeded, 0, 1));
    assert_eq!(world.https_status("alice.test").await.unwrap(), 200);
    assert_eq!(world.pebble.certificates_issued().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_website_that_apache_cannot_take_does_not_keep_the_others_from_being_served() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test")).user(
        "bob",
        &["bob.test"],
        Website::new("bob.test"),
    );
    let world = plan.start(&["alice.test", "bob.test"]).await;
    // A directory stands where bob's file belongs.
    fs::create_dir(world.apache.vhost_dir().join("bob.test.conf")).unwrap();

    let run = world.run(RunScope::AllUsers).await;

    let log = world.log(&run).await;
    assert_eq!((run.counts.served, run.counts.failed), (1, 1), "{log:#?}");
    assert_eq!(world.https_status("alice.test").await.unwrap(), 200);
    let told =
        log.iter().find(|line| line.website.as_deref() == Some("bob.test") && line.kind == LogType::Error).unwrap();
    assert!(told.contents.contains("bob.test.conf"), "{}", told.contents);
}

#[tokio::test(flavor = "multi_thread")]
async fn private_keys_are_readable_by_their_owner_only_and_in_no_log() {
    use std::os::unix::fs::PermissionsExt;
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.start(&["alice.test"]).await;
    let run = world.run(RunScope::AllUsers).await;

    let generation = world.dir.path().join("data/certificates/alice.test/current");
    for file in ["key.pem", "combined.pem", "fullchain.pem"] {
        let mode = fs::metadata(generation.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(fs::metadata(world.dir.path().join("data")).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(world.dir.path().join("data/jobs")).unwrap().count(), 0, "a job's key stays behind");
    let logs = world.dir.path().join("logs").join(&run.id.0);
    for entry in fs::read_dir(logs).unwrap() {
        assert!(!fs::read_to_string(entry.unwrap().path()).unwrap().contains("PRIVATE KEY"));
    }
}
