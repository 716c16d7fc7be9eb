//! Which certificate AutoSSL's own server presents: chosen by name (SNI, RFC 6066 section 3) at each handshake.
//!
//! Whatever is in the TLS store for a name is presented from the next handshake on, without a restart: the file is looked at each
//! time and read again only when it is another one. Until there is a real certificate, the one of the store that is signed by itself
//! stands in. Taking connections is left to the server, proving what is presented to the installers.

mod present;

use crate::error::{EngineError, EngineResult};
use crate::tls_store::{COMPANION, DEFAULT, Place};
use crate::x509;
use present::presenting;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::ResolvesServerCertUsingSni;
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
    /// The panel's view of the store.
    own: Place,
    /// Those of other services, where websites' certificates are.
    others: Vec<Place>,
    /// What holds for every certificate. Sessions are kept in one place for all.
    template: ServerConfig,
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
    /// The one that is signed by itself.
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
    /// Prepare for these names of the panel's, most important first.
    pub(crate) fn open(names: Vec<String>, own: Place, others: Vec<Place>) -> EngineResult<Self> {
        let file = own.combined_of_name(DEFAULT);
        let template = template().map_err(EngineError::Configuration)?;
        let inner = Inner { names, own, others, template, kept: Mutex::default() };
        if inner.read(&file).is_none() {
            return Err(EngineError::Configuration(format!("{} cannot be presented", file.display())));
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Choose the certificate for the name that a client asks for: that of the name itself, else that of the panel's first name that
    /// has one, else the one that is signed by itself. It reads local files.
    ///
    /// `None` only where the store was damaged since the start.
    #[must_use]
    pub fn choose(&self, asked: Option<&str>) -> Option<Choice> {
        let inner = &self.inner;
        let asked = asked.map(str::to_ascii_lowercase).filter(|name| is_name(name));
        if let Some(name) = &asked
            && let Some(choice) = inner.of_name(name)
        {
            return Some(choice);
        }
        let own = inner.names.iter().find_map(|name| inner.certificate_of(&inner.own, name));
        let certificate = match own.is_none() && inner.own.default_is_self_signed() {
            true => Certificate::SelfSigned,
            false => Certificate::Other,
        };
        Some(Choice { tls: own.or_else(|| inner.read(&inner.own.combined_of_name(DEFAULT)))?, certificate })
    }

    /// The names that the panel is reached under.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.inner.names
    }

    /// Tell the SHA-256 of the certificate that is signed by itself as browsers show it, where that is what unknown names get.
    #[must_use]
    pub fn self_signed_fingerprint(&self) -> Option<String> {
        if self.choose(None)?.certificate != Certificate::SelfSigned {
            return None;
        }
        let pem = std::fs::read_to_string(self.inner.own.combined_of_name(DEFAULT)).ok()?;
        let fingerprint = x509::fingerprint(x509::read_chain(&pem).ok()?.first()?);
        let pairs = fingerprint.as_bytes().chunks(2).map(String::from_utf8_lossy);
        Some(pairs.collect::<Vec<_>>().join(":").to_uppercase())
    }
}

impl Inner {
    /// Find the certificate of a name of the panel's, or of a website's.
    fn of_name(&self, name: &str) -> Option<Choice> {
        if self.names.iter().any(|own| own == name) {
            let tls = self.certificate_of(&self.own, name)?;
            return Some(Choice { tls, certificate: Certificate::Panel });
        }
        let places = std::iter::once(&self.own).chain(&self.others);
        let tls = places.into_iter().find_map(|place| self.certificate_of(place, name))?;
        Some(Choice { tls, certificate: Certificate::Other })
    }

    /// Find the certificate that is in place for a name: its own, or that of the wildcard above it.
    fn certificate_of(&self, place: &Place, name: &str) -> Option<Arc<ServerConfig>> {
        let wildcard = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        let names = std::iter::once(name.to_owned()).chain(wildcard);
        names.into_iter().find_map(|name| self.read(&place.combined_of_name(&name)))
    }

    /// Read a certificate, or take the one that was read before where the file is still the same.
    fn read(&self, path: &Path) -> Option<Arc<ServerConfig>> {
        let file = FileIdentity::of(&std::fs::metadata(path).ok()?);
        let before = match self.kept().get(path) {
            Some(kept) if kept.file == file => return kept.tls.clone(),
            kept => kept.and_then(|kept| kept.tls.clone()),
        };
        let pem = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let beside = path.parent().and_then(|dir| std::fs::read_to_string(dir.join(COMPANION)).ok());
        let tls = match pem.and_then(|pem| presenting(&self.template, &pem, beside.as_deref())) {
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

/// Tell whether a text may become part of a path.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    text.contains('.') && !text.starts_with('.') && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls_store::{Access, Pair};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    struct Store {
        dir: tempfile::TempDir,
        own: Place,
        others: Place,
    }

    impl Store {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let place =
                |service: &str| Place::new(&dir.path().join("tls"), service, Access::default(), Some("panel.test"));
            Self { own: place("panel"), others: place("apache"), dir }
        }

        fn panel(&self) -> Panel {
            self.own.open().unwrap();
            Panel::open(vec!["panel.test".into()], self.own.clone(), vec![self.others.clone()]).unwrap()
        }
    }

    /// Put a new certificate in place for a name.
    fn issue(place: &Place, name: &str, generation: u32) {
        let key = rcgen::KeyPair::generate().unwrap();
        let chain = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        let view = place.open().unwrap();
        let pair = Pair { chain: &chain.pem(), key: &key.serialize_pem() };
        view.put(name, generation.into(), pair, None).unwrap();
        view.set_current(name, Some(generation.into())).unwrap();
        view.assign(name, Some(name)).unwrap();
    }

    #[test]
    fn a_stand_in_is_made_once_and_only_its_owner_can_read_it() {
        let store = Store::new();
        let first = store.panel();
        assert_eq!(first.choose(Some("panel.test")).unwrap().certificate, Certificate::SelfSigned);
        let fingerprint = first.self_signed_fingerprint().unwrap();
        assert_eq!((fingerprint.len(), fingerprint.matches(':').count()), (95, 31), "{fingerprint}");
        assert_eq!(store.panel().self_signed_fingerprint(), Some(fingerprint));
        let file = store.dir.path().join("tls/panel/names/default/combined.pem");
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_name_that_is_asked_for_decides_and_the_panels_own_answers_for_unknown_ones() {
        let store = Store::new();
        let panel = store.panel();
        let chosen = |name: Option<&str>| panel.choose(name).unwrap().certificate;
        issue(&store.others, "alice.test", 1);
        issue(&store.others, "*.w.test", 1);
        assert_eq!((chosen(Some("Alice.test")), chosen(Some("a.w.test"))), (Certificate::Other, Certificate::Other));
        assert_eq!((chosen(Some("panel.test")), chosen(None)), (Certificate::SelfSigned, Certificate::SelfSigned));
        issue(&store.own, "panel.test", 1);
        assert_eq!(chosen(Some("panel.test")), Certificate::Panel);
        for unknown in [Some("unknown.test"), Some("../names/panel.test"), Some("default"), None] {
            assert_eq!(chosen(unknown), Certificate::Other, "{unknown:?}");
        }
        assert_eq!(panel.self_signed_fingerprint(), None);
    }

    #[test]
    fn a_new_certificate_is_presented_at_once_and_a_broken_one_never() {
        let store = Store::new();
        let panel = store.panel();
        let presented = || panel.choose(Some("panel.test")).unwrap().tls;
        issue(&store.own, "panel.test", 1);
        let before = presented();
        assert!(Arc::ptr_eq(&before, &panel.choose(None).unwrap().tls), "an unchanged file is not read again");
        issue(&store.own, "panel.test", 2);
        let after = presented();
        assert!(!Arc::ptr_eq(&before, &after));
        fs::write(store.own.combined_of_name("panel.test"), "garbage").unwrap();
        assert!(Arc::ptr_eq(&after, &presented()));
    }
}
