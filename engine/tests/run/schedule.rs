//! What happens by itself while the server runs, and after it did not.

use crate::world::{self, Plan, Worker, World, ended};
use engine::Engine;
use engine::clock::Clock;
use engine::config::ScheduleConfig;
use engine::inventory::ImportFormat;
use engine::model::RunScope;
use rig::Website;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

async fn alice() -> World {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await
}

/// An engine on the world's clock that checks all users an hour from now, and after changes.
async fn punctual(world: &World) -> Engine {
    let provider = (world.pebble.directory_url(), world.pebble.tls_root_pem_path().to_owned());
    let mut config = world::config(&world.dir, provider, Some(&world.apache));
    let nightly = (world.clock.now().0 + HOUR).rem_euclid(DAY);
    config.schedule =
        ScheduleConfig { nightly: Some(nightly), jitter: 0, after_changes: true, ..ScheduleConfig::default() };
    Engine::open_at(config, world.clock.clone()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_users_are_checked_once_a_night_and_missed_nights_are_caught_up_once() {
    let world = alice().await;
    let engine = punctual(&world).await;
    let worker = Worker::start(&engine);
    world.clock.advance(HOUR / 2);
    // The schedule is looked at before each run, so this one shows that its time has not come.
    engine.request_run(RunScope::User("alice".into()), "root").await.unwrap();
    assert_eq!(ended(&engine, 1).await[0].requested_by, "root");

    world.clock.advance(HOUR);
    let first = ended(&engine, 2).await.remove(0);
    assert_eq!((first.scope, first.requested_by.as_str(), first.counts.kept), (RunScope::AllUsers, "scheduler", 1));
    worker.stop().await;

    world.clock.advance(5 * DAY);
    let worker = Worker::start(&engine);
    assert_eq!(ended(&engine, 3).await[0].requested_by, "scheduler");
    engine.request_run(RunScope::User("alice".into()), "root").await.unwrap();
    let asked: Vec<_> = ended(&engine, 4).await.into_iter().map(|run| run.requested_by).collect();
    assert_eq!(asked, ["root", "scheduler", "scheduler", "root"], "five missed nights are one run");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_that_are_added_are_checked_a_minute_later() {
    let world = alice().await;
    let engine = punctual(&world).await;
    engine.import("[[user]]\nname = 'bob'\n", ImportFormat::Toml).await.unwrap();
    let worker = Worker::start(&engine);
    world.clock.advance(61);
    assert_eq!(ended(&engine, 1).await[0].requested_by, "scheduler");
    worker.stop().await;
}
