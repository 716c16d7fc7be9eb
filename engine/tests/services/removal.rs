//! Websites that are gone leave the services after a time of grace, and AutoSSL leaves them when it is uninstalled: the others are
//! served as before, and nothing is changed where a service would not go on.

use crate::world::{DAY, Plan, World, shown};
use engine::config::{EngineConfig, ScheduleConfig};
use engine::model::{Override, RunState};
use std::fs;
use std::time::Duration;
use tokio::task::JoinHandle;

fn with_grace(config: &mut EngineConfig) {
    config.schedule = ScheduleConfig { grace: Some(DAY), ..ScheduleConfig::default() };
}

/// Apache, Dovecot and Exim with three websites, each installed.
async fn started() -> World {
    let world = Plan::websites(&["a.test", "b.test", "c.test"]).dovecot().exim().configured(with_grace).start().await;
    let run = world.run().await;
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 3), "{:#?}", world.log(&run).await);
    world
}

/// What the three services show for a website.
async fn all_shown(world: &World, website: &str) -> [Vec<u8>; 3] {
    let mail = format!("mail.{website}");
    [shown(world.https(), website).await, shown(world.imap(), &mail).await, shown(world.exim(), &mail).await]
}

fn reloads(world: &World) -> usize {
    world.apache.log().unwrap().matches("resuming normal operations").count()
}

/// The files and directories below the world's that have a website's name, without the logs of runs and its pages.
fn files_of(world: &World, website: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![world.path("tls"), world.path("data"), world.apache.vhost_dir().to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap()) {
            let path = entry.path();
            if entry.file_name().to_string_lossy().contains(website) {
                found.push(path.display().to_string());
            } else if entry.file_type().unwrap().is_dir() {
                todo.push(path);
            }
        }
    }
    let include = world.dovecot.as_ref().unwrap().include();
    if fs::read_to_string(&include).unwrap().contains(website) {
        found.push(include.display().to_string());
    }
    found
}

/// A client that asks for pages of a website again and again, and fails with the first that does.
fn asking(world: &World, website: &'static str) -> JoinHandle<()> {
    let (address, roots) = (world.apache.https_address(), world.ca.issuer_root_pem().to_owned());
    tokio::spawn(async move {
        loop {
            let status = rig::https_get(address, website, &roots).await;
            assert_eq!(status.as_ref().ok(), Some(&200), "{status:?}");
            // A test that asks as fast as it can leaves Apache no processor.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_website_leaves_every_service_after_the_grace_and_no_request_for_the_others_fails() {
    let world = started().await;
    let (own, others) = (all_shown(&world, "a.test").await, all_shown(&world, "b.test").await);
    let plan = world.engine.plan_removal(&["a.test".to_owned()]).await.unwrap();
    assert_eq!(plan.services.iter().map(|one| one.service.as_str()).collect::<Vec<_>>(), ["apache", "dovecot", "exim"]);
    assert_eq!(plan.services[0].files, [world.apache.vhost_dir().join("a.test.conf").display().to_string()]);
    assert_eq!(plan.services[2].names, ["imap.a.test", "mail.a.test"]);
    assert!(plan.keys[0].ends_with("data/certificates/a.test") && plan.remarks[0].contains("24 hours"), "{plan:?}");
    world.engine.remove_website("a.test").await.unwrap();

    let run = world.run().await;
    assert!(world.said(&run, "website_gone").await[0].contains("a.test is gone"), "{:#?}", world.log(&run).await);
    assert_eq!(all_shown(&world, "a.test").await, own, "it has its time of grace");

    let (before, client) = (reloads(&world), asking(&world, "b.test"));
    world.clock.advance(DAY + 1);
    let run = world.run().await;

    let told = world.said(&run, "website_removed").await;
    assert!(told.len() == 1 && told[0].contains("nothing was revoked"), "{:#?}", world.log(&run).await);
    assert_eq!(run.state, RunState::Succeeded);
    assert!(!client.is_finished(), "{:?}", client.await);
    client.abort();
    assert_eq!(all_shown(&world, "a.test").await, all_shown(&world, "nobody.test").await);
    assert!(all_shown(&world, "a.test").await.iter().zip(&own).all(|(now, own)| now != own));
    assert_eq!(all_shown(&world, "b.test").await, others);
    assert_eq!(files_of(&world, "a.test"), Vec::<String>::new());
    assert_eq!(reloads(&world), before + 1);

    let again = world.run().await;
    assert_eq!(world.said(&again, "website_removed").await, Vec::<String>::new());
    assert_eq!(reloads(&world), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_website_whose_name_another_one_has_stays_as_long_as_its_certificate_is_presented_for_it() {
    let world = started().await;
    let own = all_shown(&world, "a.test").await;
    world.engine.remove_website("a.test").await.unwrap();
    world.engine.add_alias("b.test", "mail.a.test").await.unwrap();
    world.engine.set_override(&["user1".to_owned()], Override::Disabled).await.unwrap();
    for _ in 0..2 {
        world.clock.advance(DAY + 1);
        world.run().await;
    }
    assert_eq!(all_shown(&world, "a.test").await, own, "b.test has no certificate for that name yet");

    world.engine.set_override(&["user1".to_owned()], Override::Enabled).await.unwrap();
    for _ in 0..2 {
        world.clock.advance(DAY + 1);
        world.run().await;
    }
    assert_eq!(shown(world.exim(), "mail.a.test").await, shown(world.exim(), "mail.b.test").await);
    assert_eq!(shown(world.https(), "www.a.test").await, shown(world.https(), "nobody.test").await);
    assert!(!world.path("data/certificates/a.test").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_configuration_test_fails_without_it_a_website_stays_as_it_is() {
    let world = started().await;
    let own = shown(world.https(), "a.test").await;
    // A host of the administrator's that uses the certificate.
    let file = world.path("tls/apache/certificates/a.test/current/combined.pem");
    let host = world.apache.vhost_dir().join("zz-admin.conf");
    let text = format!(
        "<VirtualHost {}>\n  ServerName admin.test\n  SSLEngine on\n  SSLCertificateFile {}\n</VirtualHost>\n",
        world.apache.https_address(),
        file.display()
    );
    fs::write(&host, text).unwrap();
    world.engine.remove_website("a.test").await.unwrap();
    world.run().await;
    let before = reloads(&world);
    world.clock.advance(DAY + 1);

    let run = world.run().await;

    let told = world.said(&run, "service_config_refused").await;
    assert!(told.len() == 1 && told[0].contains("a.test: not taken out of apache"), "{:#?}", world.log(&run).await);
    assert!(told[0].contains("nothing was changed") && told[0].contains("does not exist"), "{told:?}");
    assert_eq!((shown(world.https(), "a.test").await, reloads(&world)), (own, before));
    assert!(file.exists() && world.apache.vhost_dir().join("a.test.conf").exists());
    assert!(world.path("data/certificates/a.test/1/key.pem").exists());

    fs::remove_file(&host).unwrap();
    let run = world.run().await;
    assert_eq!(world.said(&run, "website_removed").await.len(), 1, "{:#?}", world.log(&run).await);
    assert_eq!(files_of(&world, "a.test"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_gets_rid_of_it_when_it_is_back() {
    let mut world = started().await;
    world.engine.remove_website("a.test").await.unwrap();
    world.run().await;
    world.clock.advance(DAY + 1);
    world.dovecot.as_mut().unwrap().stop().await.unwrap();
    let run = world.run().await;
    assert_eq!(world.said(&run, "service_down").await.len(), 1, "{:#?}", world.log(&run).await);
    assert!(world.path("data/certificates/a.test").exists(), "as long as a service has it");
    world.dovecot.as_mut().unwrap().restart().await.unwrap();
    let run = world.run().await;
    assert_eq!(world.said(&run, "website_removed").await.len(), 1, "{:#?}", world.log(&run).await);
    assert_eq!(files_of(&world, "a.test"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_website_of_the_servers_own_name_goes_clients_without_a_name_are_still_answered() {
    let plan = Plan::websites(&["a.test", "b.test"]).exim().configured(|config| {
        with_grace(config);
        config.services.hostname = Some("a.test".into());
    });
    let world = plan.start().await;
    world.run().await;
    let own = world.exim().shown(None).await.unwrap();
    assert_eq!(own, shown(world.exim(), "mail.a.test").await);
    world.engine.remove_website("a.test").await.unwrap();
    world.run().await;
    world.clock.advance(DAY + 1);
    let run = world.run().await;
    assert_eq!(world.said(&run, "website_removed").await.len(), 1, "{:#?}", world.log(&run).await);
    let fallback = world.exim().shown(None).await.unwrap();
    assert!(fallback != own && fallback == shown(world.exim(), "mail.a.test").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn uninstalled_every_service_is_as_it_was_before_and_starts_again() {
    let world = Plan::websites(&["a.test", "b.test"]).dovecot().exim().start().await;
    let before = (shown(world.https(), "a.test").await, shown(world.imap(), "mail.a.test").await);
    world.run().await;
    let own = all_shown(&world, "a.test").await;
    assert!(own[0] != before.0 && own[1] != before.1);
    let plan = world.engine.plan_uninstall().await;
    assert_eq!(plan.services.iter().map(|one| one.names.len()).collect::<Vec<_>>(), [8, 4, 4]);
    assert_eq!(plan.services[0].files.len(), 2);
    assert_eq!(all_shown(&world, "a.test").await, own, "a plan changes nothing");

    let done = world.engine.uninstall().await.unwrap().expect("no other process works on runs");

    assert!(done.len() == 3 && done.iter().all(|one| one.failure.is_none()), "{done:?}");
    let mut world = world;
    for _ in 0..2 {
        assert_eq!((shown(world.https(), "a.test").await, shown(world.imap(), "mail.a.test").await), before);
        assert_eq!(shown(world.exim(), "mail.a.test").await, shown(world.exim(), "nobody.test").await);
        world.apache.restart().await.unwrap();
        world.dovecot.as_mut().unwrap().restart().await.unwrap();
        world.exim.as_mut().unwrap().restart().await.unwrap();
    }
    assert!(!world.apache.vhost_dir().join("a.test.conf").exists());
    assert!(world.path("tls/apache/certificates/a.test/current/combined.pem").exists(), "whoever reads it can go on");
    let again = world.run().await;
    assert_eq!((again.counts.issued, again.counts.served), (0, 2), "a server that is started again brings it back");
    assert_eq!(all_shown(&world, "a.test").await, own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_a_broken_configuration_is_not_uninstalled_from_and_the_others_are() {
    let world = Plan::websites(&["a.test", "b.test"]).dovecot().start().await;
    world.run().await;
    let own = shown(world.https(), "a.test").await;
    let broken = world.apache.vhost_dir().join("zz-foreign.conf");
    fs::write(&broken, "NoSuchDirective\n").unwrap();
    let done = world.engine.uninstall().await.unwrap().expect("no other process works on runs");
    assert!(done[0].failure.as_ref().is_some_and(|why| why.contains("NoSuchDirective")), "{done:?}");
    assert!(done[1].failure.is_none(), "{done:?}");
    assert_eq!(shown(world.https(), "a.test").await, own);
    assert!(world.apache.vhost_dir().join("a.test.conf").exists());
    assert_ne!(shown(world.imap(), "mail.a.test").await, own);
}
