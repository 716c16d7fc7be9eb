//! Paths that others laid traps in, and files that belong to others: the old certificate stays, and nothing is written elsewhere.

use crate::world::{Plan, World, shown};
use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};

const SOMEBODY: u32 = 65_534;

/// A directory into which nothing may be written.
fn trap(world: &World) -> PathBuf {
    let trap = world.path("trap");
    fs::create_dir(&trap).unwrap();
    trap
}

fn is_empty(dir: &Path) -> bool {
    fs::read_dir(dir).unwrap().next().is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_place_of_the_files_of_a_website_leads_nowhere() {
    let world = Plan::websites(&["a.test", "b.test"]).exim().start().await;
    let trap = trap(&world);
    fs::create_dir_all(world.path("tls/exim/certificates")).unwrap();
    symlink(&trap, world.path("tls/exim/certificates/a.test")).unwrap();

    let run = world.run().await;

    let told = world.said(&run, "install_refused").await;
    assert_eq!(told.len(), 1, "{:#?}", world.log(&run).await);
    assert!(told[0].contains("a.test: not served by exim"), "{told:?}");
    assert!(is_empty(&trap));
    assert_eq!(
        shown(world.exim(), "mail.b.test").await,
        shown(world.https(), "b.test").await,
        "b.test is not concerned"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_somebody_else_owns_is_not_written_to() {
    let world = Plan::websites(&["a.test"]).dovecot().start().await;
    world.run().await;
    let before = (shown(world.imap(), "mail.a.test").await, shown(world.https(), "a.test").await);
    chown(world.path("dovecot"), Some(SOMEBODY), None).unwrap();
    chown(world.apache.vhost_dir(), Some(SOMEBODY), None).unwrap();

    let run = world.renew().await;

    let told = world.said(&run, "install_refused").await;
    assert_eq!(told.len(), 2, "{:#?}", world.log(&run).await);
    assert!(told.iter().all(|line| line.contains("belongs to user 65534, who could lead us elsewhere")), "{told:?}");
    assert_eq!((shown(world.imap(), "mail.a.test").await, shown(world.https(), "a.test").await), before);

    chown(world.path("dovecot"), Some(0), None).unwrap();
    chown(world.apache.vhost_dir(), Some(0), None).unwrap();
    assert_eq!(world.run().await.counts.served, 1);
    assert_eq!(shown(world.imap(), "mail.a.test").await, shown(world.https(), "a.test").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_somebody_elses_on_the_way_to_the_store_is_not_followed() {
    let world = Plan::websites(&["a.test"]).exim().start().await;
    let trap = trap(&world);
    fs::remove_dir_all(world.path("tls")).ok();
    symlink(&trap, world.path("tls")).unwrap();
    std::os::unix::fs::lchown(world.path("tls"), Some(SOMEBODY), None).unwrap();

    let run = world.run().await;

    let told = world.said(&run, "install_refused").await;
    assert_eq!(told.len(), 2, "{:#?}", world.log(&run).await);
    assert!(told[0].contains("tls is a symbolic link of user 65534"), "{told:?}");
    assert!(is_empty(&trap));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_place_of_a_configuration_file_is_not_written_through() {
    let world = Plan::websites(&["a.test"]).dovecot().start().await;
    fs::write(world.path("secret"), "secret").unwrap();
    symlink(world.path("secret"), world.dovecot.as_ref().unwrap().include()).unwrap();

    let run = world.run().await;

    let told = world.said(&run, "install_refused").await;
    assert!(told[0].contains("autossl.conf is a symbolic link"), "{told:?}");
    assert_eq!(fs::read_to_string(world.path("secret")).unwrap(), "secret");
    assert_eq!(run.counts.failed, 1);
}
