//! Several servers on one database: one of them works.

use crate::world::{self, AheadClock, Plan, Worker, World, ended};
use engine::Engine;
use engine::model::{RunScope, RunState};
use rig::Website;
use rig::faults::{Fault, Proxy};
use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

async fn alice() -> (World, Proxy) {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    // An account of their own, so that its list of orders leads through the proxy, too.
    std::fs::remove_file(world.dir.path().join("data/accounts/ca.key")).unwrap();
    (world, proxy)
}

/// A server on the world's database that sees the same keys and certificates as the others, as if from another machine.
async fn server(world: &World, proxy: &Proxy, name: &str, clock: &Arc<AheadClock>) -> Engine {
    let data_dir = data_dir(world, name);
    if !data_dir.exists() {
        std::fs::create_dir(&data_dir).unwrap();
        for shared in ["secret.key", "accounts", "jobs", "certificates"] {
            symlink(world.dir.path().join("data").join(shared), data_dir.join(shared)).unwrap();
        }
    }
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let mut config = world::config(&world.dir, provider, Some(&world.apache));
    config.data_dir = data_dir;
    config.acme.request_timeout = 60;
    Engine::open_at(config, clock.clone()).await.unwrap()
}

fn data_dir(world: &World, name: &str) -> PathBuf {
    world.dir.path().join(name)
}

async fn works(engine: &Engine) -> bool {
    engine.work_off(CancellationToken::new()).await.unwrap()
}

/// Wait until something holds; the deadline is there to fail.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within 30 s: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_on_one_database_one_works_until_it_stops() {
    let (world, proxy) = alice().await;
    let one = server(&world, &proxy, "one", &world.clock).await;
    let two = server(&world, &proxy, "two", &world.clock).await;
    let worker = Worker::start(&one);
    two.request_run(RunScope::AllUsers, "root").await.unwrap();
    assert_eq!(ended(&two, 1).await[0].counts.served, 1, "it is worked on by the one");

    assert!(!works(&two).await, "the other one waits");
    worker.stop().await;
    assert!(works(&two).await, "a stop makes room at once");
    assert!(works(&one).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_died_is_followed_when_its_lease_has_expired() {
    let (world, proxy) = alice().await;
    let one = server(&world, &proxy, "one", &world.clock).await;
    let two = server(&world, &proxy, "two", &world.clock).await;
    let worker = Worker::start(&one);
    one.request_run(RunScope::AllUsers, "root").await.unwrap();
    ended(&one, 1).await;
    worker.die().await;

    assert!(!works(&two).await, "it may still be alive");
    world.clock.advance(31);
    assert!(works(&two).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_died_is_followed_at_once_on_its_own_machine() {
    let (world, proxy) = alice().await;
    let one = server(&world, &proxy, "one", &world.clock).await;
    let worker = Worker::start(&one);
    one.request_run(RunScope::AllUsers, "root").await.unwrap();
    ended(&one, 1).await;
    worker.die().await;

    let again = server(&world, &proxy, "one", &world.clock).await;
    assert!(works(&again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_lease_leaves_its_order_to_the_next_one() {
    let (world, proxy) = alice().await;
    proxy.inject_nth("/order-plz", 1, Fault::KeepAnswer);
    let slow = Arc::new(AheadClock::default());
    let one = server(&world, &proxy, "one", &slow).await;
    let worker = Worker::start(&one);
    one.request_run(RunScope::AllUsers, "root").await.unwrap();
    until("the CA has the order", || proxy.kept() == 1).await;

    // The other machine's clock says that the lease has expired.
    world.clock.advance(61);
    let two = server(&world, &proxy, "two", &world.clock).await;
    let next = Worker::start(&two);
    let run = ended(&two, 1).await.remove(0);
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 1), "{:#?}", world::log(&two, &run).await);

    slow.advance(11);
    let lock = File::open(data_dir(&world, "one").join("runner.lock")).unwrap();
    until("the first one gives up", || lock.try_lock().is_ok()).await;
    worker.stop().await;
    next.stop().await;
    assert_eq!(world.pebble.orders_created().unwrap(), 1);
    assert_eq!(world.pebble.certificates_issued().unwrap(), 1);
}
