//! The certificate store on disk: account keys, keys of jobs, and one generation for each certificate.
//!
//! ```text
//! secret.key                                    what secrets at rest are sealed with
//! accounts/<provider>.key                       an account's key, sealed
//! accounts/<provider>.next                      the key that is taking its place, sealed
//! jobs/<job>.pem                                a certificate's key, from before the order until the certificate is written
//! certificates/<website>/<generation>/          combined.pem (chain, then key), fullchain.pem, key.pem
//! certificates/<website>/current -> <generation>
//! certificates/<website>+rsa/…                   the same for its companion, the certificate with an RSA key beside it
//! ```
//!
//! Files are made with mode 0600 in directories with mode 0700, complete and on disk before a rename makes them visible.

mod accounts;
mod seal;

pub(crate) use accounts::{AccountKeys, Slot};
pub(crate) use seal::Seal;

use crate::error::{EngineError, EngineResult};
use crate::store::JobId;
use crate::x509::KeyType;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// The certificate store.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    root: PathBuf,
    /// The keys of accounts.
    pub(crate) accounts: AccountKeys,
    /// What secrets in the database are sealed with.
    pub(crate) seal: Seal,
}

impl Vault {
    /// Open the store, making its directories.
    pub(crate) fn open(data_dir: &Path) -> EngineResult<Self> {
        // Services read through absolute paths, whatever directory the server was started in.
        let root = fs::canonicalize(data_dir).map_err(failed("cannot open", data_dir))?;
        for part in ["jobs", "certificates"] {
            make_dir(&root.join(part))?;
        }
        let seal = Seal::open(&root.join("secret.key"))?;
        let accounts = AccountKeys::open(&root.join("accounts"), seal.clone())?;
        Ok(Self { root, accounts, seal })
    }

    /// Fetch the private key of a job's certificate as PKCS#8 PEM, making one of this kind where there is none.
    pub(crate) fn job_key(&self, job: JobId, kind: KeyType) -> EngineResult<String> {
        let path = self.job_path(job);
        match fs::read_to_string(&path) {
            Ok(pem) => Ok(pem),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pem = crate::x509::generate_key(kind).map_err(EngineError::Configuration)?;
                write_private(&path, &pem)?;
                sync_dir(&self.root.join("jobs"))?;
                Ok(pem)
            }
            Err(error) => Err(failed("cannot read", &path)(error)),
        }
    }

    /// Forget a job's key; its certificate's generation holds it.
    pub(crate) fn remove_job_key(&self, job: JobId) -> EngineResult<()> {
        let path = self.job_path(job);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("cannot remove", &path)(error)),
            _ => Ok(()),
        }
    }

    /// Write a certificate as a new generation and tell its number. It is not active yet.
    pub(crate) fn write_generation(&self, website: &str, chain_pem: &str, key_pem: &str) -> EngineResult<u32> {
        let dir = self.website_dir(website);
        make_dir(&dir)?;
        let generation = 1 + self.generations(website)?.last().copied().unwrap_or(0);
        let building = dir.join("building");
        let _ = fs::remove_dir_all(&building);
        make_dir(&building)?;
        let combined = format!("{}\n{}", chain_pem.trim_end(), key_pem);
        for (name, text) in [("fullchain.pem", chain_pem), ("key.pem", key_pem), ("combined.pem", combined.as_str())] {
            write_private(&building.join(name), text)?;
        }
        sync_dir(&building)?;
        let target = dir.join(generation.to_string());
        fs::rename(&building, &target).map_err(failed("cannot rename to", &target))?;
        sync_dir(&dir)?;
        Ok(generation)
    }

    /// Make a generation the active one, in one step, and tell which one was active before.
    pub(crate) fn activate(&self, website: &str, generation: u32) -> EngineResult<Option<u32>> {
        let dir = self.website_dir(website);
        let previous = self.active(website);
        let next = dir.join("next");
        let _ = fs::remove_file(&next);
        symlink(generation.to_string(), &next).map_err(failed("cannot link", &next))?;
        let current = dir.join("current");
        fs::rename(&next, &current).map_err(failed("cannot rename to", &current))?;
        sync_dir(&dir)?;
        Ok(previous)
    }

    /// Tell which generation is active.
    pub(crate) fn active(&self, website: &str) -> Option<u32> {
        fs::read_link(self.website_dir(website).join("current")).ok()?.to_str()?.parse().ok()
    }

    /// Remove what no service can go back to: the generations older than the one before the active one, or before the newest where
    /// none is active.
    pub(crate) fn prune(&self, website: &str) -> EngineResult<()> {
        let generations = self.generations(website)?;
        let Some(counts) = self.active(website).or(generations.last().copied()) else { return Ok(()) };
        let older: Vec<u32> = generations.into_iter().filter(|generation| *generation < counts).collect();
        let Some((_before, gone)) = older.split_last() else { return Ok(()) };
        for generation in gone {
            let dir = self.website_dir(website).join(generation.to_string());
            fs::remove_dir_all(&dir).map_err(failed("cannot remove", &dir))?;
        }
        Ok(())
    }

    /// List the websites that have generations, sorted.
    pub(crate) fn websites(&self) -> EngineResult<Vec<String>> {
        let dir = self.root.join("certificates");
        let entries = fs::read_dir(&dir).map_err(failed("cannot read", &dir))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let website = |name: String| name.strip_suffix(COMPANION_SHELF).unwrap_or(&name).replace('_', "*");
        let mut websites: Vec<String> = names.map(website).collect();
        websites.sort_unstable();
        websites.dedup();
        Ok(websites)
    }

    /// Remove all generations of a website's and of its companion's with their keys; there may be none.
    pub(crate) fn remove(&self, website: &str) -> EngineResult<()> {
        for dir in [self.website_dir(website), self.website_dir(&companion_shelf(website))] {
            match fs::remove_dir_all(&dir) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("cannot remove", &dir)(error));
                }
                _ => {}
            }
        }
        sync_dir(&self.root.join("certificates"))
    }

    /// Name the directory of a website's generations.
    pub(crate) fn shelf(&self, website: &str) -> PathBuf {
        self.website_dir(website)
    }

    /// Read the chain and the key of a generation.
    pub(crate) fn read(&self, website: &str, generation: u32) -> EngineResult<(String, String)> {
        let dir = self.website_dir(website).join(generation.to_string());
        let read = |name: &str| {
            let path = dir.join(name);
            fs::read_to_string(&path).map_err(failed("cannot read", &path))
        };
        Ok((read("fullchain.pem")?, read("key.pem")?))
    }

    /// Read the chain of a generation, without a look at its key.
    pub(crate) fn chain(&self, website: &str, generation: u32) -> EngineResult<String> {
        let path = self.website_dir(website).join(generation.to_string()).join("fullchain.pem");
        fs::read_to_string(&path).map_err(failed("cannot read", &path))
    }

    fn generations(&self, website: &str) -> EngineResult<Vec<u32>> {
        let dir = self.website_dir(website);
        let entries = fs::read_dir(&dir).map_err(failed("cannot read", &dir))?;
        let mut numbers: Vec<u32> =
            entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    // A name has no slash and, once checked, no underscore: `_` can stand for the star.
    fn website_dir(&self, website: &str) -> PathBuf {
        self.root.join("certificates").join(website.replace('*', "_"))
    }

    fn job_path(&self, job: JobId) -> PathBuf {
        self.root.join("jobs").join(format!("{}.pem", job.0))
    }
}

/// How the names of companions' shelves end: no name has a plus.
const COMPANION_SHELF: &str = "+rsa";

/// Name the shelf of a website's companion.
pub(crate) fn companion_shelf(website: &str) -> String {
    format!("{website}{COMPANION_SHELF}")
}

/// Write a file with mode 0600 so that it is complete and on disk, or not there.
pub(crate) fn write_private(path: &Path, text: &str) -> EngineResult<()> {
    write_whole(path, text, 0o600)
}

/// Replace a file with one of this mode so that readers see the old text or the new, never a part.
pub(crate) fn write_whole(path: &Path, text: &str, mode: u32) -> EngineResult<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let write = || {
        let _ = fs::remove_file(&temporary);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(failed("cannot write", path))
}

fn make_dir(path: &Path) -> EngineResult<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("cannot create directory", path))
}

fn sync_dir(path: &Path) -> EngineResult<()> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(failed("cannot sync", path))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| EngineError::File { action, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn vault() -> (tempfile::TempDir, Vault) {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        (dir, vault)
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let (dir, vault) = vault();
        let key = vault.job_key(JobId(7), KeyType::EcdsaP256).unwrap();
        assert_eq!(vault.job_key(JobId(7), KeyType::Rsa2048).unwrap(), key);
        let mode = fs::metadata(dir.path().join("jobs/7.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_generation_becomes_active_in_one_step_and_the_old_one_stays() {
        let (dir, vault) = vault();
        let active = || fs::read_to_string(dir.path().join("certificates/alice.test/current/combined.pem")).unwrap();
        let first = vault.write_generation("alice.test", "chain 1\n", "key 1\n").unwrap();
        assert_eq!(vault.active("alice.test"), None);
        assert_eq!(vault.activate("alice.test", first).unwrap(), None);
        let second = vault.write_generation("alice.test", "chain 2\n", "key 2\n").unwrap();
        assert_eq!(vault.activate("alice.test", second).unwrap(), Some(first));
        assert_eq!(active(), "chain 2\nkey 2\n");
        assert_eq!(vault.read("alice.test", first).unwrap(), ("chain 1\n".into(), "key 1\n".into()));
        vault.activate("alice.test", first).unwrap();
        assert_eq!(active(), "chain 1\nkey 1\n");
    }

    #[test]
    fn the_active_generation_and_the_one_before_it_are_kept_and_what_is_newer() {
        let (_dir, vault) = vault();
        for number in 1..=5 {
            assert_eq!(vault.write_generation("alice.test", "chain\n", "key\n").unwrap(), number);
        }
        vault.activate("alice.test", 4).unwrap();
        vault.prune("alice.test").unwrap();
        assert_eq!(vault.generations("alice.test").unwrap(), [3, 4, 5]);
        vault.prune("alice.test").unwrap();
        assert_eq!(vault.generations("alice.test").unwrap(), [3, 4, 5]);
        fs::remove_file(vault.website_dir("alice.test").join("current")).unwrap();
        vault.prune("alice.test").unwrap();
        assert_eq!(vault.generations("alice.test").unwrap(), [4, 5]);
        assert_eq!(
            vault.write_generation("alice.test", "chain\n", "key\n").unwrap(),
            6,
            "numbers are never given twice"
        );
    }

    #[test]
    fn a_generation_left_half_written_by_a_crash_is_not_one() {
        let (dir, vault) = vault();
        fs::create_dir_all(dir.path().join("certificates/alice.test/building")).unwrap();
        assert_eq!(vault.write_generation("alice.test", "chain\n", "key\n").unwrap(), 1);
    }
}
