//! Our own check of names before anything is ordered, and the plan that is only shown.

use crate::world::{self, Plan, World};
use engine::Engine;
use engine::config::PrecheckConfig;
use engine::model::{RunScope, RunState};
use engine::plan::SkipReason;
use rig::{ChallengeAnswer, Website};

/// An engine that checks names with the world's DNS and web server before it orders.
pub(crate) async fn careful(world: &World) -> Engine {
    let provider = (world.pebble.directory_url(), world.pebble.tls_root_pem_path().to_owned());
    let mut config = world::config(&world.dir, provider, Some(&world.apache));
    config.precheck = Some(PrecheckConfig {
        resolvers: vec![world.dns.address()],
        validation_port: world.apache.http_port(),
        addresses: Vec::new(),
        allow_private: true,
    });
    Engine::open_at(config, world.clock.clone()).await.unwrap()
}

async fn one_broken_alias() -> World {
    let names = ["alice.test", "www.alice.test", "old.alice.test"];
    let site =
        Website::new("alice.test").alias("www.alice.test").alias_answering("old.alice.test", ChallengeAnswer::NotFound);
    let plan = Plan::new().user("alice", &names, site).user("bob", &["bob.test"], Website::new("bob.test"));
    plan.start(&["alice.test", "www.alice.test", "old.alice.test"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_would_fail_is_left_out_and_the_ca_is_never_asked_for_it() {
    let world = one_broken_alias().await;
    let engine = careful(&world).await;

    let run = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &run).await;
    assert_eq!((run.state, run.counts.served, run.counts.failed), (RunState::Incomplete, 1, 1), "{log:#?}");
    assert_eq!(world.pebble.orders_created().unwrap(), 1, "bob's only name has no address: nothing is ordered for it");
    assert_eq!(world.pebble.challenge_failures().unwrap(), 0);
    for (name, code) in [("old.alice.test", "http_not_found"), ("bob.test", "dns_no_address")] {
        let line = log.iter().find(|line| line.domain.as_deref() == Some(name)).unwrap();
        assert_eq!(line.code.as_deref(), Some(code), "{}", line.contents);
    }
    assert_eq!(world.https_status("www.alice.test").await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_passes_again_comes_back_by_itself() {
    let world = one_broken_alias().await;
    let engine = careful(&world).await;
    world::run(&engine, RunScope::AllUsers).await;
    world.dns.add_a("bob.test", std::net::Ipv4Addr::LOCALHOST).await.unwrap();

    let again = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &again).await;
    assert_eq!((again.counts.issued, again.counts.kept), (1, 1), "{log:#?}");
    assert!(engine.user("bob").await.unwrap().websites[0].domains[0].problem.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_tells_what_a_run_would_do_and_does_nothing() {
    let world = one_broken_alias().await;
    let engine = careful(&world).await;

    let plan = engine.plan(&RunScope::AllUsers).await.unwrap();

    assert_eq!(plan.jobs.len(), 1);
    assert_eq!(plan.jobs[0].names, ["alice.test", "www.alice.test"]);
    assert_eq!(plan.jobs[0].left_out[0].name, "old.alice.test");
    assert!(matches!(plan.skipped[0].because, SkipReason::Impeded(_)), "{:?}", plan.skipped);
    let text = plan.text();
    assert!(text.contains("alice.test (alice): order, new") && text.contains("http_not_found"), "{text}");
    assert_eq!(world.pebble.orders_created().unwrap(), 0);
    assert!(engine.runs(1, 1).await.unwrap().rows.is_empty());

    world::run(&engine, RunScope::AllUsers).await;
    let after = engine.plan(&RunScope::AllUsers).await.unwrap();
    assert!(after.jobs.is_empty(), "{}", after.text());
}
