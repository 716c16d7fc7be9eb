//! When the provider wants certificates renewed (RFC 9773).

use crate::world::Plan;
use engine::model::RunScope;
use rig::Website;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_the_provider_wants_renewed_is_renewed_and_replaces_the_old_one() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await;
    world.run(RunScope::AllUsers).await;
    let first = std::fs::read_to_string(world.dir.path().join("data/certificates/alice.test/1/fullchain.pem")).unwrap();
    let quiet = world.run(RunScope::AllUsers).await;
    assert_eq!(quiet.counts.kept, 1, "the window lies ahead");

    let yesterday = ["2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"];
    world.pebble.set_renewal_window(&first, yesterday[0], yesterday[1], "https://ca.test/incident").await.unwrap();
    world.clock.advance(7 * HOUR);
    let renewed = world.run(RunScope::AllUsers).await;

    let log = world.log(&renewed).await;
    assert_eq!(renewed.counts.issued, 1, "{log:#?}");
    assert!(log.iter().any(|line| line.contents.contains("https://ca.test/incident")), "{log:#?}");
    let told = world.pebble.log().unwrap();
    assert!(told.contains("is a replacement of"), "the order names the certificate that it replaces");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_the_queue_renews_what_the_provider_wants_renewed_and_nothing_else() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let plan = plan.user("bob", &["bob.test"], Website::new("bob.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test", "bob.test"]).await;
    world.run(RunScope::AllUsers).await;
    let bobs = world.served("bob.test").await;
    let alices =
        std::fs::read_to_string(world.dir.path().join("data/certificates/alice.test/1/fullchain.pem")).unwrap();
    let past = ["2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"];
    world.pebble.set_renewal_window(&alices, past[0], past[1], "https://ca.test/incident").await.unwrap();
    world.clock.advance(7 * HOUR);

    let queue = world.run(RunScope::Queue).await;

    assert_eq!(queue.counts.issued, 1, "{:#?}", world.log(&queue).await);
    assert_eq!(world.served("bob.test").await, bobs);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_word_from_the_provider_the_lifetime_decides() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await;
    world.run(RunScope::AllUsers).await;
    world.clock.advance(44 * DAY);
    assert_eq!(world.run(RunScope::AllUsers).await.counts.kept, 1);
    world.clock.advance(17 * DAY);
    assert_eq!(world.run(RunScope::AllUsers).await.counts.issued, 1, "two thirds of 90 days are over");
}

#[tokio::test(flavor = "multi_thread")]
async fn renewals_leave_the_certificate_in_use_and_the_one_before_it() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await;
    world.run(RunScope::AllUsers).await;
    // The CA's clock stands still, so that each certificate is due again.
    world.clock.advance(61 * DAY);
    for _ in 0..2 {
        assert_eq!(world.run(RunScope::AllUsers).await.counts.served, 1);
    }
    let entries = std::fs::read_dir(world.dir.path().join("data/certificates/alice.test")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["2", "3", "current"]);
}
