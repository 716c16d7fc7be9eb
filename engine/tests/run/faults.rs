//! A CA that is out of order: the run ends with a reason for each website, and the next one makes good.

use crate::world::{self, Plan};
use engine::inventory::ImportFormat;
use engine::model::{CheckResult, LogType, RunScope, RunState};
use engine::{Engine, ErrorKind, TermsAnswer};
use rig::Website;
use rig::faults::{Fault, Proxy};

/// Choose the provider through a proxy while it is healthy, let it fall ill, and run.
async fn run_while(fault: Fault) -> (Vec<String>, RunState) {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let healthy = plan.start(&["alice.test"]).await;
    let proxy = Proxy::in_front_of(&healthy.pebble).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let engine = Engine::open(world::config(&dir, provider, None)).await.unwrap();
    let sites: String = ["bob", "carol"]
        .map(|name| {
            format!(
                "[[user]]\nname = \"{name}\"\n[[user.website]]\ndomain = \"{name}.test\"\ndocument_root = \"/srv\"\n"
            )
        })
        .concat();
    engine.import(&sites, ImportFormat::Toml).await.unwrap();
    engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
    proxy.inject_always("/", fault);

    let run = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &run).await;
    for domain in ["bob.test", "carol.test"] {
        let told = log.iter().any(|line| line.website.as_deref() == Some(domain) && line.kind == LogType::Error);
        assert!(told, "{domain} is not told why: {log:#?}");
    }
    for name in ["bob", "carol"] {
        let user = engine.user(name).await.unwrap();
        assert_eq!(user.row.result, Some(CheckResult::Failed));
        assert!(user.websites[0].domains[0].problem.is_some());
    }
    let errors = log.into_iter().filter(|line| line.kind == LogType::Error && line.website.is_some());
    (errors.map(|line| format!("{}: {}", line.code.unwrap_or_default(), line.contents)).collect(), run.state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_that_answers_with_an_error_page_is_named_with_its_status() {
    let (errors, state) = run_while(Fault::status(500, "text/html", "<h1>Oops</h1>")).await;
    assert_eq!(state, RunState::Failed);
    assert!(
        errors.iter().all(|line| line.starts_with("ca_not_acme: ") && line.contains("500 with text/html")),
        "{errors:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_that_closes_the_connection_is_named_as_unreachable() {
    let (errors, state) = run_while(Fault::CloseConnection).await;
    assert_eq!(state, RunState::Failed);
    assert!(errors.iter().all(|line| line.starts_with("ca_unreachable: ")), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_that_never_answers_is_waited_for_as_long_as_configured() {
    let (errors, state) = run_while(Fault::NoAnswer).await;
    assert_eq!(state, RunState::Failed);
    assert!(errors.iter().all(|line| line.contains("did not answer within 5 s")), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_reached_is_not_selected() {
    let dir = tempfile::tempdir().unwrap();
    let healthy = Plan::new().user("alice", &["alice.test"], Website::new("alice.test")).start(&[]).await;
    let nowhere = (format!("https://{}/dir", world::closed_address()), healthy.pebble.tls_root_pem_path().to_owned());
    let engine = Engine::open(world::config(&dir, nowhere, None)).await.unwrap();

    let error = engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    assert!(engine.current_provider().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_broke_off_is_finished_by_the_next_run_and_not_ordered_again() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let engine = Engine::open(world::config(&world.dir, provider, Some(&world.apache))).await.unwrap();
    proxy.inject_always("/finalize-order", Fault::CloseConnection);

    let broken = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!((broken.state, broken.counts.issued), (RunState::Failed, 0));
    proxy.heal();
    let healed = world::run(&engine, RunScope::AllUsers).await;

    assert_eq!((healed.state, healed.counts.served), (RunState::Succeeded, 1));
    assert_eq!(world.pebble.orders_created().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_answer_was_lost_is_found_again_and_not_made_twice() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&["alice.test"]).await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    // An account of its own, so that its list of orders leads through the proxy, too.
    std::fs::remove_file(world.dir.path().join("data/accounts/ca.key")).unwrap();
    let engine = Engine::open(world::config(&world.dir, provider, Some(&world.apache))).await.unwrap();
    proxy.inject_nth("/order-plz", 1, Fault::LoseAnswer);

    let broken = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!((broken.state, broken.counts.issued), (RunState::Failed, 0));
    assert_eq!(world.pebble.orders_created().unwrap(), 1, "the CA has heard of the order");
    let healed = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &healed).await;
    assert_eq!((healed.state, healed.counts.served), (RunState::Succeeded, 1), "{log:#?}");
    assert_eq!(world.pebble.orders_created().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_that_failed_while_nobody_could_answer_is_tried_again_and_blames_no_name() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.pebble(|pebble| pebble.nonce_reject(0)).start(&[]).await;
    let proxy = Proxy::in_front_of(&world.pebble).await.unwrap();
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let engine = Engine::open(world::config(&world.dir, provider, Some(&world.apache))).await.unwrap();
    // The CA is told to validate, and this server never hears of it again.
    proxy.inject_nth("/chalZ", 1, Fault::LoseAnswer);
    let broken = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!((broken.state, broken.counts.issued), (RunState::Failed, 0));

    world.dns.add_a("alice.test", std::net::Ipv4Addr::LOCALHOST).await.unwrap();
    let healed = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &healed).await;
    assert_eq!((healed.state, healed.counts.served), (RunState::Succeeded, 1), "{log:#?}");
    assert!(log.iter().any(|line| line.code.as_deref() == Some("order_lost")), "{log:#?}");
}
