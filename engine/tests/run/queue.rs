//! Jobs that outlast their run: limits, held jobs, names in back-off.

use crate::world::{self, Plan, World};
use engine::Engine;
use engine::model::{QueueQuery, QueueRow, QueueState, RunScope, RunState};
use rig::Website;
use rig::faults::{Fault, Proxy};

async fn alice() -> World {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await
}

/// An engine on the world's clock whose provider can be spoiled and has these limits.
async fn engine_through(world: &World, proxy: &Proxy, limits: &[(&str, &str)]) -> Engine {
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let mut config = world::config(&world.dir, provider, Some(&world.apache));
    config.providers[0].limits = limits.iter().map(|(name, rate)| ((*name).into(), (*rate).into())).collect();
    Engine::open_at(config, world.clock.clone()).await.unwrap()
}

async fn only_job(engine: &Engine) -> QueueRow {
    let mut rows = engine.queue(&QueueQuery::default()).await.unwrap().rows;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.remove(0)
}

fn rate_limited() -> Fault {
    Fault::problem(429, "rateLimited", "too many new orders (300) from this account").header("retry-after", "3600")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_is_waited_out_in_the_queue_and_nobody_is_blamed() {
    let world = alice().await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let engine = engine_through(&world, &proxy, &[]).await;
    proxy.inject_always("/order-plz", rate_limited());

    let limited = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &limited).await;
    assert_eq!(
        (limited.state, limited.counts.waiting, limited.counts.failed),
        (RunState::Incomplete, 1, 0),
        "{log:#?}"
    );
    assert!(engine.user("alice").await.unwrap().websites[0].domains[0].problem.is_none());
    let job = only_job(&engine).await;
    assert_eq!((job.state, job.code.as_deref()), (QueueState::Waiting, Some("ca_rate_limited")));
    let asked = proxy.requests().iter().filter(|request| request.contains("order-plz")).count();

    let impatient = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!(impatient.counts.waiting, 1, "a person's run does not cut a limit short");
    let again = proxy.requests().iter().filter(|request| request.contains("order-plz")).count();
    assert_eq!(again, asked, "the CA is left alone until then");

    proxy.heal();
    world.clock.advance(3_600 + 121);
    let due = world::run(&engine, RunScope::Queue).await;
    let log = world::log(&engine, &due).await;
    assert_eq!((due.state, due.counts.served), (RunState::Succeeded, 1), "{log:#?}");
    assert_eq!(world.pebble.orders_created().unwrap(), 1);
    assert!(engine.queue(&QueueQuery::default()).await.unwrap().rows.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_limit_is_kept_before_the_ca_has_to_say_so() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let plan = plan.user("bob", &["bob.test"], Website::new("bob.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test", "bob.test"]).await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let engine = engine_through(&world, &proxy, &[("new_orders", "1/1h")]).await;

    let first = world::run(&engine, RunScope::AllUsers).await;

    assert_eq!((first.counts.issued, first.counts.waiting), (1, 1));
    assert_eq!(world.pebble.orders_created().unwrap(), 1);
    let job = only_job(&engine).await;
    assert_eq!((job.state, job.code.as_deref()), (QueueState::Waiting, Some("ca_budget")), "{job:?}");
    assert!(job.reason.contains("new orders per account"), "{}", job.reason);

    // The books are in the store: another process knows them, too.
    let engine = engine_through(&world, &proxy, &[("new_orders", "1/1h")]).await;
    world.clock.advance(3_601);
    let second = world::run(&engine, RunScope::Queue).await;
    let log = world::log(&engine, &second).await;
    assert_eq!((second.counts.issued, second.counts.waiting), (1, 0), "{log:#?}");
    assert_eq!(world.pebble.orders_created().unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_job_stays_until_it_is_released_and_a_cancelled_one_is_over() {
    let world = alice().await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let engine = engine_through(&world, &proxy, &[]).await;
    proxy.inject_always("/order-plz", rate_limited());
    world::run(&engine, RunScope::AllUsers).await;
    proxy.heal();
    let job = only_job(&engine).await.id;
    engine.hold_job(job, "root").await.unwrap();
    world.clock.advance(7_200);

    let while_held = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!((while_held.counts.waiting, while_held.counts.issued), (1, 0));
    assert_eq!(only_job(&engine).await.state, QueueState::Held);

    engine.cancel_job(job, "root").await.unwrap();
    assert!(engine.queue(&QueueQuery::default()).await.unwrap().rows.is_empty());
    let afterwards = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!(afterwards.counts.served, 1, "the next run plans another job");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_ca_could_not_validate_is_left_alone_for_a_while_by_the_schedule() {
    let names = ["alice.test", "old.alice.test"];
    let plan = Plan::new().user("alice", &names, Website::new("alice.test").alias("old.alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await;
    let scheduled = async || {
        let id = world.engine.request_run(RunScope::AllUsers, "scheduler").await.unwrap();
        world.engine.work_off(tokio_util::sync::CancellationToken::new()).await.unwrap();
        world.engine.run(&id).await.unwrap()
    };
    scheduled().await;
    let failures = 1;
    failed_validations(&world, failures).await;

    world.clock.advance(30);
    scheduled().await;
    assert_eq!(world.pebble.challenge_failures().unwrap(), failures, "the first pause is a minute");
    assert!(world.engine.user("alice").await.unwrap().websites[0].domains[1].problem.is_some(), "it is still told");
    world.clock.advance(60);
    scheduled().await;
    failed_validations(&world, failures + 1).await;
    world.clock.advance(120);
    scheduled().await;
    assert_eq!(world.pebble.challenge_failures().unwrap(), failures + 1, "the second one is ten minutes");

    world.dns.add_a("old.alice.test", std::net::Ipv4Addr::LOCALHOST).await.unwrap();
    let asked = world.run(RunScope::User("alice".into())).await;
    assert_eq!(asked.counts.issued, 1, "a person's check does not wait");
}

/// Wait until Pebble has written down so many failed validations, which it may do a moment after it has answered.
async fn failed_validations(world: &World, wanted: usize) {
    let written = async {
        while world.pebble.challenge_failures().unwrap() < wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), written).await.expect("Pebble writes it down");
    assert_eq!(world.pebble.challenge_failures().unwrap(), wanted);
}
