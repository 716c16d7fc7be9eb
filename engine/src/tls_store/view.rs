//! One service's part of the store.

use super::access::{Access, Owner};
use super::{Generation, SafeDir, as_entry, as_name, fallback};
use std::io;
use std::path::Path;

/// The entry for names that nobody has.
pub(crate) const DEFAULT: &str = "default";
/// The website under which the certificate is kept that is presented until the server's own name has one; no name has a dot first.
pub(super) const SELF_SIGNED: &str = ".self-signed";

/// How entries begin whose certificates are about to be removed.
const ASIDE: &str = ".aside.";

/// A chain with its key, both as PEM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    /// The chain.
    pub(crate) chain: &'a str,
    /// The key.
    pub(crate) key: &'a str,
}

/// One service's part of the store, open.
#[derive(Debug)]
pub(crate) struct View {
    owner: Owner,
    hostname: Option<String>,
    certificates: SafeDir,
    names: SafeDir,
}

impl View {
    pub(super) fn open(dir: &Path, access: &Access, hostname: Option<&str>) -> io::Result<Self> {
        let owner = access.resolve()?;
        let (store, service) = (dir.parent().unwrap_or(dir), dir.file_name().unwrap_or_default());
        make_store(store)?;
        let root = SafeDir::open(store)?.subdir(&service.to_string_lossy(), owner.group, owner.dir_mode())?;
        let part = |name: &str| root.subdir(name, owner.group, owner.dir_mode());
        let (certificates, names) = (part("certificates")?, part("names")?);
        let view = Self { owner, hostname: hostname.map(str::to_owned), certificates, names };
        view.provide_default()?;
        Ok(view)
    }

    /// Put a certificate in as a generation of a website's, with the companion beside it, if it has one. It is not in place yet.
    pub(crate) fn put(
        &self,
        website: &str,
        generation: Generation,
        certificate: Pair<'_>,
        companion: Option<Pair<'_>>,
    ) -> io::Result<()> {
        let dir = self.website(website)?;
        let name = generation.to_string();
        let mut files = certificate.files("").to_vec();
        files.extend(companion.iter().flat_map(|companion| companion.files("-rsa")));
        if self.holds(&dir, &name, &files) {
            return Ok(());
        }
        const BUILDING: &str = "building";
        dir.remove_dir(BUILDING)?;
        let written = self.write(&dir.subdir(BUILDING, self.owner.group, self.owner.dir_mode())?, &files);
        let placed = written.and_then(|()| {
            dir.remove_dir(&name)?;
            dir.rename(BUILDING, &name)?;
            dir.sync()
        });
        if placed.is_err() {
            // What is half written only takes space; the reason for that is the error to tell.
            let _ = dir.remove_dir(BUILDING);
        }
        placed
    }

    fn write(&self, dir: &SafeDir, files: &[(String, String)]) -> io::Result<()> {
        for (name, text) in files {
            dir.write_new(name, text.as_bytes(), self.owner.group, self.owner.file_mode())?;
        }
        dir.sync()
    }

    fn holds(&self, website: &SafeDir, generation: &str, files: &[(String, String)]) -> bool {
        let Ok(dir) = website.subdir(generation, self.owner.group, self.owner.dir_mode()) else { return false };
        let has = |(name, text): &(String, String)| {
            dir.read(name).is_ok_and(|there| there.as_deref() == Some(text.as_bytes()))
        };
        files.iter().all(has)
    }

    /// Tell which generation of a website's is in place.
    pub(crate) fn current(&self, website: &str) -> io::Result<Option<Generation>> {
        Ok(self.website(website)?.target("current").and_then(|target| Generation::parse(&target)))
    }

    /// Put a generation of a website's in place, or none, in one step.
    pub(crate) fn set_current(&self, website: &str, generation: Option<Generation>) -> io::Result<()> {
        let dir = self.website(website)?;
        match generation {
            Some(generation) => dir.point("current", &generation.to_string())?,
            None => dir.remove("current")?,
        }
        dir.sync()
    }

    /// Tell which generation of a website's was proved to be served last.
    pub(crate) fn proved(&self, website: &str) -> io::Result<Option<Generation>> {
        Ok(self.website(website)?.target("proved").and_then(|target| Generation::parse(&target)))
    }

    /// Note that a generation of a website's is served, and remove those that are older than the one before it.
    pub(crate) fn set_proved(&self, website: &str, generation: Generation) -> io::Result<()> {
        let dir = self.website(website)?;
        dir.point("proved", &generation.to_string())?;
        let mut older: Vec<Generation> = dir.entries()?.iter().filter_map(|entry| Generation::parse(entry)).collect();
        older.retain(|other| *other < generation);
        older.sort_unstable();
        let Some((_before, gone)) = older.split_last() else { return Ok(()) };
        gone.iter().try_for_each(|generation| dir.remove_dir(&generation.to_string()))
    }

    /// Tell which website's certificate is presented for a name.
    pub(crate) fn website_of(&self, name: &str) -> Option<String> {
        website_in(&self.names.target(&as_entry(name))?)
    }

    /// Let a website's certificate be presented for a name, or nobody's, in one step.
    pub(crate) fn assign(&self, name: &str, website: Option<&str>) -> io::Result<()> {
        match website {
            Some(website) => self.names.point(&as_entry(name), &target(website)),
            None => self.names.remove(&as_entry(name)),
        }
    }

    /// List the names with the websites whose certificate is presented for them, sorted, without [`DEFAULT`].
    pub(crate) fn names(&self) -> io::Result<Vec<(String, String)>> {
        let entries = self.names.entries()?;
        let names = entries.into_iter().filter(|entry| entry != DEFAULT && !entry.starts_with('.'));
        let mut assigned: Vec<(String, String)> =
            names.filter_map(|entry| Some((as_name(&entry), website_in(&self.names.target(&entry)?)?))).collect();
        assigned.sort_unstable();
        Ok(assigned)
    }

    /// List the websites that have certificates here, sorted, also those that were set aside.
    pub(crate) fn websites(&self) -> io::Result<Vec<String>> {
        let entries = self.certificates.entries()?;
        let named = |entry: &String| {
            let name = entry.strip_prefix(ASIDE).unwrap_or(entry);
            (!name.starts_with('.')).then(|| as_name(name))
        };
        let mut websites: Vec<String> = entries.iter().filter_map(named).collect();
        websites.sort_unstable();
        websites.dedup();
        Ok(websites)
    }

    /// Tell whether a website's certificates were set aside and neither brought back nor discarded.
    pub(crate) fn is_aside(&self, website: &str) -> bool {
        self.certificates.subdir_exists(&aside(website))
    }

    /// Take a website's certificates away from where services find them.
    pub(crate) fn set_aside(&self, website: &str) -> io::Result<()> {
        if !self.certificates.subdir_exists(&as_entry(website)) {
            return Ok(());
        }
        self.discard(website)?;
        self.certificates.rename(&as_entry(website), &aside(website))?;
        self.certificates.sync()
    }

    /// Bring certificates back that were set aside.
    pub(crate) fn bring_back(&self, website: &str) -> io::Result<()> {
        if !self.is_aside(website) {
            return Ok(());
        }
        self.certificates.rename(&aside(website), &as_entry(website))?;
        self.certificates.sync()
    }

    /// Remove certificates that were set aside.
    pub(crate) fn discard(&self, website: &str) -> io::Result<()> {
        self.certificates.remove_dirs(&aside(website))
    }

    /// The server's own name, whose certificate counts for names that nobody has.
    pub(crate) fn hostname(&self) -> Option<&str> {
        self.hostname.as_deref()
    }

    /// Bring the names to disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.names.sync()
    }

    /// Have a certificate for names that nobody has, signed by itself until the server's own name has one.
    fn provide_default(&self) -> io::Result<()> {
        let own = self.hostname.as_deref().and_then(|hostname| self.website_covering(hostname));
        match (self.website_of(DEFAULT), own) {
            (Some(there), Some(own)) if there == own => Ok(()),
            (_, Some(own)) => self.assign(DEFAULT, Some(&own)),
            (Some(there), None) if self.current(&there)?.is_some() => Ok(()),
            (_, None) => {
                let own = self.self_signed()?;
                self.assign(DEFAULT, Some(own))
            }
        }
    }

    /// Have a certificate that is signed by itself, and name the website under which it is.
    pub(crate) fn self_signed(&self) -> io::Result<&'static str> {
        if self.current(SELF_SIGNED)?.is_none() {
            let (chain, key) = fallback::self_signed(self.hostname.as_deref())?;
            self.put(SELF_SIGNED, 1.into(), Pair { chain: &chain, key: &key }, None)?;
            self.set_current(SELF_SIGNED, Some(1.into()))?;
        }
        Ok(SELF_SIGNED)
    }

    /// Find the website whose certificate is presented for a host, by its name or a wildcard.
    fn website_covering(&self, host: &str) -> Option<String> {
        let wildcard = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        self.website_of(host).or_else(|| self.website_of(&wildcard?))
    }

    fn website(&self, website: &str) -> io::Result<SafeDir> {
        self.certificates.subdir(&as_entry(website), self.owner.group, self.owner.dir_mode())
    }
}

fn aside(website: &str) -> String {
    format!("{ASIDE}{}", as_entry(website))
}

impl Pair<'_> {
    /// The files that hold it, by names with this ending.
    fn files(self, ending: &str) -> [(String, String); 3] {
        let Self { chain, key } = self;
        let combined = format!("{}\n{key}", chain.trim_end());
        [("fullchain", chain), ("key", key), ("combined", &combined)]
            .map(|(name, text)| (format!("{name}{ending}.pem"), text.to_owned()))
    }
}

fn target(website: &str) -> String {
    format!("../certificates/{}/current", as_entry(website))
}

/// Read a website out of a link that leads to its certificate.
pub(super) fn website_in(target: &str) -> Option<String> {
    target.strip_prefix("../certificates/")?.strip_suffix("/current").map(as_name)
}

/// Make the directory of the store where it is missing, so that groups can pass through it and nobody can list it.
fn make_store(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let parent = SafeDir::open(parent)?;
    parent.subdir(&name.to_string_lossy(), None, 0o711).map(drop)
}

#[cfg(test)]
mod tests;
