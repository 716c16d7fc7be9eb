//! The way to files that others cannot lead elsewhere.

use super::*;
use std::os::unix::fs::{PermissionsExt, chown, symlink};

const SOMEBODY: u32 = 65_534;

fn make(path: &Path, mode: u32) {
    std::fs::create_dir(path).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn a_directory_of_our_own_is_opened_also_through_a_link_of_our_own() {
    let dir = tempfile::tempdir().unwrap();
    make(&dir.path().join("real"), 0o755);
    symlink("real", dir.path().join("link")).unwrap();
    SafeDir::open(&dir.path().join("link")).unwrap().write_new("file", b"text", None, 0o640).unwrap();
    assert_eq!(std::fs::read(dir.path().join("real/file")).unwrap(), b"text");
    let mode = std::fs::metadata(dir.path().join("real/file")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_path_that_others_could_lead_elsewhere_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let reason = |path: &Path| SafeDir::open(path).unwrap_err().to_string();
    make(&dir.path().join("open"), 0o777);
    make(&dir.path().join("open/inner"), 0o755);
    assert!(reason(&dir.path().join("open/inner")).starts_with("open can be changed by others"));
    make(&dir.path().join("sticky"), 0o1777);
    SafeDir::open(&dir.path().join("sticky")).unwrap();
    if !rustix::process::geteuid().is_root() {
        return;
    }
    make(&dir.path().join("theirs"), 0o755);
    chown(dir.path().join("theirs"), Some(SOMEBODY), None).unwrap();
    assert!(reason(&dir.path().join("theirs")).starts_with("theirs belongs to user 65534"));
    symlink("/etc", dir.path().join("sticky/trap")).unwrap();
    std::os::unix::fs::lchown(dir.path().join("sticky/trap"), Some(SOMEBODY), None).unwrap();
    assert_eq!(reason(&dir.path().join("sticky/trap")), "trap is a symbolic link of user 65534");
}

#[test]
fn a_file_is_never_read_or_written_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("secret"), "secret").unwrap();
    symlink(dir.path().join("secret"), dir.path().join("link")).unwrap();
    let safe = SafeDir::open(dir.path()).unwrap();
    assert_eq!(safe.read("link").unwrap_err().to_string(), "link is a symbolic link");
    assert!(safe.write_new("link", b"text", None, 0o600).is_err());
    assert_eq!(std::fs::read(dir.path().join("secret")).unwrap(), b"secret");
    assert_eq!(safe.read("missing").unwrap(), None);
}
