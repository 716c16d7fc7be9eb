//! Secrets at rest: sealed with AES-256-GCM under a key of this server.
//!
//! A copied database or a copied account file is of no use without the server's key, which lies in a file of its own.

use super::{failed, sync_dir, write_private};
use crate::error::{EngineError, EngineResult};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

const KEY_BYTES: usize = 32;

/// Seals secrets and opens them again.
#[derive(Clone)]
pub(crate) struct Seal(Arc<RandomizedNonceKey>);

impl std::fmt::Debug for Seal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Seal")
    }
}

impl Seal {
    /// Read the server's key from its file, making it where there is none.
    pub(crate) fn open(path: &Path) -> EngineResult<Self> {
        let refuse = |reason: &str| EngineError::Configuration(format!("the key in {}: {reason}", path.display()));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; KEY_BYTES];
                aws_lc_rs::rand::fill(&mut key).map_err(|_| refuse("no random numbers"))?;
                let text = BASE64_STANDARD.encode(key) + "\n";
                write_private(path, &text)?;
                path.parent().map_or(Ok(()), sync_dir)?;
                text
            }
            Err(error) => return Err(failed("cannot read", path)(error)),
        };
        let key = BASE64_STANDARD.decode(text.trim()).map_err(|error| refuse(&error.to_string()))?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(|_| refuse("it is not 32 bytes in base64"))?;
        Ok(Self(Arc::new(key)))
    }

    /// Seal a secret. It opens only for the same purpose, so that no secret can stand in for another.
    pub(crate) fn seal(&self, purpose: &str, secret: &[u8]) -> EngineResult<Vec<u8>> {
        let mut text = secret.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(purpose), &mut text)
            .map_err(|_| EngineError::Configuration(format!("cannot seal the {purpose}")))?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut text);
        Ok(sealed)
    }

    /// Open what was sealed for this purpose.
    pub(crate) fn open_sealed(&self, purpose: &str, sealed: &[u8]) -> EngineResult<Vec<u8>> {
        let refuse = || {
            EngineError::Configuration(format!(
                "the {purpose} cannot be opened: it was sealed with another key, or it is damaged"
            ))
        };
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(refuse)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refuse())?;
        let mut text = text.to_vec();
        let secret = self.0.open_in_place(nonce, Aad::from(purpose), &mut text).map_err(|_| refuse())?;
        Ok(secret.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_the_same_key_and_for_the_same_purpose_only() {
        let dir = tempfile::tempdir().unwrap();
        let seal = Seal::open(&dir.path().join("key")).unwrap();
        let sealed = seal.seal("account key of ca", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_ne!(seal.seal("account key of ca", b"secret").unwrap(), sealed);
        let again = Seal::open(&dir.path().join("key")).unwrap();
        assert_eq!(again.open_sealed("account key of ca", &sealed).unwrap(), b"secret");
        for (seal, purpose, sealed) in [
            (&again, "account key of other", sealed.as_slice()),
            (&again, "account key of ca", &sealed[..sealed.len() - 1]),
            (&again, "account key of ca", &sealed[..5]),
            (&Seal::open(&dir.path().join("other")).unwrap(), "account key of ca", sealed.as_slice()),
        ] {
            let error = seal.open_sealed(purpose, sealed).unwrap_err().to_string();
            assert!(error.contains(purpose), "{error}");
        }
    }

    #[test]
    fn a_key_file_that_holds_no_key_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        for text in ["", "not base64!", "c2hvcnQ="] {
            fs::write(&path, text).unwrap();
            let error = Seal::open(&path).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }
}
