//! Which certificate AutoSSL's own server presents: chosen by name (SNI, RFC 6066 section 3) at each handshake.
//!
//! Whatever is installed for a name is presented from the next handshake on, without a restart: the file is looked at each
//! time and read again only when it is another one. A certificate of our own making stands in until there is a real one.
//! Taking connections is left to the server.

mod own;

use crate::error::{EngineError, EngineResult};
use crate::vault::Vault;
use crate::x509;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::ResolvesServerCertUsingSni;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Certificates that are kept in memory; beyond, all are forgotten and read again as they are asked for.
const MOST_KEPT: usize = 4_096;
/// HTTP/2 before HTTP/1.1 (ALPN, RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The certificates of AutoSSL's own server. Cloning is cheap; all clones share what they have read.
#[derive(Clone)]
pub struct Panel {
    inner: Arc<Inner>,
}

struct Inner {
    names: Vec<String>,
    vault: Vault,
    /// What holds for every certificate. Sessions are kept in one place for all.
    template: ServerConfig,
    own: Arc<ServerConfig>,
    own_fingerprint: String,
    kept: Mutex<HashMap<PathBuf, Kept>>,
}

/// What a handshake goes on with.
#[derive(Clone)]
pub struct Choice {
    /// The certificate, the protocols, the versions of TLS.
    pub tls: Arc<ServerConfig>,
    /// Whose certificate it is.
    pub certificate: Certificate,
}

/// Whose certificate is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// A real one, for the name of the panel's that was asked for.
    Panel,
    /// A real one, of a website's name, or of the panel's where another name or none was asked for.
    Other,
    /// The one that we made ourselves.
    SelfSigned,
}

/// A file that was read, and what is presented since: nothing, or what stood before it, where it cannot be.
struct Kept {
    file: FileIdentity,
    tls: Option<Arc<ServerConfig>>,
}

/// Tells a file from the one that stood at its path before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Panel {
    /// Prepare for these names of the panel's, most important first; a self-signed certificate is made where there is none.
    pub(crate) fn open(data_dir: &Path, vault: Vault, names: Vec<String>) -> EngineResult<Self> {
        let template = template().map_err(EngineError::Configuration)?;
        let (pem, path) = own::fetch_or_make(&data_dir.join("panel"), &names)?;
        let damaged = |reason: String| EngineError::Configuration(format!("{}: {reason}", path.display()));
        let own_fingerprint = first_fingerprint(&pem).map_err(damaged)?;
        let own = presenting(&template, &pem).map_err(damaged)?;
        let kept = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { names, vault, template, own, own_fingerprint, kept }) })
    }

    /// Choose the certificate for the name that a client asks for.
    ///
    /// That of the name itself, else that of the panel's first name that has one, else our own. It reads local files.
    #[must_use]
    pub fn choose(&self, asked: Option<&str>) -> Choice {
        let inner = &self.inner;
        let asked = asked.map(str::to_ascii_lowercase);
        if let Some(name) = &asked
            && let Some(tls) = inner.certificate_of(name)
        {
            let certificate = if inner.names.contains(name) { Certificate::Panel } else { Certificate::Other };
            return Choice { tls, certificate };
        }
        match inner.names.iter().find_map(|name| inner.certificate_of(name)) {
            Some(tls) => Choice { tls, certificate: Certificate::Other },
            None => Choice { tls: inner.own.clone(), certificate: Certificate::SelfSigned },
        }
    }

    /// The names that the panel is reached under.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.inner.names
    }

    /// Tell the SHA-256 of the self-signed certificate as browsers show it, where that is what the panel's names get.
    #[must_use]
    pub fn self_signed_fingerprint(&self) -> Option<String> {
        let only_own = self.inner.names.iter().all(|name| self.inner.certificate_of(name).is_none());
        let pairs = self.inner.own_fingerprint.as_bytes().chunks(2).map(String::from_utf8_lossy);
        only_own.then(|| pairs.collect::<Vec<_>>().join(":").to_uppercase())
    }
}

impl Inner {
    /// Find the certificate that is installed for a name: its own, or the wildcard above it.
    fn certificate_of(&self, name: &str) -> Option<Arc<ServerConfig>> {
        let wildcard = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        [Some(name.to_owned()), wildcard].into_iter().flatten().find_map(|name| self.read(&self.file_of(&name)?))
    }

    fn file_of(&self, name: &str) -> Option<PathBuf> {
        // A name becomes a path: nothing but a name may.
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.*".contains(&byte);
        let is_name = !name.starts_with('.') && !name.contains("..") && name.bytes().all(plain);
        is_name.then(|| self.vault.active_combined(name))
    }

    /// Read a certificate, or take the one that was read before where the file is still the same.
    fn read(&self, path: &Path) -> Option<Arc<ServerConfig>> {
        let file = FileIdentity::of(&std::fs::metadata(path).ok()?);
        let before = match self.kept().get(path) {
            Some(kept) if kept.file == file => return kept.tls.clone(),
            kept => kept.and_then(|kept| kept.tls.clone()),
        };
        let pem = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let tls = match pem.and_then(|pem| presenting(&self.template, &pem)) {
            Ok(tls) => Some(tls),
            Err(error) => {
                tracing::error!(file = %path.display(), %error, "the panel cannot present a certificate");
                before
            }
        };
        let mut kept = self.kept();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(path.to_owned(), Kept { file, tls: tls.clone() });
        tls
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<PathBuf, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileIdentity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

fn template() -> Result<ServerConfig, String> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

/// Present the chain of a PEM text with the key in it, after seeing that they belong together.
fn presenting(template: &ServerConfig, pem: &str) -> Result<Arc<ServerConfig>, String> {
    let chain: Vec<CertificateDer<'static>> = x509::read_chain(pem)?;
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| format!("private key: {error}"))?;
    let pair = CertifiedKey::from_der(chain, key, template.crypto_provider()).map_err(|error| error.to_string())?;
    let mut config = template.clone();
    config.cert_resolver = Arc::new(SingleCertAndKey::from(pair));
    Ok(Arc::new(config))
}

fn first_fingerprint(pem: &str) -> Result<String, String> {
    let chain = x509::read_chain(pem)?;
    chain.first().map(|der| x509::fingerprint(der)).ok_or_else(|| "it holds no certificate".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn panel(dir: &Path) -> Panel {
        Panel::open(dir, Vault::open(dir).unwrap(), vec!["panel.test".into()]).unwrap()
    }

    fn issue(vault: &Vault, name: &str) -> u32 {
        let key = rcgen::KeyPair::generate().unwrap();
        let chain = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        vault.write_generation(name, &chain.pem(), &key.serialize_pem()).unwrap()
    }

    #[test]
    fn a_stand_in_is_made_once_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = panel(dir.path());
        assert_eq!(first.choose(Some("panel.test")).certificate, Certificate::SelfSigned);
        let fingerprint = first.self_signed_fingerprint().unwrap();
        assert_eq!((fingerprint.len(), fingerprint.matches(':').count()), (95, 31), "{fingerprint}");
        assert_eq!(panel(dir.path()).self_signed_fingerprint(), Some(fingerprint));
        let mode = fs::metadata(dir.path().join("panel/self-signed.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_name_that_is_asked_for_decides_and_the_panels_own_answers_for_unknown_ones() {
        let dir = tempfile::tempdir().unwrap();
        let panel = panel(dir.path());
        let vault = Vault::open(dir.path()).unwrap();
        let chosen = |name: Option<&str>| panel.choose(name).certificate;
        let generation = issue(&vault, "alice.test");
        vault.activate("alice.test", generation).unwrap();
        assert_eq!(chosen(Some("Alice.test")), Certificate::Other);
        assert_eq!(chosen(Some("panel.test")), Certificate::SelfSigned);
        let generation = issue(&vault, "panel.test");
        vault.activate("panel.test", generation).unwrap();
        assert_eq!(chosen(Some("panel.test")), Certificate::Panel);
        assert_eq!((chosen(Some("unknown.test")), chosen(None)), (Certificate::Other, Certificate::Other));
        assert_eq!(chosen(Some("../panel.test")), Certificate::Other);
        assert_eq!(panel.self_signed_fingerprint(), None);
    }

    #[test]
    fn a_new_certificate_is_presented_at_once_and_a_broken_one_never() {
        let dir = tempfile::tempdir().unwrap();
        let panel = panel(dir.path());
        let vault = Vault::open(dir.path()).unwrap();
        let first = issue(&vault, "panel.test");
        vault.activate("panel.test", first).unwrap();
        let before = panel.choose(Some("panel.test")).tls;
        assert!(Arc::ptr_eq(&before, &panel.choose(None).tls), "an unchanged file is not read again");
        let second = issue(&vault, "panel.test");
        vault.activate("panel.test", second).unwrap();
        let after = panel.choose(Some("panel.test")).tls;
        assert!(!Arc::ptr_eq(&before, &after));
        fs::write(vault.active_combined("panel.test"), "garbage").unwrap();
        assert!(Arc::ptr_eq(&after, &panel.choose(Some("panel.test")).tls));
    }
}
