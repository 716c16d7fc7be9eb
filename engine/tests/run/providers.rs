//! Accounts at providers: terms, external accounts, keys, chains, and where a provider may be.

use crate::world;
use engine::model::{RunScope, RunState};
use engine::store::{AddedProvider, OrderChoices};
use engine::{Engine, EngineError, ErrorKind, ExternalAccount, TermsAnswer};
use std::path::PathBuf;
use tempfile::TempDir;
use testca::{Endpoint, ExternalAccounts, Fault, Profile, Rule, TestCa, TestCaBuilder, Validation};

pub(crate) const IMPORT: &str =
    "[[user]]\nname = 'alice'\n[[user.website]]\ndomain = 'alice.test'\ndocument_root = '/srv'\n";

/// An engine with a certificate authority and without services.
pub(crate) struct Office {
    pub(crate) engine: Engine,
    pub(crate) ca: TestCa,
    pub(crate) dir: TempDir,
}

/// Open an engine beside a certificate authority that is as `build` says.
pub(crate) async fn office(build: impl FnOnce(TestCaBuilder) -> TestCaBuilder) -> Office {
    let ca = build(TestCa::builder().name("Tests").terms("https://ca.test/terms/1").validation(Validation::Always))
        .start()
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let engine = open(&dir, &ca).await;
    engine.import(IMPORT, engine::inventory::ImportFormat::Toml).await.unwrap();
    Office { engine, ca, dir }
}

async fn open(dir: &TempDir, ca: &TestCa) -> Engine {
    let root = dir.path().join("root.pem");
    std::fs::write(&root, ca.tls_root_pem()).unwrap();
    Engine::open(world::config(dir, (ca.directory_url(), root), None)).await.unwrap()
}

impl Office {
    /// Agree to the terms and select the authority; the account's URL is the answer.
    pub(crate) async fn select(&self) -> Result<String, EngineError> {
        let selected = self.engine.select_provider("ca", &agreed()).await?;
        Ok(selected.account_url.expect("an account"))
    }

    async fn bind(&self, key_id: &str, mac_key: &str) {
        let external = ExternalAccount::parse(key_id, mac_key).unwrap();
        self.engine.set_external_account("ca", Some(&external)).await.unwrap();
    }

    async fn account(&self) -> Option<String> {
        let providers = self.engine.providers().await.unwrap();
        providers.into_iter().find(|provider| provider.summary.id == "ca").unwrap().summary.account_url
    }

    fn key(&self, slot: &str) -> PathBuf {
        self.dir.path().join(format!("data/accounts/ca.{slot}"))
    }
}

pub(crate) fn agreed() -> TermsAnswer {
    TermsAnswer::Agreed { by: "test".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_registered_before_a_person_agreed_to_the_terms() {
    let office = office(|ca| ca).await;
    let error = office.engine.select_provider("ca", &TermsAnswer::NotAsked).await.unwrap_err();
    assert!(error.to_string().contains("https://ca.test/terms/1"), "{error}");
    assert_eq!(office.ca.journal().accounts_created(), 0);
    assert_eq!(office.engine.current_provider().await.unwrap(), None);
    let known = office.engine.providers().await.unwrap().into_iter().find(|provider| provider.summary.id == "ca");
    let (about, _) = known.unwrap().about.expect("the terms are shown to whoever is to agree");
    assert_eq!(about.terms_of_service.as_deref(), Some("https://ca.test/terms/1"));
    office.select().await.unwrap();
    assert_eq!(office.ca.journal().accounts_created(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agreed_to_one_document_has_not_agreed_to_another() {
    let office = office(|ca| ca).await;
    let agreed_to = |url: &str| TermsAnswer::AgreedTo { by: "test".into(), url: url.into() };
    for other in ["", "https://ca.test/terms/0"] {
        let refused = office.engine.select_provider("ca", &agreed_to(other)).await.unwrap_err();
        assert!(matches!(refused, EngineError::TermsNotAgreed { .. }), "{refused}");
    }
    assert_eq!(office.ca.journal().accounts_created(), 0);
    office.engine.select_provider("ca", &agreed_to("https://ca.test/terms/1")).await.unwrap();
    office.ca.change_terms("https://ca.test/terms/2");
    assert!(office.engine.select_provider("ca", &agreed_to("https://ca.test/terms/1")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_that_the_terms_changed_until_they_are_agreed_to_again() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    office.ca.change_terms("https://ca.test/terms/2");
    let run = world::run(&office.engine, RunScope::AllUsers).await;
    assert_eq!(run.state, RunState::Succeeded, "certificates are ordered all the same");
    let changed = async |run| {
        let log: Vec<_> = world::log(&office.engine, run).await;
        log.into_iter().find(|line| line.code.as_deref() == Some("terms_changed")).map(|line| line.contents)
    };
    assert!(changed(&run).await.expect("a warning").contains("https://ca.test/terms/2"));
    assert!(office.engine.select_provider("ca", &TermsAnswer::NotAsked).await.is_err(), "another document");
    office.select().await.unwrap();
    let run = world::run(&office.engine, RunScope::AllUsers).await;
    assert_eq!(changed(&run).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_wants_customers_only_is_told_so_before_anything_is_sent() {
    let office = office(|ca| ca.external_accounts(ExternalAccounts::Required)).await;
    let error = office.select().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("registers accounts only for its customers"), "{error}");
    let asked = office.ca.journal().requests(Endpoint::NewAccount).len();
    assert_eq!((asked, office.ca.journal().accounts_created()), (1, 0), "only whether there is an account");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_account_is_used_and_a_wrong_one_is_named() {
    let office =
        office(|ca| ca.external_accounts(ExternalAccounts::Required).external_key("kid-1", b"secret of one")).await;
    for (key_id, mac_key) in [("unknown", "c2VjcmV0IG9mIG9uZQ"), ("kid-1", "d3Jvbmc")] {
        office.bind(key_id, mac_key).await;
        let error = office.select().await.unwrap_err().to_string();
        assert!(error.contains(&format!("external account \"{key_id}\"")) && error.contains("MAC key"), "{error}");
    }
    office.bind("kid-1", "c2VjcmV0IG9mIG9uZQ").await;
    let first = office.select().await.unwrap();
    assert_eq!(office.ca.journal().accounts_created(), 1);

    // Forgotten here and there, the account works on: it is bound already.
    office.engine.set_external_account("ca", None).await.unwrap();
    office.ca.remove_external_key("kid-1");
    assert_eq!(office.select().await.unwrap(), first);

    // Another customer account means another registration.
    office.ca.add_external_key("kid-2", b"secret of two");
    office.bind("kid-2", "c2VjcmV0IG9mIHR3bw").await;
    office.engine.recreate_account("ca").await.unwrap();
    assert_ne!(office.account().await.unwrap(), first);
    let stored = std::fs::read(office.dir.path().join("autossl.db")).unwrap();
    assert!(!stored.windows(13).any(|window| window == b"secret of two"), "the MAC key is sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_can_share_an_external_account() {
    let one = office(|ca| ca.external_accounts(ExternalAccounts::Required).external_key("kid", b"secret")).await;
    one.bind("kid", "c2VjcmV0").await;
    let first = one.select().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let engine = open(&dir, &one.ca).await;
    engine.set_external_account("ca", Some(&ExternalAccount::parse("kid", "c2VjcmV0").unwrap())).await.unwrap();
    let second = engine.select_provider("ca", &agreed()).await.unwrap().account_url.unwrap();
    assert_ne!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_signs_for_the_same_account() {
    let office = office(|ca| ca).await;
    let account = office.select().await.unwrap();
    let before = std::fs::read(office.key("key")).unwrap();
    office.engine.change_account_key("ca").await.unwrap();
    assert_ne!(std::fs::read(office.key("key")).unwrap(), before);
    assert!(!office.key("next").exists());
    assert_eq!(office.select().await.unwrap(), account);
    assert_eq!(world::run(&office.engine, RunScope::AllUsers).await.state, RunState::Succeeded);
    assert_eq!(office.ca.journal().accounts_created(), 1);
}

/// The process dies after the request: with the request lost, or with its answer lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_key_that_was_cut_short_is_settled_whichever_side_it_stopped_on() {
    for (fault, changed) in [(Fault::Reset, false), (Fault::AnswerLost, true)] {
        let office = office(|ca| ca).await;
        let account = office.select().await.unwrap();
        let before = std::fs::read(office.key("key")).unwrap();
        office.ca.faults().add(Rule::on(Endpoint::KeyChange, fault.clone())).unwrap();
        office.engine.change_account_key("ca").await.unwrap_err();
        assert!(office.key("next").exists(), "both keys are kept until it is known which one counts");
        let engine = open(&office.dir, &office.ca).await;
        assert_eq!(engine.select_provider("ca", &agreed()).await.unwrap().account_url.unwrap(), account, "{fault:?}");
        assert_eq!(std::fs::read(office.key("key")).unwrap() != before, changed, "{fault:?}");
        assert!(!office.key("next").exists());
        assert_eq!(office.ca.journal().accounts_created(), 1, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_whose_answer_was_lost_is_found_again_by_its_key() {
    let office = office(|ca| ca).await;
    // The first request asks whether there is an account.
    office.ca.faults().add(Rule::on(Endpoint::NewAccount, Fault::AnswerLost).after(1)).unwrap();
    office.select().await.unwrap_err();
    assert_eq!(office.ca.journal().accounts_created(), 1);
    office.select().await.unwrap();
    assert_eq!(office.ca.journal().accounts_created(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_gone_at_the_provider_is_registered_again() {
    let office = office(|ca| ca).await;
    let first = office.select().await.unwrap();
    office.ca.forget_accounts();
    assert_eq!(world::run(&office.engine, RunScope::AllUsers).await.state, RunState::Succeeded);
    assert_ne!(office.account().await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_is_not_used_and_a_new_one_can_be_had() {
    let office = office(|ca| ca).await;
    let first = office.select().await.unwrap();
    office.engine.deactivate_account("ca").await.unwrap();
    assert_eq!(office.engine.current_provider().await.unwrap(), None, "orders go nowhere");
    assert!(!office.key("key").exists());
    let second = office.select().await.unwrap();
    assert_ne!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contact_is_the_administrators_to_change() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    for contact in [Some("night@ours.test"), None] {
        office.engine.change_contact("ca", contact).await.unwrap();
        let providers = office.engine.providers().await.unwrap();
        let known = providers.into_iter().find(|provider| provider.summary.id == "ca").unwrap();
        assert_eq!(known.contact.as_deref(), contact);
    }
    let sent = office.ca.journal().requests(Endpoint::Account).len();
    assert_eq!(sent, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_ordered_where_it_is_offered_and_refused_by_name_where_it_is_not() {
    let office = office(|ca| ca.profile(Profile::classic()).profile(Profile::shortlived())).await;
    office.select().await.unwrap();
    let choose = |profile: &str| OrderChoices { profile: Some(profile.into()), ..OrderChoices::default() };
    let error = office.engine.set_order_choices("ca", &choose("longlived")).await.unwrap_err().to_string();
    assert!(error.contains("\"longlived\"") && error.contains("classic, shortlived"), "{error}");
    office.engine.set_order_choices("ca", &choose("shortlived")).await.unwrap();
    world::run(&office.engine, RunScope::AllUsers).await;
    let issued = office.ca.journal().certificates_for("alice.test");
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].profile, "shortlived");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preferred_chain_is_taken_where_there_is_one_and_the_primary_is_never_lost() {
    let with_alternate = async |fault: Option<Fault>, root: &str| {
        let office = office(|ca| ca).await;
        office.select().await.unwrap();
        let choices = OrderChoices { preferred_chain: Some(root.into()), ..OrderChoices::default() };
        office.engine.set_order_choices("ca", &choices).await.unwrap();
        if let Some(fault) = fault {
            office.ca.faults().add(Rule::on(Endpoint::Certificate, fault).after(1).forever()).unwrap();
        }
        let run = world::run(&office.engine, RunScope::AllUsers).await;
        assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 1));
        let file = office.dir.path().join("data/certificates/alice.test/1/fullchain.pem");
        (std::fs::read_to_string(file).unwrap(), office.ca.journal().requests(Endpoint::Certificate).len())
    };
    let (primary, fetched) = with_alternate(None, "No Such Root").await;
    assert_eq!(fetched, 2, "the alternate is looked at");
    let (alternate, _) = with_alternate(None, ALTERNATE_ROOT).await;
    assert_ne!(last_issuer(&primary), last_issuer(&alternate));
    assert_eq!(last_issuer(&alternate), ALTERNATE_ROOT);
    for fault in [Fault::AlternateMissing, Fault::Reset, Fault::unavailable(), Fault::ChainIncomplete] {
        let (chain, _) = with_alternate(Some(fault.clone()), ALTERNATE_ROOT).await;
        assert_eq!(last_issuer(&chain), last_issuer(&primary), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_ca_is_added_with_its_root_and_its_address_has_to_be_allowed() {
    let office = office(|ca| ca).await;
    let dir = tempfile::tempdir().unwrap();
    let nobody = (format!("https://{}/dir", world::closed_address()), office.dir.path().join("root.pem"));
    let mut config = world::config(&dir, nobody, None);
    config.acme.trusted_roots.clear();
    let engine = Engine::open(config).await.unwrap();
    let added = AddedProvider {
        id: "ours".into(),
        name: "Our CA".into(),
        directory_url: office.ca.directory_url(),
        allow_private: true,
        root_pem: Some(office.ca.tls_root_pem().to_owned()),
    };

    let private = AddedProvider { allow_private: false, ..added.clone() };
    let error = engine.add_provider(&private).await.unwrap_err().to_string();
    assert!(error.contains("127.0.0.1 (loopback)"), "{error}");
    let untrusted = AddedProvider { root_pem: None, ..added.clone() };
    assert!(engine.add_provider(&untrusted).await.unwrap_err().to_string().contains("cannot be reached"));
    let no_pem = AddedProvider { root_pem: Some("nonsense".into()), ..added.clone() };
    assert!(engine.add_provider(&no_pem).await.unwrap_err().to_string().contains("root certificate"));
    for (id, url) in
        [("Ours!", added.directory_url.as_str()), ("letsencrypt", &added.directory_url), ("x", "file:///etc/passwd")]
    {
        let wrong = AddedProvider { id: id.into(), directory_url: url.into(), ..added.clone() };
        let error = engine.add_provider(&wrong).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(id), "{error}");
    }
    assert!(engine.providers().await.unwrap().iter().all(|provider| provider.summary.id != "ours"));

    engine.add_provider(&added).await.unwrap();
    engine.select_provider("ours", &agreed()).await.unwrap();
    assert!(engine.remove_provider("ours").await.unwrap_err().to_string().contains("orders go to it"));
    engine.disable_provider().await.unwrap();
    engine.remove_provider("ours").await.unwrap();
    assert!(engine.select_provider("ours", &agreed()).await.is_err());
    assert!(!dir.path().join("data/accounts/ours.key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_the_connection_tells_what_the_directory_says_or_why_there_is_none() {
    let office = office(|ca| ca.website("https://ca.test/").caa_identities(&["ca.test"])).await;
    let test = office.engine.test_provider("ca").await.unwrap();
    assert_eq!(test.about.caa_identities, ["ca.test"]);
    assert_eq!(test.about.website.as_deref(), Some("https://ca.test/"));
    office.ca.faults().add(Rule::on(Endpoint::Directory, Fault::unavailable())).unwrap();
    let error = office.engine.test_provider("ca").await.unwrap_err().to_string();
    assert!(error.contains("503"), "{error}");
    let known = office.engine.providers().await.unwrap();
    let known = known.into_iter().find(|provider| provider.summary.id == "ca").unwrap();
    assert_eq!(known.summary.last_error.as_deref(), Some(error.as_str()));
    assert!(known.about.is_some(), "what was read before stays known");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_second_has_more_requests_than_the_provider_allows() {
    let ca = TestCa::builder().validation(Validation::Always).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root.pem");
    std::fs::write(&root, ca.tls_root_pem()).unwrap();
    let mut config = world::config(&dir, (ca.directory_url(), root), None);
    config.providers[0].limits = [("requests".to_owned(), "8/1s".to_owned())].into();
    let engine = Engine::open(config).await.unwrap();
    engine.import(IMPORT, engine::inventory::ImportFormat::Toml).await.unwrap();
    engine.select_provider("ca", &agreed()).await.unwrap();
    world::run(&engine, RunScope::AllUsers).await;
    let at: Vec<_> = ca.journal().all_requests().into_iter().map(|request| request.at).collect();
    assert!(at.len() > 12, "{}", at.len());
    for (first, later) in at.iter().zip(&at[8..]) {
        let apart = later.as_millisecond() - first.as_millisecond();
        assert!(apart > 900, "9 requests within {apart} ms");
    }
}

pub(crate) const ALTERNATE_ROOT: &str = "Tests Root X2";

pub(crate) fn last_issuer(chain: &str) -> String {
    let mut issuer = String::new();
    for pem in x509_parser::pem::Pem::iter_from_buffer(chain.as_bytes()) {
        let pem = pem.unwrap();
        let certificate = pem.parse_x509().unwrap();
        issuer = certificate.issuer().iter_common_name().next().unwrap().as_str().unwrap().to_owned();
    }
    issuer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_gets_the_kind_of_key_that_is_chosen() {
    for (word, bits) in [("ecdsa-p384", 384), ("rsa-2048", 2_048)] {
        let office = office(|ca| ca).await;
        office.select().await.unwrap();
        let wanted = [("key-type".to_owned(), word.to_owned())];
        office.engine.set_options(&wanted, engine::Confirmation::Missing, "test").await.unwrap();
        let run = world::run(&office.engine, RunScope::AllUsers).await;
        assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 1));
        let issued = office.ca.journal().certificates_for("alice.test");
        let (_, certificate) = x509_parser::parse_x509_certificate(&issued[0].der).unwrap();
        assert_eq!(certificate.public_key().parsed().unwrap().key_size(), bits, "{word}");
    }
}
