//! Websites whose names are addresses (RFC 8738).

use crate::world::{self, Plan};
use engine::inventory::ImportFormat;
use engine::model::{DomainState, RunScope, RunState};
use engine::{Engine, TermsAnswer};
use rig::Website;
use std::time::Duration;
use testca::{Endpoint, Profile, TestCa, TestCaBuilder, Validation};

const IMPORT: &str = "
[[user]]
name = 'alice'
[[user.website]]
domain = '8.8.8.8'
document_root = '/srv/a'
[[user.website]]
domain = '2001:4860:4860::8888'
aliases = ['8.8.4.4']
document_root = '/srv/b'
[[user.website]]
domain = 'alice.test'
document_root = '/srv/c'
";

async fn engine_at(ca: TestCaBuilder, choose: &str) -> (Engine, TestCa, tempfile::TempDir) {
    let ca = ca.validation(Validation::Always).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root.pem");
    std::fs::write(&root, ca.tls_root_pem()).unwrap();
    let engine = Engine::open(world::config(&dir, (ca.directory_url(), root), None)).await.unwrap();
    engine.import(IMPORT, ImportFormat::Toml).await.unwrap();
    engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
    if !choose.is_empty() {
        let choices = engine::store::OrderChoices { profile: Some(choose.into()), ..Default::default() };
        engine.set_order_choices("ca", &choices).await.unwrap();
    }
    (engine, ca, dir)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_a_certificate_with_the_profile_that_gives_it_and_the_log_says_so() {
    let (engine, ca, _dir) =
        engine_at(TestCa::builder().profile(Profile::classic()).profile(Profile::shortlived()), "classic").await;

    let run = world::run(&engine, RunScope::AllUsers).await;

    let log = world::log(&engine, &run).await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 3), "{log:#?}");
    assert!(log.iter().any(|line| line.code.as_deref() == Some("address_profile")), "{log:#?}");
    let profile = |name: &str| ca.journal().certificates_for(name)[0].profile.clone();
    assert_eq!(profile("8.8.8.8"), "shortlived");
    assert_eq!(profile("2001:4860:4860::8888"), "shortlived");
    assert_eq!(profile("alice.test"), "classic");
    let user = engine.user("alice").await.unwrap();
    let secured = user.websites.iter().flat_map(|website| &website.domains);
    assert!(secured.clone().count() == 4 && secured.clone().all(|row| row.state == DomainState::Secured), "{user:#?}");
    let shown = async |name: &str| engine.certificate(name).await.unwrap().in_use.unwrap().certificate;
    assert_eq!(shown("8.8.8.8").await.profile.as_deref(), Some("shortlived"), "the profile is remembered");
    assert_eq!(shown("alice.test").await.profile.as_deref(), Some("classic"));
    assert_eq!(shown("[2001:4860:4860:0::8888]").await.names, ["8.8.4.4", "2001:4860:4860::8888"]);
    let again = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!(again.counts.kept, 3, "each address is covered exactly: {:#?}", world::log(&engine, &again).await);
    assert_eq!(ca.journal().requests(Endpoint::NewOrder).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_without_profiles_gives_them_as_it_gives_all_and_one_that_refuses_is_told() {
    let (engine, ca, _dir) = engine_at(TestCa::builder(), "").await;
    let run = world::run(&engine, RunScope::AllUsers).await;
    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 3), "{:#?}", world::log(&engine, &run).await);
    assert_eq!(ca.journal().certificates_for("8.8.4.4").len(), 1);

    let (engine, ca, _dir) = engine_at(TestCa::builder().profile(Profile::classic()), "").await;
    let run = world::run(&engine, RunScope::AllUsers).await;
    let log = world::log(&engine, &run).await;
    assert_eq!(run.counts.issued, 1, "{log:#?}");
    assert_eq!(ca.journal().certificates_for("alice.test").len(), 1, "the others go on");
    let user = engine.user("alice").await.unwrap();
    let address = user.websites.iter().find(|website| website.domain == "8.8.8.8").unwrap();
    assert!(address.domains[0].problem.is_some(), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pebble_validates_an_address_and_apache_serves_it() {
    let week = Duration::from_secs(6 * 86_400);
    let plan = Plan::new()
        .user("alice", &["127.0.0.1"], Website::new("127.0.0.1"))
        .user("bob", &["bob.test"], Website::new("bob.test"))
        .apache(rig::ApacheBuilder::without_default_tls)
        .pebble(move |pebble| pebble.profile("classic", "90 days", 15 * week).profile("shortlived", "6 days", week));
    let world = plan.start(&["bob.test"]).await;
    // Where none is asked for, Pebble draws one.
    let choices = engine::store::OrderChoices { profile: Some("classic".into()), ..Default::default() };
    world.engine.set_order_choices("ca", &choices).await.unwrap();

    let run = world.run(RunScope::AllUsers).await;

    let log = world.log(&run).await;
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 2), "{log:#?}");
    assert_eq!(world.https_status("127.0.0.1").await.unwrap(), 200);
    assert_eq!(world.https_status("bob.test").await.unwrap(), 200);
    let row = world.engine.certificate("127.0.0.1").await.unwrap().in_use.unwrap().certificate;
    assert_eq!((row.profile.as_deref(), row.names), (Some("shortlived"), vec!["127.0.0.1".to_owned()]));
    assert!(row.not_after.since(row.not_before) < 7 * 86_400);

    world.clock.advance(5 * 86_400);
    let run = world.run(RunScope::AllUsers).await;
    assert_eq!((run.counts.issued, run.counts.served), (1, 1), "{:#?}", world.log(&run).await);
    assert_eq!(world.https_status("127.0.0.1").await.unwrap(), 200);
}
