//! Account keys on disk, sealed; a key that is to replace another lies beside it until the provider has taken it.

use super::seal::Seal;
use super::{failed, make_dir, sync_dir, write_private};
use crate::error::{EngineError, EngineResult};
use crate::x509::KeyType;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Which of an account's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The one that the provider knows.
    Current,
    /// The one that it was or will be told to know instead.
    Next,
}

/// The keys of the accounts at providers, as PKCS#8 PEM.
#[derive(Clone, Debug)]
pub(crate) struct AccountKeys {
    dir: PathBuf,
    seal: Seal,
}

impl AccountKeys {
    pub(super) fn open(dir: &Path, seal: Seal) -> EngineResult<Self> {
        make_dir(dir)?;
        Ok(Self { dir: dir.to_owned(), seal })
    }

    /// Fetch a key, making it where there is none: it is on disk before the provider hears of it.
    pub(crate) fn fetch_or_make(&self, provider: &str, slot: Slot) -> EngineResult<String> {
        if let Some(pem) = self.find(provider, slot)? {
            return Ok(pem);
        }
        let pem = crate::x509::generate_key(KeyType::EcdsaP256).map_err(EngineError::Configuration)?;
        let sealed = self.seal.seal(&purpose(provider), pem.as_bytes())?;
        write_private(&self.path(provider, slot), &(BASE64_STANDARD.encode(sealed) + "\n"))?;
        sync_dir(&self.dir)?;
        Ok(pem)
    }

    /// Fetch a key; `None` where there is none.
    pub(crate) fn find(&self, provider: &str, slot: Slot) -> EngineResult<Option<String>> {
        let path = self.path(provider, slot);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("cannot read", &path)(error)),
        };
        let damaged = |reason: String| EngineError::Configuration(format!("{}: {reason}", path.display()));
        let sealed = BASE64_STANDARD.decode(text.trim()).map_err(|error| damaged(error.to_string()))?;
        let pem = self.seal.open_sealed(&purpose(provider), &sealed)?;
        String::from_utf8(pem).map(Some).map_err(|error| damaged(error.to_string()))
    }

    /// Let the next key take the place of the current one.
    pub(crate) fn promote(&self, provider: &str) -> EngineResult<()> {
        let (next, current) = (self.path(provider, Slot::Next), self.path(provider, Slot::Current));
        fs::rename(&next, &current).map_err(failed("cannot rename to", &current))?;
        sync_dir(&self.dir)
    }

    /// Forget a key.
    pub(crate) fn forget(&self, provider: &str, slot: Slot) -> EngineResult<()> {
        let path = self.path(provider, slot);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("cannot remove", &path)(error)),
            _ => sync_dir(&self.dir),
        }
    }

    fn path(&self, provider: &str, slot: Slot) -> PathBuf {
        let kind = match slot {
            Slot::Current => "key",
            Slot::Next => "next",
        };
        self.dir.join(format!("{provider}.{kind}"))
    }
}

fn purpose(provider: &str) -> String {
    format!("account key of {provider}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_key_is_kept_apart_until_it_takes_the_current_ones_place() {
        let dir = tempfile::tempdir().unwrap();
        let seal = Seal::open(&dir.path().join("secret.key")).unwrap();
        let keys = AccountKeys::open(&dir.path().join("accounts"), seal).unwrap();
        assert_eq!(keys.find("ca", Slot::Current).unwrap(), None);
        let current = keys.fetch_or_make("ca", Slot::Current).unwrap();
        assert_eq!(keys.fetch_or_make("ca", Slot::Current).unwrap(), current);
        let next = keys.fetch_or_make("ca", Slot::Next).unwrap();
        assert_ne!(next, current);
        assert_eq!(keys.find("ca", Slot::Current).unwrap().as_ref(), Some(&current));
        keys.promote("ca").unwrap();
        assert_eq!(keys.find("ca", Slot::Current).unwrap().as_ref(), Some(&next));
        assert_eq!(keys.find("ca", Slot::Next).unwrap(), None);
        keys.forget("ca", Slot::Current).unwrap();
        keys.forget("ca", Slot::Current).unwrap();
        assert_eq!(keys.find("ca", Slot::Current).unwrap(), None);
    }

    #[test]
    fn no_key_lies_in_the_clear_and_none_passes_for_another_providers() {
        let dir = tempfile::tempdir().unwrap();
        let seal = Seal::open(&dir.path().join("secret.key")).unwrap();
        let keys = AccountKeys::open(&dir.path().join("accounts"), seal).unwrap();
        keys.fetch_or_make("ca", Slot::Current).unwrap();
        let path = dir.path().join("accounts/ca.key");
        assert!(!fs::read_to_string(&path).unwrap().contains("PRIVATE"));
        fs::copy(&path, dir.path().join("accounts/other.key")).unwrap();
        assert!(keys.find("other", Slot::Current).is_err());
    }
}
