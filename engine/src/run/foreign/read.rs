//! Reading the files of certificates, with limits: they are somebody else's.

use crate::analyze::{Roots, facts_of};
use crate::store::{ConfiguredWebsite, Reading};
use crate::x509;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// A chain of ten RSA certificates is a tenth of it.
const MOST_BYTES: usize = 256 << 10;

/// A configured certificate whose files changed since they were read last.
pub(super) struct Changed {
    pub(super) configured: ConfiguredWebsite,
    /// See [`crate::store::SeenCertificate::stamp`].
    pub(super) stamp: String,
    /// Empty where the certificate could not be read.
    pub(super) fingerprint: String,
    pub(super) reading: Reading,
    /// Why the private key could not be read.
    pub(super) key_trouble: Option<String>,
}

/// Read those certificates whose files changed. The roots are loaded only if there is one. Blocks.
pub(super) fn read_changed(configured: Vec<ConfiguredWebsite>, load_roots: impl FnOnce() -> Roots) -> Vec<Changed> {
    let stamp = |files: &ConfiguredWebsite| {
        let key = files.files.key.as_deref().map_or(Ok(String::new()), stamp);
        // A key that only its service may see has no stamp, and the certificate's alone tells.
        stamp(&files.files.certificate).map(|stamp| format!("{stamp}|{}", key.unwrap_or_default()))
    };
    let stamped = configured.into_iter().map(|configured| (stamp(&configured), configured));
    let is_changed =
        |stamp: &io::Result<String>, known: Option<&String>| stamp.is_err() || stamp.as_ref().ok() != known;
    let changed: Vec<_> = stamped.filter(|(stamp, configured)| is_changed(stamp, configured.stamp.as_ref())).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let roots = load_roots();
    changed.into_iter().map(|(stamp, configured)| read(configured, stamp, &roots)).collect()
}

fn read(configured: ConfiguredWebsite, stamp: io::Result<String>, roots: &Roots) -> Changed {
    let chain = stamp.and_then(|stamp| Ok((stamp, read_text(&configured.files.certificate)?)));
    let (stamp, chain) = match chain {
        Ok(read) => read,
        Err(error) => return unread(configured, error.to_string()),
    };
    let (key, key_trouble) = match configured.files.key.as_deref().map(read_text) {
        Some(Ok(key)) => (Some(key), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    let facts = facts_of(&chain, key.as_deref(), roots).map_err(|error| error.to_string());
    let first = x509::read_chain(&chain).ok().and_then(|chain| chain.first().map(|der| x509::fingerprint(der)));
    match facts {
        Ok(facts) => {
            let fingerprint = first.unwrap_or_default();
            Changed { configured, stamp, fingerprint, reading: Reading::Facts(Box::new(facts)), key_trouble }
        }
        Err(reason) => unread(configured, reason),
    }
}

fn unread(configured: ConfiguredWebsite, reason: String) -> Changed {
    let (stamp, fingerprint) = (String::new(), String::new());
    Changed { configured, stamp, fingerprint, reading: Reading::Unreadable(reason), key_trouble: None }
}

/// Tell a file by path, device, number, size and times: whatever writes to it changes one of them.
fn stamp(path: &Path) -> io::Result<String> {
    let file = std::fs::metadata(path)?;
    Ok(format!(
        "{}:{}:{}:{}:{}.{}",
        path.display(),
        file.dev(),
        file.ino(),
        file.len(),
        file.mtime(),
        file.mtime_nsec()
    ))
}

/// Read a regular file of a bounded size; a pipe or device is refused and does not hold anybody up.
fn read_text(path: &Path) -> io::Result<String> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).map_err(io::Error::other)?;
    let file: File = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = Vec::new();
    if file.take(MOST_BYTES as u64 + 1).read_to_end(&mut text)? > MOST_BYTES {
        return Err(io::Error::other(format!("it is larger than {} KiB", MOST_BYTES >> 10)));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ConfiguredCertificate, WebsiteId};

    fn configured(certificate: &std::path::Path, stamp: Option<String>) -> ConfiguredWebsite {
        ConfiguredWebsite {
            website: WebsiteId(1),
            user: "alice".into(),
            domain: "alice.test".into(),
            files: ConfiguredCertificate { certificate: certificate.to_owned(), key: None },
            stamp,
            own: None,
        }
    }

    fn reason(path: &std::path::Path) -> String {
        let changed = read_changed(vec![configured(path, None)], Roots::default);
        match &changed[0].reading {
            Reading::Unreadable(reason) => reason.clone(),
            Reading::Facts(facts) => panic!("{facts:?}"),
        }
    }

    #[test]
    fn what_is_no_certificate_file_is_refused_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let (large, text) = (dir.path().join("large.pem"), dir.path().join("text.pem"));
        std::fs::write(&large, vec![b'a'; 300 << 10]).unwrap();
        std::fs::write(&text, "hello").unwrap();
        assert_eq!(reason(dir.path()), "it is not a regular file");
        assert_eq!(reason(&large), "it is larger than 256 KiB");
        assert_eq!(reason(&text), "the chain is empty");
        assert!(reason(&dir.path().join("none.pem")).starts_with("No such file"));
        assert_eq!(reason(std::path::Path::new("/dev/zero")), "it is not a regular file");
    }

    #[test]
    fn a_file_that_did_not_change_is_not_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        let key = rcgen::KeyPair::generate().unwrap();
        let issue =
            || rcgen::CertificateParams::new(vec!["alice.test".into()]).unwrap().self_signed(&key).unwrap().pem();
        std::fs::write(&path, issue()).unwrap();
        let first = read_changed(vec![configured(&path, None)], Roots::default);
        assert_eq!(first[0].fingerprint.len(), 64);
        let stamp = first[0].stamp.clone();
        let never = || -> Roots { panic!("the roots are not needed") };
        assert!(read_changed(vec![configured(&path, Some(stamp.clone()))], never).is_empty());

        std::fs::write(&path, format!("{}\n", issue())).unwrap();
        let again = read_changed(vec![configured(&path, Some(stamp))], Roots::default);
        assert_eq!(again.len(), 1);
    }
}
