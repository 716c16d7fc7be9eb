//! Changing a service's files so that everything can be put back, also on a full disk.
//!
//! What is wanted is said as a whole; what an earlier call wanted and this one does not is as it was before. New texts are written
//! beside the files first, and only when all are there they take the files' places. What stood before is kept as a second name of the
//! same file (`….before`), so that putting it back takes no space. A change that was interrupted leaves it there, and the next one
//! begins where that one began: what was never proved is not gone back to.

use crate::tls_store::{Generation, SafeDir, View};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// How the second name of what stood before ends.
const BEFORE: &str = ".before";

/// The text of a file that a service reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileText {
    /// The text; `None` for no file.
    pub(crate) text: Option<String>,
    /// Who may read it.
    pub(crate) mode: u32,
    /// The website for which alone it is there: another's certificate does not need it.
    pub(crate) website: Option<String>,
}

/// Files by path.
pub(crate) type Files = BTreeMap<PathBuf, FileText>;

/// What is to be in place.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// The generation of each website.
    pub(super) generations: BTreeMap<String, Generation>,
    /// The website of each name; `None` takes the name out.
    pub(super) names: BTreeMap<String, Option<String>>,
    /// The service's files.
    pub(super) files: Files,
}

/// What could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The only website that it concerns; `None` where it concerns all.
    pub(super) website: Option<String>,
    /// The file and the reason.
    pub(super) detail: String,
}

/// A change of a service's files and of its view of the store.
pub(super) struct Change<'a> {
    view: &'a View,
    dirs: BTreeMap<PathBuf, SafeDir>,
    generations: BTreeMap<String, Option<Generation>>,
    names: BTreeMap<String, Option<String>>,
    files: BTreeMap<PathBuf, Option<String>>,
}

impl<'a> Change<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        Self {
            view,
            dirs: BTreeMap::new(),
            generations: BTreeMap::new(),
            names: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }

    /// Read a file as it was before.
    pub(super) fn before(&self, path: &Path) -> Option<String> {
        match self.files.get(path) {
            Some(text) => text.clone(),
            None => std::fs::read_to_string(path).ok(),
        }
    }

    /// Tell what is in place for a website where nothing is wanted for it: what was before.
    pub(super) fn standing(&self, website: &str) -> Option<Generation> {
        match self.generations.get(website) {
            Some(before) => *before,
            // One that cannot be read has none.
            None => self.view.current(website).ok().flatten(),
        }
    }

    /// Tell which website's certificate was presented for a name before.
    pub(super) fn website_before(&self, name: &str) -> Option<String> {
        match self.names.get(name) {
            Some(website) => website.clone(),
            None => self.view.website_of(name),
        }
    }

    /// Put back what a change that was interrupted left in directories. What cannot be read there is left as it is.
    pub(super) fn go_back(&mut self, dirs: &[PathBuf]) {
        for path in dirs {
            let Ok(dir) = SafeDir::open(path) else { continue };
            for entry in dir.entries().unwrap_or_default() {
                let before = dir.read(&entry).ok().flatten();
                if let Some((name, before)) = entry.strip_suffix(BEFORE).zip(before) {
                    self.files.insert(path.join(name), Some(String::from_utf8_lossy(&before).into_owned()));
                }
            }
            self.dirs.insert(path.clone(), dir);
        }
        self.restore();
    }

    /// Put in place what is wanted, and put back what is not wanted any more; tell whether anything stood otherwise until now.
    ///
    /// Where a file cannot be written nothing is changed. Where something fails later, what was before is put back.
    pub(super) fn apply(&mut self, wanted: &Wanted) -> Result<bool, Vec<Trouble>> {
        self.note(wanted).map_err(|error| vec![all(error)])?;
        let staged = self.stage(&wanted.files)?;
        let swap = || {
            self.bring_companions(wanted)?;
            staged.iter().try_for_each(|path| self.swap_in(path))?;
            let put_back = self.put_files_back(|path| !wanted.files.contains_key(path))?;
            let linked = self.link(wanted)?;
            Ok(!staged.is_empty() || put_back || linked)
        };
        swap().map_err(|error| {
            self.restore();
            vec![all(error)]
        })
    }

    /// Put everything back.
    pub(super) fn restore(&self) {
        let nothing = Wanted::default();
        let put_back = || self.bring_companions(&nothing).and_then(|()| self.put_files_back(|_| true));
        if let Err(error) = put_back().and_then(|_| self.link(&nothing)) {
            tracing::error!(%error, "a service's earlier files cannot be put back");
        }
    }

    /// Forget what was before.
    pub(super) fn keep(self) {
        for path in self.files.keys() {
            let removed =
                split(path).and_then(|(dir, name)| self.dirs.get(dir).map_or(Ok(()), |dir| dir.remove(&kept(name))));
            if let Err(error) = removed {
                tracing::warn!(file = %path.display(), %error, "its earlier text stays beside it");
            }
        }
    }

    /// Note what is there before it is changed for the first time.
    fn note(&mut self, wanted: &Wanted) -> io::Result<()> {
        for website in wanted.generations.keys() {
            if !self.generations.contains_key(website) {
                let before = self.view.proved(website)?.or(self.view.current(website)?);
                self.generations.insert(website.clone(), before);
            }
        }
        for name in wanted.names.keys() {
            if !self.names.contains_key(name) {
                self.names.insert(name.clone(), self.view.website_of(name));
            }
        }
        Ok(())
    }

    /// Write the texts that are not in place beside their files, and tell which.
    fn stage(&mut self, files: &Files) -> Result<Vec<PathBuf>, Vec<Trouble>> {
        let (mut staged, mut troubles) = (Vec::new(), Vec::new());
        for (path, file) in files {
            match self.stage_file(path, file) {
                Ok(true) => staged.push(path.clone()),
                Ok(false) => {}
                Err(error) => {
                    let detail = format!("cannot write {}: {error}", path.display());
                    troubles.push(Trouble { website: file.website.clone(), detail });
                }
            }
        }
        if troubles.is_empty() {
            return Ok(staged);
        }
        for path in files.keys() {
            if let Ok((dir, name)) = split(path)
                && let Some(dir) = self.dirs.get(dir)
            {
                // It takes space and nothing else; the next change removes it.
                let _ = dir.remove(&new(name));
            }
        }
        Err(troubles)
    }

    fn stage_file(&mut self, path: &Path, file: &FileText) -> io::Result<bool> {
        let (parent, name) = split(path)?;
        if !self.dirs.contains_key(parent) {
            self.dirs.insert(parent.to_owned(), SafeDir::open(parent)?);
        }
        let Some(dir) = self.dirs.get(parent) else { return Ok(false) };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let now = dir.read(name)?.map(text);
        if !self.files.contains_key(path) {
            let mut before = dir.read(&kept(name))?.map(text);
            if before.is_none() && now.is_some() {
                dir.link(name, &kept(name))?;
                before.clone_from(&now);
            }
            self.files.insert(path.to_owned(), before);
        }
        if now == file.text {
            return Ok(false);
        }
        dir.remove(&new(name))?;
        if let Some(text) = &file.text {
            dir.write_new(&new(name), text.as_bytes(), None, file.mode)?;
        }
        Ok(true)
    }

    /// Let a file that was staged take its place; one without a text goes.
    fn swap_in(&self, path: &Path) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let Some(dir) = self.dirs.get(parent) else { return Ok(()) };
        match dir.rename(&new(name), name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => dir.remove(name),
            other => other,
        }
    }

    fn put_files_back(&self, which: impl Fn(&Path) -> bool) -> io::Result<bool> {
        let mut changed = false;
        for (path, before) in self.files.iter().filter(|(path, _)| which(path)) {
            let (parent, name) = split(path)?;
            let Some(dir) = self.dirs.get(parent) else { continue };
            changed |= dir.read(name)?.as_deref() != before.as_deref().map(str::as_bytes);
            match before {
                Some(_) => {
                    dir.link(&kept(name), &new(name))?;
                    dir.rename(&new(name), name)?;
                    // Two names of one file: renaming one to the other leaves both.
                    dir.remove(&new(name))?;
                }
                None => dir.remove(name)?,
            }
        }
        Ok(changed)
    }

    /// Put companions in place that are not there yet: a file that names one must never be read before it, or Apache ends at a reload.
    fn bring_companions(&self, wanted: &Wanted) -> io::Result<()> {
        for (website, before) in &self.generations {
            let next = wanted.generations.get(website).copied().or(*before);
            if let Some(next) = next.filter(|next| next.has_companion())
                && !self.view.current(website)?.is_some_and(Generation::has_companion)
            {
                self.view.set_current(website, Some(next))?;
            }
        }
        Ok(())
    }

    /// Let websites and names lead to what is wanted, else to what was before, and bring all to disk.
    fn link(&self, wanted: &Wanted) -> io::Result<bool> {
        let mut changed = false;
        for (website, before) in &self.generations {
            let generation = wanted.generations.get(website).copied().or(*before);
            if self.view.current(website)? != generation {
                self.view.set_current(website, generation)?;
                changed = true;
            }
        }
        for (name, before) in &self.names {
            let website = wanted.names.get(name).unwrap_or(before).as_deref();
            if self.view.website_of(name).as_deref() != website {
                self.view.assign(name, website)?;
                changed = true;
            }
        }
        self.dirs.values().try_for_each(SafeDir::sync)?;
        self.view.sync()?;
        Ok(changed)
    }

    /// List the websites whose certificate or names were changed, even if they are as before now.
    pub(super) fn touched_websites(&self) -> BTreeSet<String> {
        let had = self.names.values().flatten().cloned();
        self.generations.keys().cloned().chain(had).collect()
    }
}

fn all(error: io::Error) -> Trouble {
    Trouble { website: None, detail: error.to_string() }
}

fn split(path: &Path) -> io::Result<(&Path, &str)> {
    let name = path.file_name().and_then(|name| name.to_str());
    path.parent()
        .zip(name)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("{} is no file", path.display())))
}

fn new(name: &str) -> String {
    format!("{name}.new")
}

fn kept(name: &str) -> String {
    format!("{name}{BEFORE}")
}

#[cfg(test)]
mod tests;
