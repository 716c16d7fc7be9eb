//! Whether what is served is still what was installed: found by the schedule or a run, told, and put right; a decision of the
//! administrator's is told and left alone.

use crate::world::{Plan, World, shown};
use engine::config::{EngineConfig, ScheduleConfig};
use engine::model::{RunScope, RunState, ServiceReport, Soundness};
use engine::store::{self, ServiceRecord, Store};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const HOUR: i64 = 3_600;

fn hourly(config: &mut EngineConfig) {
    config.schedule = ScheduleConfig { drift: Some(HOUR), ..ScheduleConfig::default() };
}

async fn due(world: &World) {
    world.engine.work_on_what_is_due(CancellationToken::new()).await.unwrap();
}

async fn store(world: &World) -> Arc<dyn Store> {
    store::open(&format!("sqlite://{}/autossl.db", world.dir.path().display())).await.unwrap()
}

/// What became of a website's certificate, service by service.
async fn records(world: &World, website: &str) -> Vec<ServiceRecord> {
    let store = store(world).await;
    let certificate = store.certificates_of(website).await.unwrap()[0].id();
    store.service_records(certificate).await.unwrap()
}

/// The problems of a website's certificate, by service.
async fn problems(world: &World, website: &str) -> Vec<(String, String)> {
    let records = records(world, website).await.into_iter();
    records.filter_map(|record| Some((record.service, record.problem?.code))).collect()
}

async fn report(world: &World, service: &str) -> ServiceReport {
    let reports = world.engine.services().await.unwrap();
    reports.into_iter().find(|report| report.service == service).unwrap()
}

/// What the three services show for a website.
async fn all_shown(world: &World, website: &str) -> [Vec<u8>; 3] {
    let mail = format!("mail.{website}");
    [shown(world.https(), website).await, shown(world.imap(), &mail).await, shown(world.exim(), &mail).await]
}

/// A certificate signed by itself, in a file with its key.
fn self_signed(world: &World, name: &str) -> PathBuf {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let file = world.path("self-signed.pem");
    fs::write(&file, certificate.pem() + &key.serialize_pem()).unwrap();
    file
}

/// A certificate for a name from an authority of others, in a file with its key, and that authority's root in another.
fn of_others(world: &World, name: &str) -> (PathBuf, PathBuf) {
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "Others Root");
    let root = params.self_signed(&authority).unwrap();
    let issuer = rcgen::Issuer::new(params, authority);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let (file, root_file) = (world.path("others.pem"), world.path("others-root.pem"));
    fs::write(&file, certificate.pem() + &key.serialize_pem()).unwrap();
    fs::write(&root_file, root.pem()).unwrap();
    (file, root_file)
}

/// Let a website's virtual host use the certificate in another file, by hand.
fn point_elsewhere(world: &World, website: &str, file: &Path) -> String {
    let vhost = world.apache.vhost_dir().join(format!("{website}.conf"));
    let text = fs::read_to_string(&vhost).unwrap();
    let own = world.path(&format!("tls/apache/certificates/{website}/current/combined.pem"));
    let edited = text.replace(&own.display().to_string(), &file.display().to_string());
    assert_ne!(edited, text);
    fs::write(&vhost, edited).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_certificate_and_a_host_that_points_elsewhere_are_found_told_and_put_right() {
    let mut world = Plan::websites(&["a.test", "b.test"]).dovecot().exim().configured(hourly).start().await;
    world.run().await;
    assert_eq!(world.renew().await.counts.served, 2);
    let (good, other) = (all_shown(&world, "a.test").await, all_shown(&world, "b.test").await);
    due(&world).await;
    assert_eq!(problems(&world, "a.test").await, [], "nothing is wrong");
    // A backup of Apache's part, an edit of Dovecot's file, and a name taken away from Exim.
    let current = world.path("tls/apache/certificates/a.test/current");
    fs::remove_file(&current).unwrap();
    std::os::unix::fs::symlink("1", &current).unwrap();
    world.apache.restart().await.unwrap();
    let elsewhere = self_signed(&world, "mail.a.test");
    let include = world.dovecot.as_ref().unwrap().include();
    let text = fs::read_to_string(&include).unwrap();
    let own = world.path("tls/dovecot/certificates/a.test/current/combined.pem").display().to_string();
    fs::write(&include, text.replace(&own, &elsewhere.display().to_string())).unwrap();
    world.dovecot.as_mut().unwrap().restart().await.unwrap();
    fs::remove_file(world.path("tls/exim/names/mail.a.test")).unwrap();
    let wrong = all_shown(&world, "a.test").await;
    assert!((0..3).all(|service| wrong[service] != good[service]), "what somebody did counts");

    due(&world).await;
    assert_eq!(problems(&world, "a.test").await, [], "it was looked at a moment ago");
    world.clock.advance(HOUR + 1);
    due(&world).await;

    let told = |service: &str, code: &str| (service.to_owned(), code.to_owned());
    assert_eq!(
        problems(&world, "a.test").await,
        [told("apache", "served_other"), told("dovecot", "served_other"), told("exim", "served_other")]
    );
    assert_eq!(problems(&world, "b.test").await, [], "b.test is as it was");
    let apache = report(&world, "apache").await;
    assert_eq!(apache.worst(), Soundness::Warning);
    let told = &apache.observations[1].seen;
    assert!(told.contains("a.test at") && told.contains("another certificate that AutoSSL issued"), "{apache:#?}");
    let told = report(&world, "dovecot").await.observations[1].seen.clone();
    assert!(told.contains("which clients refuse"), "{told}");
    assert_eq!(all_shown(&world, "a.test").await, wrong, "its time has not come yet");

    world.clock.advance(61);
    due(&world).await;

    let runs = world.engine.runs(1, 9).await.unwrap().rows;
    // The renewal was in the future.
    let run = runs.into_iter().find(|run| run.scope == RunScope::Queue).unwrap();
    assert_eq!(run.state, RunState::Succeeded, "{:#?}", world.log(&run).await);
    assert_eq!(all_shown(&world, "a.test").await, good);
    assert_eq!(all_shown(&world, "b.test").await, other);
    assert_eq!(problems(&world, "a.test").await, []);
    assert_eq!(world.orders(), 4, "nothing is ordered for that");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_all_users_finds_it_and_puts_it_right_at_once() {
    let mut world = Plan::websites(&["a.test", "b.test"]).configured(hourly).start().await;
    world.run().await;
    let good = shown(world.https(), "a.test").await;
    let elsewhere = self_signed(&world, "a.test");
    point_elsewhere(&world, "a.test", &elsewhere);
    world.apache.restart().await.unwrap();
    assert_ne!(shown(world.https(), "a.test").await, good);

    let run = world.run().await;

    let told = world.said(&run, "served_other").await;
    assert!(told.len() == 1 && told[0].contains("a.test: apache does not present"), "{:#?}", world.log(&run).await);
    assert_eq!((run.state, run.counts.served, run.counts.kept), (RunState::Succeeded, 1, 1));
    assert_eq!(shown(world.https(), "a.test").await, good);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_differs_nothing_is_reloaded_or_written() {
    let world = Plan::websites(&["a.test", "b.test"]).dovecot().configured(hourly).start().await;
    world.run().await;
    let logs =
        || (world.apache.log().unwrap(), world.dovecot.as_ref().unwrap().log().unwrap().matches("SIGHUP").count());
    let before = (records(&world, "a.test").await, logs().0.matches("resuming normal operations").count(), logs().1);

    for _ in 0..3 {
        world.clock.advance(HOUR + 1);
        due(&world).await;
    }
    let looked = world.engine.look_for_drift().await.unwrap();

    assert_eq!((looked.looked_at, looked.drifted.len(), looked.silent.len()), (4, 0, 0), "{looked:?}");
    assert_eq!(
        (records(&world, "a.test").await, logs().0.matches("resuming normal operations").count(), logs().1),
        before
    );
    assert_eq!(world.engine.runs(1, 9).await.unwrap().rows.len(), 1, "no run was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_others_that_clients_accept_is_told_and_left_alone_until_it_is_taken_out() {
    let mut world = Plan::websites(&["a.test", "b.test"]).configured(hourly).start().await;
    world.run().await;
    let (file, root) = of_others(&world, "a.test");
    world.reconfigure(|config| config.acme.trusted_roots.push(root)).await;
    let own = shown(world.https(), "a.test").await;
    let text = point_elsewhere(&world, "a.test", &file);
    // The other names of the host have AutoSSL's certificate no more either, and this one does not name them.
    let vhost = world.apache.vhost_dir().join("a.test.conf");
    world.apache.restart().await.unwrap();
    let others = shown(world.https(), "a.test").await;
    assert_ne!(others, own);

    world.clock.advance(HOUR + 1);
    due(&world).await;
    world.clock.advance(HOUR + 1);
    due(&world).await;
    let run = world.run().await;

    assert_eq!(problems(&world, "a.test").await, [("apache".to_owned(), "served_foreign".to_owned())]);
    assert_eq!(world.engine.runs(1, 9).await.unwrap().rows.len(), 2, "the schedule asks for no run");
    assert_eq!((run.state, run.counts.kept), (RunState::Succeeded, 2), "{:#?}", world.log(&run).await);
    assert_eq!(world.said(&run, "served_foreign").await.len(), 1, "each run says it");
    assert_eq!(shown(world.https(), "a.test").await, others);
    let apache = report(&world, "apache").await;
    assert!(apache.observations[0].seen.contains("a certificate of Others Root that ends at"), "{apache:#?}");

    fs::write(&vhost, text).unwrap();
    world.apache.restart().await.unwrap();
    world.clock.advance(HOUR + 1);
    due(&world).await;
    assert_eq!(problems(&world, "a.test").await, []);
    assert_eq!(shown(world.https(), "a.test").await, own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_is_told_and_nothing_is_held_against_its_certificates() {
    let mut world = Plan::websites(&["a.test"]).dovecot().configured(hourly).start().await;
    world.run().await;
    world.dovecot.as_mut().unwrap().stop().await.unwrap();
    let looked = world.engine.look_for_drift().await.unwrap();
    assert_eq!((looked.looked_at, looked.drifted.len()), (1, 0));
    assert!(looked.silent[0].service == "dovecot" && looked.silent[0].reason.contains("does not run"), "{looked:?}");
    assert_eq!(problems(&world, "a.test").await, []);
    let run = world.run().await;
    assert!(world.said(&run, "service_down").await[0].contains("dovecot"), "{:#?}", world.log(&run).await);
}
