//! Whether a question may be answered: names are names, directories are where websites may be.

use super::protocol::{Certificate, MOST_CERTIFICATES};
use crate::inventory::checked_name;
use std::path::{Component, Path, PathBuf};

/// Check all certificates of a question. Websites' directories may be below these.
///
/// # Errors
/// The first thing that is wrong, with whose it is.
pub(super) fn check(certificates: &[Certificate], document_roots: &[PathBuf]) -> Result<(), String> {
    if certificates.len() > MOST_CERTIFICATES {
        return Err(format!("{} certificates at once; at most {MOST_CERTIFICATES} are taken", certificates.len()));
    }
    for certificate in certificates {
        let beside = certificate.companion.iter().flat_map(|companion| &companion.names);
        check_names(std::iter::once(&certificate.website).chain(&certificate.names).chain(beside))?;
        check_root(certificate, document_roots)?;
    }
    Ok(())
}

/// Check that names are names, in their canonical form.
///
/// # Errors
/// The first that is not.
pub(super) fn check_names<'a>(names: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
    names.into_iter().try_for_each(|name| {
        let read = checked_name(name).map_err(|error| error.to_string())?;
        if read == *name { Ok(()) } else { Err(format!("name {name:?} is not in its canonical form {read:?}")) }
    })
}

fn check_root(certificate: &Certificate, allowed: &[PathBuf]) -> Result<(), String> {
    let (website, root) = (&certificate.website, Path::new(&certificate.document_root));
    let is_plain = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_));
    if !root.is_absolute() || !root.components().all(is_plain) {
        return Err(format!("document root {root:?} of {website} is not an absolute path without \"..\""));
    }
    if allowed.iter().any(|allowed| root.starts_with(allowed)) {
        return Ok(());
    }
    Err(format!("document root {root:?} of {website} is below none of services.deputy.document_roots"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(website: &str, name: &str, document_root: &str) -> Result<(), String> {
        let certificate = Certificate {
            website: website.into(),
            names: vec![name.into()],
            document_root: document_root.into(),
            fingerprint: String::new(),
            generation: 1,
            chain: String::new(),
            key: String::new(),
            companion: None,
        };
        check(&[certificate], &["/home".into(), "/var/www".into()])
    }

    #[test]
    fn names_and_directories_of_websites_are_taken() {
        assert_eq!(asked("alice.test", "*.alice.test", "/home/alice/public_html"), Ok(()));
        assert_eq!(asked("192.0.2.7", "192.0.2.7", "/var/www"), Ok(()));
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused_by_name() {
        for (website, name) in [("..", "alice.test"), (".", "x.test"), ("alice.test", "a/../../etc"), ("", "x.test")] {
            assert!(asked(website, name, "/home/alice").is_err(), "{website:?} {name:?}");
        }
        let error = asked("alice.test", "ALICE.test", "/home/alice").unwrap_err();
        assert_eq!(error, "name \"ALICE.test\" is not in its canonical form \"alice.test\"");
        for root in ["/etc", "/home/../etc", "home/alice", "/homework", "", "/"] {
            let error = asked("alice.test", "alice.test", root).unwrap_err();
            assert!(error.starts_with(&format!("document root {root:?} of alice.test ")), "{error}");
        }
    }

    #[test]
    fn there_is_a_most_of_certificates_at_once() {
        let one = || Certificate {
            website: "alice.test".into(),
            names: Vec::new(),
            document_root: "/home/alice".into(),
            fingerprint: String::new(),
            generation: 1,
            chain: String::new(),
            key: String::new(),
            companion: None,
        };
        let many: Vec<Certificate> = std::iter::repeat_with(one).take(MOST_CERTIFICATES + 1).collect();
        assert!(check(&many, &["/home".into()]).unwrap_err().contains("at most 2000"));
        assert_eq!(check(&many[1..], &["/home".into()]), Ok(()));
    }
}
