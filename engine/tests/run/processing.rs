//! acme2certifier, a CA of another make, that may leave an order `processing` for days.

use crate::world::{self, Plan, World};
use engine::clock::Clock;
use engine::model::{QueueQuery, QueueRow, QueueState, RunScope, RunState};
use engine::{Engine, TermsAnswer};
use rig::{Acme2Certifier, Binaries, Website};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A server in miniature whose CA is acme2certifier, and a CA that is waited for three seconds.
async fn start(domains: &[&str]) -> (World, Acme2Certifier) {
    let plan = domains.iter().fold(Plan::new(), |plan, domain| {
        plan.user(domain.trim_end_matches(".test"), &[domain], Website::new(*domain))
    });
    let world = plan.start(domains).await;
    let (binaries, dir) = (Binaries::from_env().unwrap(), world.dir.path().join("acme2certifier"));
    let (dns, port) = (world.dns.address(), world.apache.http_port());
    let ca = Acme2Certifier::start(&binaries, &dir, dns, port).await.unwrap();
    // The account is to be made there.
    std::fs::remove_file(world.dir.path().join("data/accounts/ca.key")).unwrap();
    (world, ca)
}

/// An engine on the world's clock that orders there, as another process would.
async fn engine_at(world: &World, ca: &Acme2Certifier) -> Engine {
    let provider = (ca.directory_url(), ca.tls_root_pem_path().to_owned());
    let mut config = world::config(&world.dir, provider, Some(&world.apache));
    // It is written in Python and takes its time beside other tests.
    config.acme.request_timeout = 60;
    config.acme.order_timeout = 3;
    let engine = Engine::open_at(config, world.clock.clone()).await.unwrap();
    engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
    engine
}

async fn jobs(engine: &Engine) -> Vec<QueueRow> {
    engine.queue(&QueueQuery::default()).await.unwrap().rows
}

/// In how many seconds the only job is looked at again.
async fn next_attempt(world: &World, engine: &Engine) -> i64 {
    let rows = jobs(engine).await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!((rows[0].state, rows[0].code.as_deref()), (QueueState::Processing, Some("ca_unfinished")));
    rows[0].next_attempt.unwrap().since(world.clock.now())
}

fn is_about(seconds: i64, wanted: i64) -> bool {
    (wanted - 10..=wanted).contains(&seconds)
}

#[tokio::test(flavor = "multi_thread")]
async fn websites_are_secured_and_renewed_by_a_ca_of_another_make() {
    let domains = ["alice.test", "bob.test", "carol.test"];
    let (world, ca) = start(&domains).await;
    let engine = engine_at(&world, &ca).await;
    for orders in [3, 6] {
        let run = world::run(&engine, RunScope::AllUsers).await;

        let log = world::log(&engine, &run).await;
        assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 3), "{log:#?}");
        assert_eq!(ca.orders_created().await.unwrap(), orders);
        assert_eq!(ca.certificates_issued().await.unwrap(), orders);
        let roots = ca.issuer_roots_pem().unwrap();
        for domain in domains {
            assert_eq!(rig::https_get(world.apache.https_address(), domain, &roots).await.unwrap(), 200);
        }
        world.clock.advance(61 * DAY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_stay_processing_are_asked_for_when_the_ca_says_and_issued_later() {
    let (world, ca) = start(&["alice.test", "bob.test"]).await;
    let engine = engine_at(&world, &ca).await;
    ca.hold().unwrap();

    let first = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &first).await;
    assert_eq!((first.counts.waiting, first.counts.failed), (2, 0), "{log:#?}");
    for job in jobs(&engine).await {
        assert_eq!((job.state, job.code.as_deref()), (QueueState::Processing, Some("ca_unfinished")));
        let seconds = job.next_attempt.unwrap().since(world.clock.now());
        assert!(is_about(seconds, 10 * MINUTE), "Retry-After is 10 minutes, not {seconds} s");
    }
    // Another process takes over, and the CA has still not decided.
    let engine = engine_at(&world, &ca).await;
    world.clock.advance(10 * MINUTE);
    let second = world::run(&engine, RunScope::Queue).await;
    assert_eq!((second.counts.waiting, second.counts.issued), (2, 0));

    ca.release().await.unwrap();
    world.clock.advance(10 * MINUTE);
    let third = world::run(&engine, RunScope::Queue).await;
    let log = world::log(&engine, &third).await;
    assert_eq!((third.state, third.counts.served), (RunState::Succeeded, 2), "{log:#?}");
    assert!(jobs(&engine).await.is_empty());
    assert_eq!((ca.orders_created().await.unwrap(), ca.certificates_issued().await.unwrap()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_that_does_not_say_when_is_asked_by_the_age_of_the_order() {
    let (world, ca) = start(&["alice.test"]).await;
    let engine = engine_at(&world, &ca).await;
    ca.hold_silently().unwrap();
    world::run(&engine, RunScope::AllUsers).await;
    let asked = async |pause: i64, wanted: i64| {
        world.clock.advance(pause);
        world::run(&engine, RunScope::Queue).await;
        let seconds = next_attempt(&world, &engine).await;
        assert!(is_about(seconds, wanted), "asked again in {seconds} s, not {wanted} s");
    };

    assert!(is_about(next_attempt(&world, &engine).await, 5 * MINUTE), "less than a day: every 5 minutes");
    asked(5 * MINUTE, 5 * MINUTE).await;
    asked(DAY, HOUR).await;
    asked(DAY, DAY).await;

    ca.release().await.unwrap();
    world.clock.advance(DAY);
    let last = world::run(&engine, RunScope::Queue).await;
    assert_eq!((last.state, last.counts.served), (RunState::Succeeded, 1));
    assert_eq!((ca.orders_created().await.unwrap(), ca.certificates_issued().await.unwrap()), (1, 1));
}
