//! The main job: from an imported website to a certificate that Apache presents.

use crate::world::Plan;
use engine::model::{CheckResult, Coverage, Override, RunScope, RunState};
use rig::Website;

const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn a_website_is_validated_issued_and_served_by_apache() {
    let site = Website::new("alice.test").alias("www.alice.test");
    let plan = Plan::new().user("alice", &["alice.test", "www.alice.test"], site);
    let world = plan.start(&["alice.test", "www.alice.test"]).await;

    let run = world.run(RunScope::AllUsers).await;

    assert_eq!(run.state, RunState::Succeeded, "{:?}", world.log(&run).await);
    assert_eq!((run.counts.issued, run.counts.served, run.counts.failed), (1, 1, 0));
    assert_eq!(world.https_status("www.alice.test").await.unwrap(), 200);
    let user = world.engine.user("alice").await.unwrap();
    assert_eq!(user.row.result, Some(CheckResult::Secured));
    assert_eq!(user.websites[0].coverage, Coverage::Secured);
    assert!(user.websites[0].served_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_orders_nothing_and_a_run_after_two_thirds_of_the_lifetime_renews() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.start(&["alice.test"]).await;
    world.run(RunScope::AllUsers).await;
    let first = world.served("alice.test").await;

    let second = world.run(RunScope::AllUsers).await;
    assert_eq!((second.counts.kept, second.counts.issued), (1, 0));
    assert_eq!(world.pebble.orders_created().unwrap(), 1);
    assert_eq!(world.served("alice.test").await, first);

    world.clock.advance(61 * DAY);
    let third = world.run(RunScope::AllUsers).await;
    assert_eq!((third.counts.kept, third.counts.issued, third.counts.served), (0, 1, 1));
    assert_ne!(world.served("alice.test").await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_users_alone_for_whom_autossl_is_off() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test")).user(
        "bob",
        &["bob.test"],
        Website::new("bob.test"),
    );
    let world = plan.start(&["alice.test", "bob.test"]).await;
    world.engine.set_override(&["bob".into()], Override::Disabled).await.unwrap();

    let all = world.run(RunScope::AllUsers).await;
    assert_eq!((all.counts.users, all.counts.issued), (1, 1));
    let one = world.run(RunScope::User("bob".into())).await;
    assert_eq!((one.state, one.reason.as_deref()), (RunState::Succeeded, Some("AutoSSL is off for bob")));
    assert!(world.https_status("bob.test").await.is_err(), "bob.test must not be secured");

    world.engine.set_override(&["bob".into()], Override::Inherited).await.unwrap();
    let again = world.run(RunScope::User("bob".into())).await;
    assert_eq!((again.counts.users, again.counts.issued), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_excluded_name_is_not_ordered() {
    let site = Website::new("alice.test").alias("old.alice.test");
    let plan = Plan::new().user("alice", &["alice.test", "old.alice.test"], site);
    let world = plan.start(&["alice.test"]).await;
    world.engine.exclude("alice", &["old.alice.test".into()]).await.unwrap();

    let run = world.run(RunScope::AllUsers).await;

    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(world.pebble.challenge_failures().unwrap(), 0);
    assert!(world.https_status("old.alice.test").await.is_err(), "the name must not be in the certificate");
}
