//! The files by which Apache, configured as `snippet` says, sends visitors to TLS: one for each name, which it looks at for each
//! request. So they count at once, and take no reload.

use crate::install::Promise;
use crate::tls_store::SafeDir;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The directory with a file for each name that is redirected: the URL's beginning.
pub(super) const REDIRECTS: &str = "redirect";
/// The directory with a file for each name with HSTS: the seconds.
pub(super) const STRICT: &str = "strict";
const MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;
const USUAL_PORT: u16 = 443;
/// No name has it.
const BUILDING: &str = ".building";

/// Make the files what is promised, and remove others.
pub(super) fn keep(vhost_dir: &Path, port: Option<u16>, promises: &[Promise]) -> io::Result<()> {
    let at = port.filter(|port| *port != USUAL_PORT).map_or_else(String::new, |port| format!(":{port}"));
    let redirected = promises.iter().filter(|promise| promise.choice.redirect);
    let redirects = redirected.map(|promise| (promise.name.as_str(), format!("https://{}{at}", promise.name)));
    put(vhost_dir, REDIRECTS, &redirects.collect())?;
    let strict = promises.iter().filter_map(|promise| Some((promise.name.as_str(), promise.choice.hsts?.to_string())));
    put(vhost_dir, STRICT, &strict.collect())
}

fn put(vhost_dir: &Path, name: &str, wanted: &BTreeMap<&str, String>) -> io::Result<()> {
    if wanted.is_empty() && !vhost_dir.join(name).exists() {
        return Ok(());
    }
    let dir = SafeDir::open(vhost_dir)?.subdir(name, None, DIRECTORY_MODE)?;
    for entry in dir.entries()? {
        if !wanted.contains_key(entry.as_str()) {
            dir.remove(&entry)?;
        }
    }
    for (entry, text) in wanted {
        if dir.read(entry)?.as_deref() != Some(text.as_bytes()) {
            dir.remove(BUILDING)?;
            dir.write_new(BUILDING, text.as_bytes(), None, MODE)?;
            dir.rename(BUILDING, entry)?;
        }
    }
    dir.sync()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HttpsChoice;
    use std::fs;

    fn promise(name: &str, redirect: bool, hsts: Option<u32>) -> Promise {
        Promise { name: name.into(), choice: HttpsChoice { redirect, hsts } }
    }

    #[test]
    fn what_is_not_promised_any_more_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let file = |path: &str| fs::read_to_string(dir.path().join(path)).ok();
        keep(dir.path(), Some(443), &[]).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was ever promised");
        keep(dir.path(), Some(443), &[promise("a.test", true, None), promise("b.test", false, Some(300))]).unwrap();
        assert_eq!(file("redirect/a.test").as_deref(), Some("https://a.test"));
        assert_eq!((file("strict/b.test").as_deref(), file("strict/a.test")), (Some("300"), None));
        keep(dir.path(), Some(8443), &[promise("b.test", true, Some(0))]).unwrap();
        assert_eq!((file("redirect/a.test"), file("redirect/b.test").as_deref()), (None, Some("https://b.test:8443")));
        assert_eq!(file("strict/b.test").as_deref(), Some("0"));
    }
}
