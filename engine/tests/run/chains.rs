//! Certificates that are not what was ordered, chains that are not whole, orders that are over before their time: what is in place
//! is never lost to them, and nothing is ordered again and again.

use crate::providers::{ALTERNATE_ROOT, IMPORT, Office, agreed, last_issuer, office};
use crate::world;
use engine::Engine;
use engine::inventory::ImportFormat;
use engine::model::{RunScope, RunState, RunSummary, WebsiteRow};
use engine::store::OrderChoices;
use rig::faults::{Fault as ProxyFault, Proxy};
use rig::{Binaries, Pebble};
use testca::{Endpoint, Fault, Rule};

/// As `IMPORT`, with one more name: the certificate in place is not enough any more.
const ONE_MORE: &str = "[[user]]\nname = 'alice'\n[[user.website]]\ndomain = 'alice.test'\naliases = ['www.alice.test']\n\
                        document_root = '/srv'\n";

async fn website(engine: &Engine) -> WebsiteRow {
    engine.user("alice").await.unwrap().websites.remove(0)
}

async fn run(office: &Office) -> RunSummary {
    world::run(&office.engine, RunScope::AllUsers).await
}

/// Have a good certificate, let the next one be spoilt, and see that it is refused for this reason, once, and that the good one
/// stays; then that all is well again.
async fn refuses(endpoint: Endpoint, fault: Fault, reason: &str) {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    run(&office).await;
    let good = website(&office.engine).await.fingerprint.expect("a certificate");
    office.engine.import(ONE_MORE, ImportFormat::Toml).await.unwrap();
    let rule = office.ca.faults().add(Rule::on(endpoint, fault.clone()).forever()).unwrap();

    let spoilt = run(&office).await;

    assert_eq!((spoilt.state, spoilt.counts.issued), (RunState::Failed, 0), "{fault:?}");
    let log = world::log(&office.engine, &spoilt).await;
    let told = log.iter().find(|line| line.code.as_deref() == Some("certificate_unusable")).expect("a reason");
    assert!(told.contents.contains(reason), "{fault:?}: {}", told.contents);
    assert_eq!(office.ca.journal().orders_created(), 2, "{fault:?}: it is not ordered again in the same run");
    let kept = website(&office.engine).await;
    assert_eq!(kept.fingerprint.as_deref(), Some(good.as_str()), "{fault:?}");
    let file = office.dir.path().join("data/certificates/alice.test/1/fullchain.pem");
    assert!(file.exists(), "{fault:?}");

    office.ca.faults().remove(rule);
    let well = run(&office).await;
    assert_eq!((well.state, well.counts.issued), (RunState::Succeeded, 1), "{fault:?}");
    assert_ne!(website(&office.engine).await.fingerprint, Some(good));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_key_is_refused_and_the_one_in_place_stays() {
    refuses(Endpoint::Finalize, Fault::WrongKey, "it was issued for another private key").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_other_names_is_refused_and_the_one_in_place_stays() {
    let fault = Fault::WrongNames(vec!["alice.test".into(), "mallory.test".into()]);
    refuses(Endpoint::Finalize, fault, "www.alice.test is missing from it").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused_and_the_one_in_place_stays() {
    refuses(Endpoint::Finalize, Fault::ExpiredCertificate, "it ended at ").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_without_its_intermediate_is_refused_and_the_one_in_place_stays() {
    refuses(Endpoint::Certificate, Fault::ChainIncomplete, "its intermediate certificate is missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_begins_with_the_intermediate_is_refused_and_the_one_in_place_stays() {
    refuses(Endpoint::Certificate, Fault::ChainReversed, "it was issued for another private key").await;
}

async fn prefer(engine: &Engine, root: &str) {
    let choices = OrderChoices { preferred_chain: Some(root.into()), ..OrderChoices::default() };
    engine.set_order_choices("ca", &choices).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alternate_chain_that_is_answered_404_leaves_the_primary_and_nothing_is_ordered_again() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    prefer(&office.engine, ALTERNATE_ROOT).await;
    office.ca.faults().add(Rule::on(Endpoint::Certificate, Fault::AlternateMissing).forever()).unwrap();
    let first = run(&office).await;
    assert_eq!((first.state, first.counts.issued), (RunState::Succeeded, 1));
    let file = office.dir.path().join("data/certificates/alice.test/1/fullchain.pem");
    let chain = std::fs::read_to_string(file).unwrap();
    assert_ne!(last_issuer(&chain), ALTERNATE_ROOT);
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
    run(&office).await;
    assert_eq!(office.ca.journal().orders_created(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pebbles_primary_is_kept_where_its_alternate_is_answered_404() {
    let binaries = Binaries::from_env().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let pebble = Pebble::builder(dir.path().join("pebble")).always_valid().nonce_reject(0).alternate_roots(1);
    let pebble = pebble.start(&binaries).await.unwrap();
    let proxy = Proxy::in_front_of(&pebble).await.unwrap();
    // The chain is fetched first.
    proxy.inject_nth("/certZ/", 2, ProxyFault::status(404, "text/plain", "not here"));
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let engine = Engine::open(world::config(&dir, provider, None)).await.unwrap();
    engine.import(IMPORT, ImportFormat::Toml).await.unwrap();
    engine.select_provider("ca", &agreed()).await.unwrap();
    prefer(&engine, "No Such Root").await;
    let first = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!((first.state, first.counts.issued), (RunState::Succeeded, 1));
    let fetched = proxy.requests().iter().filter(|request| request.contains("/certZ/")).count();
    assert_eq!((fetched, pebble.orders_created().unwrap()), (2, 1), "{:?}", proxy.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_valid_already_is_fetched_and_not_made_again() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    // The CA issues, and this server never hears of it.
    office.ca.faults().add(Rule::on(Endpoint::Finalize, Fault::AnswerLost)).unwrap();
    let broken = run(&office).await;
    assert_eq!((broken.counts.issued, office.ca.journal().certificates_issued()), (0, 1));

    let healed = run(&office).await;

    assert_eq!((healed.state, healed.counts.issued), (RunState::Succeeded, 1));
    assert_eq!((office.ca.journal().orders_created(), office.ca.journal().certificates_issued()), (1, 1));
    assert_eq!(office.ca.journal().requests(Endpoint::Finalize).len(), 1, "it is not finalized twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_somebody_else_finalized_is_made_anew_with_a_key_of_ours() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    office.ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::altered("status", "valid"))).unwrap();
    let run = run(&office).await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 1));
    let log = world::log(&office.engine, &run).await;
    assert!(log.iter().any(|line| line.code.as_deref() == Some("order_lost")), "{log:#?}");
    assert_eq!((office.ca.journal().orders_created(), office.ca.journal().certificates_issued()), (2, 1));
}
