//! A service that is down is told, holds nothing up, and gets what it missed without anything being ordered anew.

use crate::world::{Plan, World, closed_address, shown};
use engine::model::{RunScope, RunState};
use engine::store::{self, CertificateId, ServiceRecord};
use tokio_util::sync::CancellationToken;

async fn records(world: &World) -> Vec<ServiceRecord> {
    let store = store::open(&format!("sqlite://{}/autossl.db", world.dir.path().display())).await.unwrap();
    store.service_records(CertificateId(1)).await.unwrap()
}

/// Whether a certificate is installed, served and in trouble, by service.
async fn facts(world: &World) -> Vec<(String, bool, bool, Option<String>)> {
    let fact = |record: ServiceRecord| {
        let code = record.problem.map(|problem| problem.code);
        (record.service, record.installed_at.is_some(), record.served_at.is_some(), code)
    };
    records(world).await.into_iter().map(fact).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_is_told_and_the_schedule_catches_it_up() {
    let mut world = Plan::websites(&["a.test"]).dovecot().exim().start().await;
    world.dovecot.as_mut().unwrap().stop().await.unwrap();

    let run = world.run().await;

    assert_eq!((run.state, run.counts.failed), (RunState::Incomplete, 1), "{:#?}", world.log(&run).await);
    let told = world.said(&run, "service_down").await;
    assert!(told[0].contains("a.test: not served by dovecot: Dovecot does not run"), "{told:?}");
    let own = world.https().verified("a.test", &world.issuer_root()).await.unwrap();
    assert_eq!(shown(world.exim(), "mail.a.test").await, own, "the others go on");
    let served = |service: &str| (service.to_owned(), true, true, None);
    let down = ("dovecot".to_owned(), false, false, Some("service_down".to_owned()));
    assert_eq!(facts(&world).await, [served("apache"), down, served("exim")]);
    assert!(!world.dovecot.as_ref().unwrap().include().exists());

    world.dovecot.as_mut().unwrap().restart().await.unwrap();
    world.engine.work_on_what_is_due(CancellationToken::new()).await.unwrap();
    assert_eq!(world.engine.runs(1, 9).await.unwrap().rows.len(), 1, "its time has not come yet");
    world.clock.advance(61);
    world.engine.work_on_what_is_due(CancellationToken::new()).await.unwrap();

    let caught_up = world.engine.runs(1, 9).await.unwrap().rows.remove(0);
    assert_eq!(
        (caught_up.scope.clone(), caught_up.state),
        (RunScope::Queue, RunState::Succeeded),
        "{:#?}",
        world.log(&caught_up).await
    );
    assert_eq!(shown(world.imap(), "mail.a.test").await, own);
    assert_eq!(facts(&world).await, [served("apache"), served("dovecot"), served("exim")]);
    assert_eq!(world.orders(), 1, "nothing is ordered for that");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stays_down_is_tried_again_less_and_less_often() {
    let mut world = Plan::websites(&["a.test"]).dovecot().start().await;
    world.dovecot.as_mut().unwrap().stop().await.unwrap();
    world.run().await;
    let mut pauses = Vec::new();
    for _ in 0..3 {
        let problem = records(&world).await.remove(1).problem.unwrap();
        let now = engine::clock::Clock::now(world.clock.as_ref());
        pauses.push((problem.retry_at.since(now) + 59) / 60);
        world.clock.advance(problem.retry_at.since(now) + 1);
        world.engine.work_on_what_is_due(CancellationToken::new()).await.unwrap();
    }
    assert_eq!(pauses, [1, 5, 15]);
    assert_eq!(world.orders(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn apache_is_not_started_by_a_reload_when_somebody_stopped_it() {
    let mut world = Plan::websites(&["a.test"]).start().await;
    world.apache.stop().await.unwrap();
    std::fs::remove_file(world.apache.pid_file()).unwrap();
    let run = world.run().await;
    assert_eq!(world.said(&run, "service_down").await.len(), 1, "{:#?}", world.log(&run).await);
    assert!(!world.apache.pid_file().exists());
    world.apache.restart().await.unwrap();
    let again = world.run().await;
    assert_eq!((again.state, again.counts.issued, again.counts.served), (RunState::Succeeded, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_shows_something_else_brings_back_what_was_before() {
    let mut world = Plan::websites(&["a.test"]).dovecot().start().await;
    world.run().await;
    let before = shown(world.imap(), "mail.a.test").await;
    let elsewhere = closed_address();
    // It runs, and where it is said to be, nothing answers.
    world
        .reconfigure(|config| {
            let Some(dovecot) = &mut config.services.dovecot else { return };
            dovecot.doors.tls = vec![elsewhere];
        })
        .await;

    let run = world.renew().await;

    let told = world.said(&run, "not_served").await;
    assert!(told[0].contains(&elsewhere.to_string()), "{told:?}");
    assert_eq!(shown(world.imap(), "mail.a.test").await, before, "the earlier certificate is served");
    assert_ne!(shown(world.https(), "a.test").await, before, "Apache has the new one");
}
