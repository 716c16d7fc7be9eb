//! Whom a web server's workers run as, and that they can reach what they serve. Matters only when the rig runs as root.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// Accounts that distributions give to Apache, the most telling first.
const ACCOUNTS: &[&str] = &["www-data", "apache", "http", "httpd", "nobody"];

/// An account without privileges.
pub(crate) struct Account {
    /// Its name.
    pub(crate) name: &'static str,
    /// The number of its group.
    pub(crate) group: u32,
    /// Its own number.
    user: u32,
}

/// Find whom workers run as, if files that this process makes belong to root, as `own_file` does.
pub(crate) fn unprivileged(own_file: &Path) -> Result<Option<Account>> {
    let owner = fs::metadata(own_file).with_context(|| format!("cannot look at {}", own_file.display()))?.uid();
    if owner != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    for name in ACCOUNTS {
        let fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let number = |fields: &[&str], index: usize| fields.get(index).and_then(|field| field.parse().ok());
        let mut own = fields.filter(|fields| fields.first() == Some(name));
        let numbers = own.find_map(|fields| Some((number(&fields, 2)?, number(&fields, 3)?)));
        if let Some((user, group)) = numbers {
            return Ok(Some(Account { name, group, user }));
        }
    }
    bail!("a web server must not serve as root, and none of the accounts {} exists", ACCOUNTS.join(", "))
}

/// Give `directory` and all below it to an account, so that its workers can write there.
pub(crate) fn give(directory: &Path, account: &Account) -> Result<()> {
    chown(directory, Some(account.user), Some(account.group))
        .with_context(|| format!("cannot give {} to {}", directory.display(), account.name))?;
    if directory.is_dir() {
        entries(directory)?.iter().try_for_each(|entry| give(entry, account))?;
    }
    Ok(())
}

/// Let everybody read `directory` and all below it, and pass through the temporary directories above it.
///
/// Directories above it elsewhere (a home, say) are never changed: they are named in the error instead.
pub(crate) fn let_everybody_read(directory: &Path) -> Result<()> {
    let temporary =
        [env::temp_dir(), "/tmp".into(), "/var/tmp".into()].map(|folder| folder.canonicalize().unwrap_or(folder));
    for above in directory.ancestors().skip(1) {
        let mode = mode(above)?;
        if mode & 0o001 != 0 {
            continue;
        }
        if !temporary.iter().any(|folder| above.starts_with(folder) && above != folder) {
            bail!(
                "the web server's workers cannot pass {}, so they cannot serve files below it: use a directory elsewhere",
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
    entries(path)?.iter().try_for_each(|entry| open_tree(entry))
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?.permissions().mode() & 0o7777)
}

fn change(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot make {} readable for the web server's workers", path.display()))
}
