//! The folder that the server serves: names with digests, public files, and beside it the list of digests.
//!
//! A finished site is `site/` (what is served) and `hash.txt` (from which the server knows the names).

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    bindgen::NAME,
    fingerprint::{self, files_in},
    front::Build,
    places::Places,
    precompress::{self, with_suffix},
};

/// `site-pkg-dir` of Leptos.toml.
const PKG: &str = "pkg";
/// The most that a first visit may load of WebAssembly, after brotli, in bytes.
const BUDGET: u64 = 350_000;

/// Lay out a finished site in `work` from wasm-bindgen's files, the style sheet and public/.
pub(crate) fn assemble(places: &Places, bound: &Path, css: &str, build: Build, work: &Path) -> Result<()> {
    let served = work.join("site");
    let pkg = served.join(PKG);
    fs::create_dir_all(&pkg).with_context(|| format!("cannot create {}", pkg.display()))?;
    let js = read(&bound.join(format!("{NAME}.js")))?;
    let wasm = read(&bound.join(format!("{NAME}_bg.wasm")))?;
    let mut list = String::new();
    for (kind, bytes) in [("js", js.as_slice()), ("wasm", &wasm), ("css", css.as_bytes())] {
        let hash = fingerprint::of_bytes(bytes);
        write(&pkg.join(format!("{NAME}.{hash}.{kind}")), bytes)?;
        list.push_str(&format!("{kind}: {hash}\n"));
    }
    write(&work.join("hash.txt"), list.as_bytes())?;
    let snippets = bound.join("snippets");
    if snippets.is_dir() {
        copy_all(&snippets, &pkg.join("snippets"))?;
    }
    copy_all(&places.root.join("public"), &served)?;
    match build {
        Build::Release => precompress::all(&files_in(&served)?),
        Build::Debug => Ok(()),
    }
}

/// Copy a finished site to where the server looks for it, unless it is there, and its digests beside it.
pub(crate) fn install(finished: &Path, stamp: &str, places: &Places) -> Result<()> {
    let mark = with_suffix(&places.site_root, "stamp");
    let same = fs::read_to_string(&mark).is_ok_and(|installed| installed == stamp);
    if !same || !places.site_root.is_dir() {
        // New files first, so that a running server always has one whole generation.
        let current = copy_all(&finished.join("site"), &places.site_root)?;
        for path in files_in(&places.site_root)? {
            if !current.contains(&path) {
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        write(&mark, stamp.as_bytes())?;
    }
    let list = read(&finished.join("hash.txt"))?;
    write(&places.site_root.with_file_name("hash.txt"), &list)?;
    Ok(())
}

/// What the finished site costs a visitor.
#[derive(Debug)]
pub(crate) struct Sizes(Vec<(String, [u64; 3])>);

impl Sizes {
    /// Measure the hashed files of a finished site: as they are, after gzip, after brotli.
    pub(crate) fn of(finished: &Path) -> Result<Self> {
        let mut sizes = Vec::new();
        let folder = finished.join("site").join(PKG);
        for path in files_in(&folder)? {
            if path.extension().is_some_and(|kind| kind == "br" || kind == "gz") {
                continue;
            }
            let whole = length(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let packed = |suffix| length(&with_suffix(&path, suffix)).unwrap_or(whole);
            let name = path.file_name().unwrap_or_default().display().to_string();
            sizes.push((name, [whole, packed("gz"), packed("br")]));
        }
        Ok(Self(sizes))
    }

    /// Fail when the WebAssembly is larger than a first visit may cost.
    pub(crate) fn within_budget(&self) -> Result<()> {
        let wasm: u64 =
            self.0.iter().filter(|(name, _)| name.ends_with(".wasm")).map(|(_, [_, _, brotli])| brotli).sum();
        if wasm > BUDGET {
            bail!("{wasm} bytes of WebAssembly after brotli, more than the {BUDGET} that a first visit may cost");
        }
        Ok(())
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "front: {:40} {:>10} {:>10} {:>10}", "", "bytes", "gzip", "brotli")?;
        for (name, [whole, gzip, brotli]) in &self.0 {
            writeln!(f, "front: {name:40} {whole:>10} {gzip:>10} {brotli:>10}")?;
        }
        Ok(())
    }
}

/// Copy a folder's files, and return where they went.
fn copy_all(from: &Path, to: &Path) -> Result<Vec<PathBuf>> {
    let mut copied = Vec::new();
    for source in files_in(from)? {
        let target = to.join(source.strip_prefix(from).unwrap_or(&source));
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::copy(&source, &target).with_context(|| format!("cannot write {}", target.display()))?;
        copied.push(target);
    }
    Ok(copied)
}

fn length(path: &Path) -> std::io::Result<u64> {
    Ok(fs::metadata(path)?.len())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
