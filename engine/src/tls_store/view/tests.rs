//! A service's view of the store: names, modes, groups, what is removed.

use super::*;
use crate::tls_store::Place;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use tempfile::TempDir;

/// Only root can give files to a group that it is not in.
fn group() -> u32 {
    if rustix::process::geteuid().is_root() { 65_534 } else { rustix::process::getegid().as_raw() }
}

fn place(dir: &TempDir, hostname: Option<&str>) -> Place {
    Place::new(&dir.path().join("tls"), "exim", Access::group(Some(&group().to_string())), hostname)
}

fn pair<'a>(chain: &'a str, key: &'a str) -> Pair<'a> {
    Pair { chain, key }
}

fn text(dir: &TempDir, entry: &str) -> String {
    fs::read_to_string(dir.path().join("tls/exim/names").join(entry).join("combined.pem")).unwrap()
}

#[test]
fn every_name_leads_to_chain_and_key_and_a_renewal_is_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let view = place(&dir, None).open().unwrap();
    view.put("alice.test", 1.into(), pair("chain 1\n", "key 1\n"), None).unwrap();
    assert_eq!(view.current("alice.test").unwrap(), None, "it is not in place yet");
    view.set_current("alice.test", Some(1.into())).unwrap();
    for name in ["alice.test", "*.alice.test"] {
        view.assign(name, Some("alice.test")).unwrap();
    }
    assert_eq!(
        (text(&dir, "alice.test"), text(&dir, "_.alice.test")),
        ("chain 1\nkey 1\n".into(), text(&dir, "alice.test"))
    );
    let both =
        [("*.alice.test".to_owned(), "alice.test".to_owned()), ("alice.test".to_owned(), "alice.test".to_owned())];
    assert_eq!(view.names().unwrap(), both);

    view.put("alice.test", 2.into(), pair("chain 2\n", "key 2\n"), None).unwrap();
    assert_eq!(text(&dir, "alice.test"), "chain 1\nkey 1\n");
    view.set_current("alice.test", Some(2.into())).unwrap();
    assert_eq!(text(&dir, "_.alice.test"), "chain 2\nkey 2\n");
    let whole = fs::read_to_string(place(&dir, None).certificate_dir("alice.test").join("fullchain.pem")).unwrap();
    assert_eq!(whole, "chain 2\n");
}

#[test]
fn a_service_reads_its_own_view_and_nobody_elses() {
    let dir = tempfile::tempdir().unwrap();
    let view = place(&dir, None).open().unwrap();
    view.put("alice.test", 1.into(), pair("chain\n", "key\n"), None).unwrap();
    let root = dir.path().join("tls/exim");
    for (path, mode) in [
        ("", 0o750),
        ("names", 0o750),
        ("certificates/alice.test/1", 0o750),
        ("certificates/alice.test/1/key.pem", 0o640),
    ] {
        let metadata = fs::metadata(root.join(path)).unwrap();
        assert_eq!((metadata.permissions().mode() & 0o777, metadata.gid()), (mode, group()), "{path}");
    }
    assert_eq!(fs::metadata(dir.path().join("tls")).unwrap().permissions().mode() & 0o777, 0o711);
    let own = Place::new(&dir.path().join("tls"), "apache", Access::default(), None);
    own.open().unwrap().put("alice.test", 1.into(), pair("chain\n", "key\n"), None).unwrap();
    let key = dir.path().join("tls/apache/certificates/alice.test/1/key.pem");
    assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn names_that_nobody_has_get_the_servers_own_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let view = place(&dir, Some("server.alice.test")).open().unwrap();
    assert!(text(&dir, DEFAULT).contains("PRIVATE KEY"), "signed by itself, until there is another");
    let before = text(&dir, DEFAULT);
    assert_eq!(place(&dir, Some("server.alice.test")).open().map(|_| text(&dir, DEFAULT)).unwrap(), before);

    view.put("alice.test", 1.into(), pair("chain\n", "key\n"), None).unwrap();
    view.set_current("alice.test", Some(1.into())).unwrap();
    view.assign("*.alice.test", Some("alice.test")).unwrap();
    place(&dir, Some("server.alice.test")).open().unwrap();
    assert_eq!(text(&dir, DEFAULT), "chain\nkey\n");
}

#[test]
fn a_generation_that_somebody_damaged_is_written_again_and_old_ones_go() {
    let dir = tempfile::tempdir().unwrap();
    let view = place(&dir, None).open().unwrap();
    for generation in 1..=4_u32 {
        view.put("alice.test", generation.into(), pair("chain\n", "key\n"), None).unwrap();
    }
    let file = dir.path().join("tls/exim/certificates/alice.test/3/combined.pem");
    fs::write(&file, "garbage").unwrap();
    view.put("alice.test", 3.into(), pair("chain\n", "key\n"), None).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "chain\nkey\n");

    view.set_current("alice.test", Some(3.into())).unwrap();
    view.set_proved("alice.test", 3.into()).unwrap();
    assert_eq!(view.proved("alice.test").unwrap(), Some(3.into()));
    let entries = fs::read_dir(dir.path().join("tls/exim/certificates/alice.test")).unwrap();
    let mut left: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["2", "3", "4", "current", "proved"]);
}

#[test]
fn nothing_is_written_through_a_link_that_somebody_laid() {
    let dir = tempfile::tempdir().unwrap();
    let view = place(&dir, None).open().unwrap();
    let trap = dir.path().join("trap");
    fs::create_dir(&trap).unwrap();
    symlink(&trap, dir.path().join("tls/exim/certificates/alice.test")).unwrap();
    assert!(view.put("alice.test", 1.into(), pair("chain\n", "key\n"), None).is_err());
    symlink(&trap, dir.path().join("tls/nginx")).unwrap();
    assert!(Place::new(&dir.path().join("tls"), "nginx", Access::default(), None).open().is_err());
    assert_eq!(fs::read_dir(&trap).unwrap().count(), 0);
}

#[test]
fn certificates_that_are_set_aside_can_be_brought_back_or_discarded() {
    let dir = tempfile::tempdir().unwrap();
    let view = place(&dir, None).open().unwrap();
    for website in ["alice.test", "bob.test"] {
        view.put(website, 1.into(), pair("chain\n", "key\n"), None).unwrap();
        view.set_current(website, Some(1.into())).unwrap();
    }
    let file = dir.path().join("tls/exim/certificates/alice.test/current/combined.pem");
    view.set_aside("alice.test").unwrap();
    view.set_aside("alice.test").unwrap();
    assert!(!file.exists() && view.is_aside("alice.test"));
    assert_eq!(view.websites().unwrap(), ["alice.test", "bob.test"], "it is not forgotten");
    view.bring_back("alice.test").unwrap();
    assert!(file.exists() && !view.is_aside("alice.test"));
    view.set_aside("alice.test").unwrap();
    view.discard("alice.test").unwrap();
    assert_eq!(view.websites().unwrap(), ["bob.test"]);
}

#[test]
fn a_companion_comes_and_goes_with_its_certificate_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let view = place(&dir, None).open().unwrap();
    let both = Generation::new(1, Some(4));
    view.put("alice.test", 1.into(), pair("chain\n", "key\n"), None).unwrap();
    view.put("alice.test", both, pair("chain\n", "key\n"), Some(pair("rsa chain\n", "rsa key\n"))).unwrap();
    view.set_current("alice.test", Some(both)).unwrap();
    assert_eq!(view.current("alice.test").unwrap(), Some(both));
    let current = dir.path().join("tls/exim/certificates/alice.test/current");
    assert_eq!(fs::read_to_string(current.join("combined.pem")).unwrap(), "chain\nkey\n");
    assert_eq!(fs::read_to_string(current.join("combined-rsa.pem")).unwrap(), "rsa chain\nrsa key\n");
    assert_eq!(fs::metadata(current.join("key-rsa.pem")).unwrap().permissions().mode() & 0o777, 0o640);

    view.set_current("alice.test", Some(1.into())).unwrap();
    assert!(!current.join("combined-rsa.pem").exists() && current.join("combined.pem").exists());
}
