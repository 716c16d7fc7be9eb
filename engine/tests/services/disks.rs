//! Disks that are full or read-only: the old certificate stays, and the new one is brought there when there is room.

use crate::world::{Plan, World, shown};
use engine::model::RunState;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system of its own, gone when it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: &Path) -> Self {
        std::fs::create_dir_all(path).unwrap();
        run(Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs"]).arg(path));
        Self(path.to_owned())
    }

    /// Leave no room at all.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        // Piece by piece: more at once may be refused while there is room for less.
        let full = (0..1_000).find_map(|_| file.write_all(&[0; 4_096]).err());
        assert_eq!(full.unwrap().kind(), std::io::ErrorKind::StorageFull);
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }

    fn remount(&self, how: &str) {
        run(Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("-l").arg(&self.0));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn presented(world: &World) -> [Vec<u8>; 3] {
    [
        shown(world.https(), "a.test").await,
        shown(world.imap(), "mail.a.test").await,
        shown(world.exim(), "mail.a.test").await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_the_old_certificate_is_served_until_there_is_room() {
    let world = Plan::websites(&["a.test"]).dovecot().exim().start().await;
    let disk = Disk::mount(&world.path("tls"));
    world.run().await;
    let before = presented(&world).await;
    disk.fill();

    let run = world.renew().await;

    let told = world.said(&run, "install_refused").await;
    assert_eq!(told.len(), 3, "{:#?}", world.log(&run).await);
    assert!(told.iter().all(|line| line.contains("No space left on device")), "{told:?}");
    assert_eq!(presented(&world).await, before);

    disk.empty();
    let again = world.run().await;
    assert_eq!((again.state, again.counts.issued), (RunState::Succeeded, 0), "{:#?}", world.log(&again).await);
    let after = presented(&world).await;
    assert!(after[0] != before[0] && after[1] == after[0] && after[2] == after[0]);
    drop(disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_read_only_disk_the_old_certificate_is_served_until_it_can_be_written() {
    let world = Plan::websites(&["a.test"]).dovecot().exim().start().await;
    let disk = Disk::mount(&world.path("tls"));
    world.run().await;
    let before = presented(&world).await;
    disk.remount("ro");

    let run = world.renew().await;

    let told = world.said(&run, "install_refused").await;
    assert!(told.len() == 3 && told.iter().all(|line| line.contains("Read-only file system")), "{told:?}");
    assert_eq!(presented(&world).await, before);

    disk.remount("rw");
    assert_eq!(world.run().await.counts.served, 1);
    assert_ne!(presented(&world).await, before);
    drop(disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_configuration_files_changes_none_of_them() {
    let world = Plan::websites(&["a.test", "b.test"]).start().await;
    let disk = Disk::mount(world.apache.vhost_dir());
    world.run().await;
    let texts = || {
        let entries = std::fs::read_dir(world.apache.vhost_dir()).unwrap().map(|entry| entry.unwrap().path());
        let mut texts: Vec<_> = entries
            .filter(|path| path.extension().is_some())
            .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
            .collect();
        texts.sort();
        texts
    };
    let before = texts();
    // Another text than that in place has to be written.
    for (path, text) in &before {
        std::fs::write(path, format!("{text}# an administrator's remark\n")).unwrap();
    }
    let edited = texts();
    let shown_before = shown(world.https(), "a.test").await;
    disk.fill();

    let run = world.renew().await;

    assert_eq!(world.said(&run, "install_refused").await.len(), 2, "{:#?}", world.log(&run).await);
    assert_eq!(texts(), edited);
    assert_eq!(shown(world.https(), "a.test").await, shown_before);
    disk.empty();
    assert_eq!(world.run().await.counts.served, 2);
    assert_eq!(texts(), before);
    drop(disk);
}
