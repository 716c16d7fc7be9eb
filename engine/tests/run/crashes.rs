//! The process dies at each step of an order, one after the other: before the CA heard of it, and after.

use crate::pair::{agreed, authority};
use crate::world::{self, Plan, World};
use engine::config::ProviderConfig;
use engine::model::{QueueQuery, RunScope, RunState};
use engine::store::JobState;
use engine::{Confirmation, Engine};
use rig::faults::{Fault, Proxy};
use rig::{Keys, Openssl, Website};
use std::time::Duration;
use testca::{Endpoint, Rule, TestCa};
use tokio_util::sync::CancellationToken;

/// More requests than an order of one name makes.
const MORE_THAN_ALL: usize = 40;

async fn engine_through(world: &World, proxy: &Proxy, first: Option<&TestCa>) -> Engine {
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let mut config = world::config(&world.dir, provider, Some(&world.apache));
    if let Some(first) = first {
        let root = world.dir.path().join("first.pem");
        std::fs::write(&root, first.tls_root_pem()).unwrap();
        config.acme.trusted_roots.push(root);
        config.providers.push(ProviderConfig {
            id: "first".into(),
            name: "First".into(),
            directory_url: first.directory_url(),
            limits: Default::default(),
            allow_private: true,
        });
    }
    Engine::open(config).await.unwrap()
}

/// Put a provider before the CA that takes no order: it is down as soon as the list stands.
async fn put_before(world: &World, proxy: &Proxy) -> TestCa {
    let first = authority("First").start().unwrap();
    let engine = engine_through(world, proxy, Some(&first)).await;
    engine.select_provider("first", &agreed()).await.unwrap();
    engine.add_fallback("ca", &agreed()).await.unwrap();
    first.faults().add(Rule::on(Endpoint::NewOrder, testca::Fault::unavailable()).forever()).unwrap();
    first
}

/// From which provider the order is had that the process dies of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    First,
    Fallback,
    /// From the first, for the companion of a certificate that is served already.
    Beside,
}

/// Where the journal says that the only job stands; planned where there is none yet.
async fn journal(engine: &Engine) -> JobState {
    let Some(row) = engine.queue(&QueueQuery::default()).await.unwrap().rows.pop() else { return JobState::Planned };
    let detail = engine.job(row.id).await.unwrap();
    JobState::parse(&detail.history.last().unwrap().state).unwrap()
}

/// Let the process die when the CA has got its `nth` request, and tell where the job stood then; `None` where the run was
/// over before.
async fn dies_at(nth: usize, fault: Fault, from: From) -> Option<JobState> {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0).authz_reuse(0)).start(&["alice.test"]).await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    // An account of its own, so that its list of orders leads through the proxy, too.
    std::fs::remove_file(world.dir.path().join("data/accounts/ca.key")).unwrap();
    let first = match from {
        From::First | From::Beside => None,
        From::Fallback => Some(put_before(&world, &proxy).await),
    };
    let orders = if from == From::Beside { 2 } else { 1 };
    if from == From::Beside {
        let engine = engine_through(&world, &proxy, None).await;
        assert_eq!(world::run(&engine, RunScope::AllUsers).await.state, RunState::Succeeded);
        let wanted = [("rsa-companion".to_owned(), "rsa-2048".to_owned())];
        engine.set_options(&wanted, Confirmation::Missing, "test").await.unwrap();
    }
    proxy.inject_nth("/", nth, fault);
    let engine = engine_through(&world, &proxy, first.as_ref()).await;
    engine.request_run(RunScope::AllUsers, "test").await.unwrap();
    let working = async {
        engine.work_off(CancellationToken::new()).await.unwrap();
        true
    };
    let heard = async {
        // A request that is kept from the CA is stopped at once, one whose answer is kept back when the CA has answered it.
        while proxy.kept() == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        false
    };
    let over = tokio::select! { over = working => over, over = heard => over };
    let stood = if over { None } else { Some(journal(&engine).await) };
    drop(engine);
    proxy.heal();

    let next = engine_through(&world, &proxy, first.as_ref()).await;
    next.work_off(CancellationToken::new()).await.unwrap();
    let run = next.runs(1, 1).await.unwrap().rows.remove(0);
    let log = world::log(&next, &run).await;
    assert_eq!(run.state, RunState::Succeeded, "died at request {nth}: {log:#?}");
    assert_eq!(world.pebble.orders_created().unwrap(), orders, "died at request {nth}: {log:#?}");
    assert_eq!(world.pebble.certificates_issued().unwrap(), orders, "died at request {nth}: {log:#?}");
    assert_eq!(world.https_status("alice.test").await.unwrap(), 200, "died at request {nth}");
    if from == From::Beside {
        let client = Openssl::tls(world.apache.https_address()).taking(Keys::Rsa);
        let companion = next.certificate("alice.test").await.unwrap().companion.unwrap();
        let shown = client.fingerprint("alice.test").await.unwrap();
        assert_eq!(shown, companion.certificate.fingerprint, "died at request {nth}: {log:#?}");
    }
    assert_eq!(first.map_or(0, |first| first.journal().orders_created()), 0, "died at request {nth}: {log:#?}");
    stood
}

async fn dies_everywhere(fault: Fault, from: From) {
    let mut deaths = Vec::new();
    while deaths.len() < MORE_THAN_ALL
        && let Some(stood) = dies_at(deaths.len() + 1, fault.clone(), from).await
    {
        deaths.push(stood);
    }
    assert!(deaths.len() < MORE_THAN_ALL, "an order makes {} requests", deaths.len());
    // A fallback is asked when the first one has failed, so that the job is planned already.
    let before = |state: &JobState| from == From::Fallback && *state == JobState::Planned;
    let asking = |state: &JobState| !state.is_final() && !state.has_certificate() && !before(state);
    for state in JobState::ALL.into_iter().filter(asking) {
        assert!(deaths.contains(&state), "no death while the job was {}: {deaths:?}", state.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_before_any_request_of_an_order_makes_no_second_order() {
    dies_everywhere(Fault::NoAnswer, From::First).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_after_any_request_of_an_order_makes_no_second_order() {
    dies_everywhere(Fault::KeepAnswer, From::First).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_before_any_request_of_a_fallbacks_order_makes_no_second_order() {
    dies_everywhere(Fault::NoAnswer, From::Fallback).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_after_any_request_of_a_fallbacks_order_makes_no_second_order() {
    dies_everywhere(Fault::KeepAnswer, From::Fallback).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_before_any_request_of_a_companions_order_makes_no_second_order() {
    dies_everywhere(Fault::NoAnswer, From::Beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_after_any_request_of_a_companions_order_makes_no_second_order() {
    dies_everywhere(Fault::KeepAnswer, From::Beside).await;
}
