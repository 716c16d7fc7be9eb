//! Every protocol presents what was issued, and keeps on doing so.

use crate::world::{Plan, World, shown};
use engine::model::RunState;
use rig::Openssl;
use std::collections::HashSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

const WEBSITES: [&str; 6] = ["a.test", "b.test", "c.test", "d.test", "e.test", "f.test"];

async fn everything() -> World {
    Plan::websites(&WEBSITES).dovecot().exim().postfix().start().await
}

/// The doors of the mail services.
fn mail_doors(world: &World) -> Vec<Openssl> {
    let (dovecot, exim, postfix) =
        (world.dovecot.as_ref().unwrap(), world.exim.as_ref().unwrap(), world.postfix.as_ref().unwrap());
    vec![
        Openssl::tls(dovecot.imaps_address()),
        Openssl::starttls(dovecot.imap_address(), "imap"),
        Openssl::tls(exim.smtps_address()),
        Openssl::starttls(exim.smtp_address(), "smtp"),
        Openssl::tls(postfix.smtps_address()),
        Openssl::starttls(postfix.smtp_address(), "smtp"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_presents_each_website_with_its_own_certificate_before_and_after_a_renewal() {
    let world = everything().await;
    let mut seen = HashSet::new();
    for round in 0..2 {
        let run = if round == 0 { world.run().await } else { world.renew().await };
        assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 6), "{:#?}", world.log(&run).await);
        for website in WEBSITES {
            let root = world.issuer_root();
            let own = world.https().verified(&format!("www.{website}"), &root).await.unwrap();
            for door in mail_doors(&world) {
                for name in [format!("mail.{website}"), format!("IMAP.{website}")] {
                    assert_eq!(door.verified(&name, &root).await.unwrap(), own, "{name} at {door:?}");
                }
            }
            assert!(seen.insert(own), "{website} has a certificate of its own, and another one after the renewal");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_services_present_mail_names_only_and_each_reads_only_its_own_files() {
    let world = everything().await;
    world.run().await;
    for door in mail_doors(&world) {
        assert_eq!(shown(door, "a.test").await, shown(door, "nobody.test").await, "{door:?}");
    }
    let names = |service: &str| {
        let entries = std::fs::read_dir(world.path(&format!("tls/{service}/names"))).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<HashSet<_>>()
    };
    assert!(names("apache").contains("www.a.test") && names("apache").contains("mail.a.test"));
    assert!(names("exim").contains("imap.a.test") && !names("exim").contains("www.a.test"));
    assert_eq!(names("exim").len(), 13, "two names of each website, and the one for the rest");

    let metadata = |path: &str| std::fs::metadata(world.path(path)).unwrap();
    let exims = metadata("tls/exim/names/mail.a.test/key.pem");
    assert_eq!((exims.uid(), exims.permissions().mode() & 0o777), (0, 0o640));
    assert_eq!(exims.gid(), metadata("exim/spool").gid(), "Exim's own group");
    assert_eq!(metadata("tls/dovecot/names/mail.a.test/key.pem").permissions().mode() & 0o777, 0o600);
    assert_eq!(metadata("tls/dovecot").permissions().mode() & 0o777, 0o700);
    let table = metadata("postfix/conf/autossl_sni.db");
    assert_eq!(table.permissions().mode() & 0o777, 0o600, "Postfix's table holds private keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_which_nothing_is_new_reloads_nothing() {
    let world = everything().await;
    world.run().await;
    let reloads = |world: &World| {
        let dovecot = world.dovecot.as_ref().unwrap().log().unwrap().matches("SIGHUP received").count();
        (dovecot, world.apache.log().unwrap().matches("Doing graceful restart").count())
    };
    let before = reloads(&world);
    assert_eq!(before, (1, 1), "one reload for six websites");
    let quiet = world.run().await;
    assert_eq!((quiet.counts.kept, quiet.counts.served), (6, 0));
    assert_eq!(reloads(&world), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_switched_on_later_gets_what_is_there() {
    let mut world = Plan::websites(&["a.test", "b.test"]).dovecot().configured(|_| {}).start().await;
    world.reconfigure(|config| config.services.dovecot = None).await;
    world.run().await;
    let orders = world.orders();
    let default = shown(world.imap(), "mail.a.test").await;

    world.reconfigure(|_| {}).await;
    let run = world.run().await;

    assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 0), "{:#?}", world.log(&run).await);
    assert_ne!(shown(world.imap(), "mail.a.test").await, default);
    assert_eq!(shown(world.imap(), "mail.b.test").await, shown(world.https(), "b.test").await);
    assert_eq!(world.orders(), orders);
}
