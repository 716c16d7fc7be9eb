//! What a service must never get, and what it does not take.

use crate::world::{Plan, World, shown};
use engine::model::RunState;
use std::fs;

/// Put another key beside the newest certificate of a website, as a broken disk or a restored backup might.
fn swap_key(world: &World, website: &str, other: &str) {
    let newest = |website: &str| {
        let dir = world.path("data/certificates").join(website);
        let entries = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        dir.join(entries.filter_map(|name| name.parse::<u32>().ok()).max().unwrap().to_string())
    };
    fs::copy(newest(other).join("key.pem"), newest(website).join("key.pem")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_does_not_belong_together_never_reaches_a_daemon() {
    let mut world = Plan::websites(&["a.test", "b.test"]).dovecot().exim().start().await;
    world.run().await;
    let before = (shown(world.imap(), "mail.a.test").await, shown(world.exim(), "mail.a.test").await);
    world.dovecot.as_mut().unwrap().stop().await.unwrap();
    world.exim.as_mut().unwrap().stop().await.unwrap();
    world.renew().await;
    swap_key(&world, "a.test", "b.test");
    world.dovecot.as_mut().unwrap().restart().await.unwrap();
    world.exim.as_mut().unwrap().restart().await.unwrap();

    let run = world.run().await;

    let told = world.said(&run, "install_refused").await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("the certificate of a.test was not installed: it was issued for another private key"),
        "{told:?}"
    );
    assert_eq!((shown(world.imap(), "mail.a.test").await, shown(world.exim(), "mail.a.test").await), before);
    for service in ["dovecot", "exim"] {
        assert!(!world.path(&format!("tls/{service}/certificates/a.test/2")).exists(), "{service} has no such files");
    }
    assert_eq!(shown(world.imap(), "mail.b.test").await, shown(world.https(), "b.test").await, "b.test is caught up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_was_broken_before_is_left_alone_and_caught_up_later() {
    let world = Plan::websites(&["a.test"]).dovecot().start().await;
    world.run().await;
    let before = shown(world.imap(), "mail.a.test").await;
    let include = world.dovecot.as_ref().unwrap().include();
    let text = fs::read_to_string(&include).unwrap();
    let config = world.path("dovecot/dovecot.conf");
    let whole = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{whole}no_such_setting = yes\n")).unwrap();

    let run = world.renew().await;

    let told = world.said(&run, "service_config_broken").await;
    assert!(told[0].contains("no_such_setting"), "{told:?}");
    assert_eq!(fs::read_to_string(&include).unwrap(), text);
    assert_eq!(shown(world.imap(), "mail.a.test").await, before);
    assert_ne!(shown(world.https(), "a.test").await, before, "Apache has the new one");

    fs::write(&config, whole).unwrap();
    let again = world.run().await;
    assert_eq!((again.state, again.counts.issued, again.counts.served), (RunState::Succeeded, 0, 1));
    assert_eq!(shown(world.imap(), "mail.a.test").await, shown(world.https(), "a.test").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn websites_that_a_configuration_test_refuses_are_found_among_many() {
    let domains = ["a.test", "bad1.test", "c.test", "d.test", "bad2.test", "f.test", "g.test"];
    let world = Plan::websites(&domains).configured(|config| {
        let Some(apache) = &mut config.apache else { return };
        // Apache's own test, and one more rule.
        let (folder, own) = (apache.vhost_dir.display().to_string(), apache.test.join(" "));
        let count =
            format!("echo . >> {folder}/tests; ! grep -q 'ServerName bad' {folder}/*.conf 2>/dev/null && {own}");
        apache.test = vec!["sh".into(), "-c".into(), count];
    });
    let world = world.start().await;
    let default = shown(world.https(), "nobody.test").await;

    let run = world.run().await;

    assert_eq!((run.counts.served, run.counts.failed), (5, 2), "{:#?}", world.log(&run).await);
    assert_eq!(world.said(&run, "service_config_refused").await.len(), 2);
    for domain in domains {
        assert_eq!(shown(world.https(), domain).await == default, domain.starts_with("bad"), "{domain}");
    }
    assert!(!world.apache.vhost_dir().join("bad1.test.conf").exists());
    assert!(!world.path("tls/apache/names/bad1.test").exists());
    let tests = fs::read_to_string(world.apache.vhost_dir().join("tests")).unwrap().lines().count();
    assert!(tests <= 13, "{tests} tests");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_wrote_into_our_files_is_written_over_and_serves_nobody() {
    let world = Plan::websites(&["a.test", "b.test"]).dovecot().start().await;
    world.run().await;
    let include = world.dovecot.as_ref().unwrap().include();
    fs::write(&include, "local_name mail.a.test {\n  ssl_cert = </etc/nothing\n").unwrap();
    let vhost = world.apache.vhost_dir().join("a.test.conf");
    fs::write(&vhost, "garbage\n").unwrap();

    let run = world.renew().await;

    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 2), "{:#?}", world.log(&run).await);
    assert_eq!(shown(world.imap(), "mail.a.test").await, shown(world.https(), "a.test").await);
    assert_eq!(shown(world.imap(), "mail.b.test").await, shown(world.https(), "b.test").await);
}
