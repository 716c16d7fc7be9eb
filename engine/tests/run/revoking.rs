//! Certificates that are revoked: what the CA is asked, what is written down, and what takes their place.

use crate::world::{self, AheadClock, Plan};
use engine::inventory::ImportFormat;
use engine::model::{
    CertificateDetail, CertificateQuery, CertificateRow, CertificateScope, DomainState, Override, RevocationReason,
    RevocationSigner, RunScope, RunState,
};
use engine::{Confirmation, Engine, EngineError, ErrorKind, RevocationRequest, TermsAnswer};
use rig::{Acme2Certifier, Binaries, Website};
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;
use testca::{Endpoint, Fault, ProblemKind, Rule, TestCa, Validation};
use tokio_util::sync::CancellationToken;

const NO_COMPANY: &[&str] = &["alice"];

/// Users with a website each, whose certificates a CA of the test's issued.
struct Office {
    engine: Engine,
    ca: TestCa,
    dir: TempDir,
}

impl Office {
    async fn with(users: &[&str]) -> Self {
        let office = Self::without_certificates(users).await;
        office.run(RunScope::AllUsers).await;
        office
    }

    async fn without_certificates(users: &[&str]) -> Self {
        let ca = TestCa::builder().validation(Validation::Always).start().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root.pem");
        fs::write(&root, ca.tls_root_pem()).unwrap();
        let config = world::config(&dir, (ca.directory_url(), root), None);
        let engine = Engine::open_at(config, Arc::new(AheadClock::default())).await.unwrap();
        let mut import = String::new();
        for user in users {
            let _ = write!(
                import,
                "[[user]]\nname = '{user}'\n[[user.website]]\ndomain = '{user}.test'\naliases = ['www.{user}.test']\n\
                 document_root = '/srv'\n"
            );
        }
        engine.import(&import, ImportFormat::Toml).await.unwrap();
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
        Self { engine, ca, dir }
    }

    async fn run(&self, scope: RunScope) {
        let run = world::run(&self.engine, scope).await;
        assert_eq!(run.state, RunState::Succeeded, "{:#?}", world::log(&self.engine, &run).await);
    }

    /// Work off the runs that were asked for.
    async fn work_off(&self) {
        assert!(self.engine.work_off(CancellationToken::new()).await.unwrap());
    }

    async fn revoke(&self, request: &RevocationRequest) -> Result<usize, EngineError> {
        self.engine.revoke(request, Confirmation::Given, "test").await.map(|(_, runs)| runs.len())
    }

    async fn alice(&self) -> CertificateDetail {
        self.engine.certificate("alice.test").await.unwrap()
    }

    /// The certificate that alice's website has.
    async fn in_use(&self) -> CertificateRow {
        self.alice().await.in_use.unwrap().certificate
    }

    /// The reasons for which the CA revoked certificates, oldest first.
    fn at_the_ca(&self) -> Vec<Option<u64>> {
        let issued = self.ca.journal().certificates();
        issued.iter().map(|issued| self.ca.revocation_reason(&issued.serial).unwrap()).collect()
    }

    fn key(&self, generation: u64) -> String {
        let path = self.dir.path().join(format!("data/certificates/alice.test/{generation}/key.pem"));
        fs::read_to_string(path).unwrap()
    }
}

fn request() -> RevocationRequest {
    RevocationRequest { name: "www.alice.test".into(), ..RevocationRequest::default() }
}

fn because(reason: RevocationReason) -> RevocationRequest {
    RevocationRequest { reason, ..request() }
}

fn by_key() -> RevocationRequest {
    RevocationRequest { signer: RevocationSigner::CertificateKey, ..request() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_certificate_is_replaced_at_once_by_one_with_another_key_that_replaces_nothing() {
    let office = Office::with(&["alice", "bob"]).await;

    let (outlook, runs) =
        office.engine.revoke(&because(RevocationReason::KeyCompromise), Confirmation::Given, "root").await.unwrap();

    assert_eq!((outlook.certificates.len(), outlook.names.len()), (1, 2));
    assert_eq!((outlook.replaced_for, outlook.not_replaced_for), (vec!["alice".to_owned()], Vec::new()));
    assert_eq!(runs.len(), 1);
    let revocation = office.in_use().await.revocation.unwrap();
    assert_eq!((revocation.reason, revocation.by.as_str()), (RevocationReason::KeyCompromise, "root"));
    assert!(revocation.revoked_at.is_some());
    let alice = office.engine.user("alice").await.unwrap();
    assert!(alice.websites[0].domains.iter().all(|row| row.state != DomainState::Secured), "{alice:#?}");
    let bob = office.engine.user("bob").await.unwrap();
    assert!(bob.websites[0].domains.iter().all(|row| row.state == DomainState::Secured), "{bob:#?}");

    office.work_off().await;

    let alice = office.engine.user("alice").await.unwrap();
    assert!(alice.websites[0].domains.iter().all(|row| row.state == DomainState::Secured), "{alice:#?}");
    let issued = office.ca.journal().certificates_for("alice.test");
    assert_eq!(issued.len(), 2);
    assert_eq!(issued[1].replaces, None, "a revoked certificate is not named as the one that is replaced");
    assert_ne!(office.key(1), office.key(2));
    let detail = office.alice().await;
    assert_eq!(detail.earlier.len(), 1);
    assert!(detail.earlier[0].revoked_at().is_some() && detail.in_use.unwrap().certificate.revocation.is_none());
    assert_eq!(office.ca.journal().certificates_for("bob.test").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ca_is_told_the_reason_and_a_reason_that_it_refuses_is_forgotten() {
    for (reason, code) in [
        (RevocationReason::Unspecified, 0),
        (RevocationReason::KeyCompromise, 1),
        (RevocationReason::Superseded, 4),
        (RevocationReason::CessationOfOperation, 5),
    ] {
        let office = Office::with(NO_COMPANY).await;
        office.revoke(&because(reason)).await.unwrap();
        assert_eq!(office.at_the_ca(), [Some(code)], "{}", reason.as_str());
    }
    let office = Office::with(NO_COMPANY).await;
    let error = office.revoke(&because(RevocationReason::PrivilegeWithdrawn)).await.unwrap_err();
    assert!(error.to_string().contains("the reason 9 is not one of"), "{error}");
    assert_eq!((office.at_the_ca(), office.in_use().await.revocation), (vec![None], None));
    office.work_off().await;
    assert_eq!(office.ca.journal().certificates_issued(), 1, "nothing is to be replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_account_is_lost_the_key_of_the_certificate_revokes_it_whatever_its_kind() {
    for kind in ["ecdsa-p256", "ecdsa-p384", "rsa-2048"] {
        let office = Office::without_certificates(NO_COMPANY).await;
        office.engine.set_key_type(&["alice".into()], kind).await.unwrap();
        office.run(RunScope::AllUsers).await;
        office.ca.forget_accounts();

        office.revoke(&request()).await.unwrap_err();
        assert_eq!(office.in_use().await.revocation, None, "{kind}: the refusal is forgotten");
        office.revoke(&by_key()).await.unwrap();

        assert_eq!(office.at_the_ca(), [Some(0)], "{kind}");
        let told = office.ca.journal().requests(Endpoint::RevokeCert);
        assert_eq!(told.last().unwrap().account, None, "{kind}: no account signed it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_revoked_already_counts_as_revoked() {
    let office = Office::with(NO_COMPANY).await;
    office.ca.revoke(&office.ca.journal().certificates()[0].serial, 4).unwrap();
    assert_eq!(office.revoke(&request()).await.unwrap(), 1, "the website is due");
    assert!(office.in_use().await.revoked_at().is_some());

    let (outlook, runs) = office.engine.revoke(&request(), Confirmation::Missing, "test").await.unwrap();

    assert_eq!((outlook.certificates.len(), outlook.revoked_before, runs.len()), (0, 1, 0));
    assert_eq!(office.ca.journal().requests(Endpoint::RevokeCert).len(), 1, "it is known without asking");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_loses_nothing() {
    for fault in [Fault::AnswerLost, Fault::unavailable()] {
        let office = Office::with(NO_COMPANY).await;
        office.ca.faults().add(Rule::on(Endpoint::RevokeCert, fault.clone()).forever()).unwrap();

        let error = office.revoke(&request()).await.unwrap_err();

        assert!(matches!(error, EngineError::RevocationOpen { .. }), "{}: {error}", fault.name());
        let open = office.in_use().await.revocation.unwrap();
        assert_eq!(open.revoked_at, None, "it is not known to be done");

        office.ca.faults().clear();
        let queue = world::run(&office.engine, RunScope::Queue).await;
        let log = world::log(&office.engine, &queue).await;
        assert!(office.alice().await.earlier.iter().all(|row| row.revoked_at().is_some()), "{log:#?}");
        assert_eq!(office.at_the_ca()[0], Some(0), "{}", fault.name());
        office.work_off().await;
        assert_eq!(office.ca.journal().certificates_issued(), 2, "{}: the website was due", fault.name());
        assert_eq!(office.in_use().await.revocation, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_a_ca_cannot_be_asked_for_stays_written_down_and_is_warned_of() {
    let office = Office::with(NO_COMPANY).await;
    office.ca.faults().add(Rule::on(Endpoint::RevokeCert, Fault::unavailable()).forever()).unwrap();
    office.revoke(&request()).await.unwrap_err();

    let run = world::run(&office.engine, RunScope::AllUsers).await;

    let log = world::log(&office.engine, &run).await;
    assert!(log.iter().any(|line| line.code.as_deref() == Some("revocation_open")), "{log:#?}");
    assert_eq!((run.counts.kept, run.counts.issued), (1, 0), "until it is revoked it is as good as before");
    assert!(office.in_use().await.revocation.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_in_use_is_revoked_only_by_somebody_who_says_so_and_an_earlier_one_needs_no_word() {
    let office = Office::with(NO_COMPANY).await;
    let first = office.in_use().await.serial;
    office.ca.renew_all_now(None);
    office.revoke(&RevocationRequest { reason: RevocationReason::Superseded, ..request() }).await.unwrap();
    office.work_off().await;
    let second = office.in_use().await.serial;
    assert_ne!(first, second);

    let error = office.engine.revoke(&request(), Confirmation::Missing, "test").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.to_string(), "nothing was revoked: 1 of 1 certificates are in use");
    assert_eq!(office.at_the_ca(), [Some(4), None]);

    // A third takes its place, and the second is then an earlier one.
    office.engine.set_key_type(&["alice".into()], "ecdsa-p384").await.unwrap();
    office.revoke(&RevocationRequest { serial: Some(second.to_uppercase()), ..request() }).await.unwrap();
    office.work_off().await;
    let third = office.in_use().await;
    let earlier = RevocationRequest { serial: Some(first), ..request() };
    let (outlook, runs) = office.engine.revoke(&earlier, Confirmation::Missing, "test").await.unwrap();
    assert_eq!((outlook.names.len(), outlook.revoked_before, runs.len()), (0, 1, 0));
    assert_eq!(office.in_use().await, third);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_takes_the_place_of_is_told_before() {
    let office = Office::with(&["alice", "bob"]).await;
    office.engine.set_override(&["alice".into()], Override::Disabled).await.unwrap();

    let outlook = office.engine.revocation_outlook(&request()).await.unwrap();
    assert_eq!((outlook.replaced_for, outlook.not_replaced_for), (Vec::new(), vec!["alice".to_owned()]));
    assert_eq!(office.ca.journal().requests(Endpoint::RevokeCert).len(), 0, "an outlook does nothing");
    assert_eq!(office.revoke(&request()).await.unwrap(), 0, "no run would do anything for alice");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_serial_numbers_and_providers_that_are_unknown_are_refused() {
    let office = Office::with(NO_COMPANY).await;
    let said = async |request: RevocationRequest| office.revoke(&request).await.unwrap_err().to_string();
    assert_eq!(
        said(RevocationRequest { name: "other.test".into(), ..request() }).await,
        "no certificate for other.test"
    );
    let serial = Some("abc".to_owned());
    assert_eq!(
        said(RevocationRequest { serial, ..request() }).await,
        "no certificate for www.alice.test with serial number abc"
    );
    let nowhere = RevocationRequest { provider: Some("nowhere".into()), ..request() };
    assert!(said(nowhere).await.contains("nowhere"));
    assert_eq!((office.in_use().await.revocation, office.at_the_ca()), (None, vec![None]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listing_goes_through_all_in_parts_and_keeps_those_of_removed_websites() {
    let users: Vec<String> = (0..7).map(|number| format!("user{number}")).collect();
    let office = Office::with(&users.iter().map(String::as_str).collect::<Vec<_>>()).await;
    office.engine.remove_website("user3.test").await.unwrap();
    let mut query = CertificateQuery { scope: CertificateScope::All, limit: 3, ..CertificateQuery::default() };
    let mut rows = Vec::new();
    loop {
        let part = office.engine.certificates(&query).await.unwrap();
        assert!(part.len() <= 3);
        let Some(last) = part.last() else { break };
        query.after = last.id;
        rows.extend(part);
    }
    assert_eq!(rows.len(), 7);
    let gone: Vec<_> = rows.iter().filter(|row| row.website.is_none()).collect();
    assert_eq!((gone.len(), gone[0].names[0].as_str(), gone[0].in_use), (1, "user3.test", false));
    let pem = office.engine.certificate_pem("user3.test", None).await.unwrap();
    assert!(pem.matches("BEGIN CERTIFICATE").count() == 2 && !pem.contains("PRIVATE"), "{pem}");
    let request = RevocationRequest { name: "user3.test".into(), ..RevocationRequest::default() };
    office.engine.revoke(&request, Confirmation::Missing, "test").await.unwrap();
    assert_eq!(office.at_the_ca().iter().flatten().count(), 1, "a certificate without a website can be revoked, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn pebble_revokes_and_apache_gets_another() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.start(&["alice.test"]).await;
    world.run(RunScope::AllUsers).await;
    let before = world.served("alice.test").await;
    let serial = world.engine.certificate("alice.test").await.unwrap().in_use.unwrap().certificate.serial;

    world.engine.revoke(&request_for("alice.test"), Confirmation::Given, "test").await.unwrap();

    let status = world.pebble.management_get(&format!("/cert-status-by-serial/{serial}")).await.unwrap();
    assert!(status.contains("Revoked"), "{status}");
    assert!(world.engine.work_off(CancellationToken::new()).await.unwrap());
    assert_ne!(world.served("alice.test").await, before);
    assert_eq!(world.https_status("alice.test").await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_of_another_make_revokes() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.start(&["alice.test"]).await;
    let (binaries, dir) = (Binaries::from_env().unwrap(), world.dir.path().join("acme2certifier"));
    let ca = Acme2Certifier::start(&binaries, &dir, world.dns.address(), world.apache.http_port()).await.unwrap();
    fs::remove_file(world.dir.path().join("data/accounts/ca.key")).unwrap();
    let provider = (ca.directory_url(), ca.tls_root_pem_path().to_owned());
    let mut config = world::config(&world.dir, provider, Some(&world.apache));
    config.acme.request_timeout = 60;
    let engine = Engine::open_at(config, world.clock.clone()).await.unwrap();
    engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.unwrap();
    world::run(&engine, RunScope::AllUsers).await;

    engine.revoke(&request_for("alice.test"), Confirmation::Given, "test").await.unwrap();

    assert!(engine.certificate("alice.test").await.unwrap().in_use.unwrap().certificate.revoked_at().is_some());
    assert!(engine.work_off(CancellationToken::new()).await.unwrap());
    assert_eq!(ca.certificates_issued().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limits_of_a_refusal_are_no_reason_to_forget() {
    let office = Office::with(NO_COMPANY).await;
    let limited = testca::Problem::new(ProblemKind::RateLimited, "too many requests");
    office.ca.faults().add(Rule::on(Endpoint::RevokeCert, Fault::Refusal(limited)).forever()).unwrap();
    let error = office.revoke(&request()).await.unwrap_err();
    assert!(matches!(error, EngineError::RevocationOpen { .. }), "{error}");
}

fn request_for(name: &str) -> RevocationRequest {
    RevocationRequest { name: name.into(), ..RevocationRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_and_its_companion_are_revoked_and_replaced_together() {
    let office = Office::without_certificates(&["alice"]).await;
    let wanted = [("rsa-companion".to_owned(), "rsa-2048".to_owned())];
    office.engine.set_options(&wanted, Confirmation::Missing, "test").await.unwrap();
    office.run(RunScope::AllUsers).await;
    let (own, companion) = (office.in_use().await, office.alice().await.companion.unwrap().certificate);
    let serial = Some(companion.serial.clone());
    let pem = office.engine.certificate_pem("alice.test", None).await.unwrap();
    assert_ne!(pem, office.engine.certificate_pem("alice.test", serial.as_deref()).await.unwrap());

    // Each with its own key.
    assert_eq!(office.revoke(&by_key()).await.unwrap(), 1);

    let at_the_ca = office.at_the_ca();
    assert!(at_the_ca.len() == 2 && at_the_ca.iter().all(Option::is_some), "{at_the_ca:?}");
    office.work_off().await;
    let detail = office.alice().await;
    let (new, new_companion) = (detail.in_use.unwrap().certificate, detail.companion.unwrap().certificate);
    assert!(new.serial != own.serial && new_companion.serial != companion.serial);
    assert!(new.revoked_at().is_none() && new_companion.revoked_at().is_none());
    assert_eq!(office.ca.journal().certificates_issued(), 4);

    office.revoke(&RevocationRequest { serial: Some(new_companion.serial.clone()), ..request() }).await.unwrap();
    office.work_off().await;
    let detail = office.alice().await;
    assert_eq!(detail.in_use.unwrap().certificate.serial, new.serial, "it has a key of its own");
    assert_ne!(detail.companion.unwrap().certificate.serial, new_companion.serial);
}
