//! Whom Apache's workers run as, and that they can reach what they serve. Matters only when the rig runs as root.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// Accounts that distributions give to Apache, the most telling first.
const ACCOUNTS: &[&str] = &["www-data", "apache", "http", "httpd", "nobody"];

/// Return the `User` and `Group` lines if files that this process makes belong to root, as `own_file` does.
pub(super) fn directives(own_file: &Path) -> Result<Option<String>> {
    let owner = fs::metadata(own_file).with_context(|| format!("cannot look at {}", own_file.display()))?.uid();
    if owner != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    for name in ACCOUNTS {
        let fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let group = fields.filter(|fields| fields.first() == Some(name)).find_map(|fields| fields.get(3).copied());
        if let Some(group) = group {
            return Ok(Some(format!("User {name}\nGroup #{group}\n")));
        }
    }
    bail!("apache must not serve as root, and none of the accounts {} exists", ACCOUNTS.join(", "))
}

/// Let everybody read `directory` and all below it, and pass through the temporary directories above it.
///
/// Directories above it elsewhere (a home, say) are never changed: they are named in the error instead.
pub(super) fn let_everybody_read(directory: &Path) -> Result<()> {
    let temporary =
        [env::temp_dir(), "/tmp".into(), "/var/tmp".into()].map(|folder| folder.canonicalize().unwrap_or(folder));
    for above in directory.ancestors().skip(1) {
        let mode = mode(above)?;
        if mode & 0o001 != 0 {
            continue;
        }
        if !temporary.iter().any(|folder| above.starts_with(folder) && above != folder) {
            bail!(
                "apache's workers cannot pass {}, so they cannot serve files below it: use a directory elsewhere",
                above.display()
            );
        }
        change(above, mode | 0o001)?;
    }
    open_tree(directory)
}

fn open_tree(path: &Path) -> Result<()> {
    if !path.is_dir() {
        return change(path, 0o644);
    }
    change(path, 0o755)?;
    let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    let entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.iter().try_for_each(|entry| open_tree(entry))
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?.permissions().mode() & 0o7777)
}

fn change(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot make {} readable for apache's workers", path.display()))
}
