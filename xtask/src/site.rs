//! The folder that the server serves: names with digests, public files, and beside it the list of digests.
//!
//! A finished site is `site/` (what is served) and `hash.txt` (from which the server knows the names).

use std::{
    collections::BTreeMap,
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
    split::{LOADER, MANIFEST, Parts},
};

/// `site-pkg-dir` of Leptos.toml.
const PKG: &str = "pkg";
/// Pages where visits begin.
const ENTRANCES: [&str; 2] = ["login", "overview"];
/// The most that a first visit of these may load of WebAssembly, after brotli, in bytes.
const BUDGET: u64 = 250_000;
/// The same for a visit that begins at any other page, for example from a bookmark.
const BUDGET_ELSEWHERE: u64 = 310_000;

/// Lay out a finished site in `work` from the bound program, its parts, the style sheet and public/.
pub(crate) fn assemble(
    places: &Places,
    bound: &Path,
    parts: &Parts,
    css: &str,
    build: Build,
    work: &Path,
) -> Result<()> {
    let served = work.join("site");
    let pkg = served.join(PKG);
    fs::create_dir_all(&pkg).with_context(|| format!("cannot create {}", pkg.display()))?;
    let mut program = Program::read(bound)?;
    let parts = program.name_parts(bound, parts, &pkg)?;
    let scripts = program.name_scripts()?;
    let manifest = serde_json::to_vec(&parts)?;
    let mut list = String::new();
    for (key, name, kind, bytes, hash) in [
        ("js", NAME, "js", program.js.as_bytes(), scripts.clone()),
        ("split", LOADER, "js", program.loader.as_bytes(), scripts),
        ("manifest", MANIFEST, "json", &manifest, fingerprint::of_bytes(&manifest)),
        ("wasm", NAME, "wasm", &program.wasm, fingerprint::of_bytes(&program.wasm)),
        ("css", NAME, "css", css.as_bytes(), fingerprint::of_bytes(css.as_bytes())),
    ] {
        write(&pkg.join(format!("{name}.{hash}.{kind}")), bytes)?;
        list.push_str(&format!("{key}: {hash}\n"));
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

/// The main part and the scripts, which name each other and the parts.
struct Program {
    js: String,
    loader: String,
    wasm: Vec<u8>,
}

impl Program {
    fn read(bound: &Path) -> Result<Self> {
        let text =
            |name: String| String::from_utf8(read(&bound.join(&name))?).with_context(|| format!("{name} is no text"));
        Ok(Self {
            js: text(format!("{NAME}.js"))?,
            loader: text(format!("{LOADER}.js"))?,
            wasm: read(&bound.join(format!("{NAME}_bg.wasm")))?,
        })
    }

    /// Write each part under a name with a digest, let the loader ask for it, and return the list with those names.
    fn name_parts(&mut self, bound: &Path, parts: &Parts, pkg: &Path) -> Result<Parts> {
        let mut named = BTreeMap::new();
        for part in parts.values().flatten() {
            if named.contains_key(part) {
                continue;
            }
            let bytes = read(&bound.join(format!("{part}.wasm")))?;
            let name = format!("{part}.{}", fingerprint::of_bytes(&bytes));
            write(&pkg.join(format!("{name}.wasm")), &bytes)?;
            replace(&mut self.loader, &format!("\"./{part}.wasm\""), &format!("\"./{name}.wasm\""))?;
            named.insert(part, name);
        }
        let rename = |names: &Vec<String>| names.iter().map(|part| named[part].clone()).collect();
        Ok(parts.iter().map(|(page, names)| (page.clone(), rename(names))).collect())
    }

    /// Let the scripts import each other by names with a digest, and return it. Since each names the other, they share it.
    fn name_scripts(&mut self) -> Result<String> {
        let hash = fingerprint::of_bytes(format!("{}\0{}", self.js, self.loader).as_bytes());
        let import = |name: &str| format!("from \"./{name}.js\"");
        replace(&mut self.js, &import(LOADER), &import(&format!("{LOADER}.{hash}")))?;
        replace(&mut self.loader, &import(NAME), &import(&format!("{NAME}.{hash}")))?;
        Ok(hash)
    }
}

fn replace(text: &mut String, from: &str, to: &str) -> Result<()> {
    if !text.contains(from) {
        bail!("a script does not mention {from}");
    }
    *text = text.replace(from, to);
    Ok(())
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
pub(crate) struct Sizes {
    /// Each hashed file: as it is, after gzip, after brotli.
    files: BTreeMap<String, [u64; 3]>,
    /// What each page needs beside the main part.
    parts: Parts,
}

impl Sizes {
    /// Measure the hashed files of a finished site.
    pub(crate) fn of(finished: &Path) -> Result<Self> {
        let mut sizes = Self { files: BTreeMap::new(), parts: Parts::new() };
        let folder = finished.join("site").join(PKG);
        for path in files_in(&folder)? {
            if path.extension().is_some_and(|kind| kind == "br" || kind == "gz") {
                continue;
            }
            let whole = length(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let packed = |suffix| length(&with_suffix(&path, suffix)).unwrap_or(whole);
            let name = path.file_name().unwrap_or_default().display().to_string();
            if name.starts_with(MANIFEST) {
                sizes.parts =
                    serde_json::from_slice(&read(&path)?).with_context(|| format!("{name} is not a manifest"))?;
            }
            sizes.files.insert(name, [whole, packed("gz"), packed("br")]);
        }
        Ok(sizes)
    }

    /// Fail when the WebAssembly of a page is larger than a first visit may cost.
    pub(crate) fn within_budget(&self) -> Result<()> {
        for (page, wasm) in self.pages() {
            let budget = if ENTRANCES.contains(&page) { BUDGET } else { BUDGET_ELSEWHERE };
            if wasm > budget {
                bail!(
                    "the page `{page}` loads {wasm} bytes of WebAssembly after brotli, more than the {budget} that a \
                     first visit may cost"
                );
            }
        }
        Ok(())
    }

    /// The WebAssembly that a first visit of each page loads, after brotli: the main part and the page's own.
    fn pages(&self) -> impl Iterator<Item = (&str, u64)> {
        let brotli = |name: &str| self.files.get(name).map_or(0, |[_, _, brotli]| *brotli);
        let is_main = |name: &&String| name.starts_with(&format!("{NAME}.")) && name.ends_with(".wasm");
        let main: u64 = self.files.keys().filter(is_main).map(|name| brotli(name)).sum();
        self.parts.iter().map(move |(page, parts)| {
            (page.as_str(), main + parts.iter().map(|part| brotli(&format!("{part}.wasm"))).sum::<u64>())
        })
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "front: {:48} {:>10} {:>10} {:>10}", "", "bytes", "gzip", "brotli")?;
        for (name, [whole, gzip, brotli]) in &self.files {
            writeln!(f, "front: {name:48} {whole:>10} {gzip:>10} {brotli:>10}")?;
        }
        for (page, wasm) in self.pages() {
            writeln!(f, "front: {:48} {:>10} {:>10} {wasm:>10}", format!("WebAssembly of the page `{page}`"), "", "")?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_name_each_other_by_their_digests() -> Result<()> {
        let (bound, pkg) = (tempfile::tempdir()?, tempfile::tempdir()?);
        write(&bound.path().join("chunk_1.wasm"), b"part")?;
        let mut program = Program {
            js: r#"import * as parts from "./__wasm_split.js""#.into(),
            loader: r#"import { initSync } from "./autossl.js"; fetch(new URL("./chunk_1.wasm", import.meta.url))"#
                .into(),
            wasm: Vec::new(),
        };
        let parts = Parts::from([("users".into(), vec!["chunk_1".into()])]);
        let part = &program.name_parts(bound.path(), &parts, pkg.path())?["users"][0];
        assert!(pkg.path().join(format!("{part}.wasm")).is_file());
        let hash = program.name_scripts()?;
        assert!(program.loader.contains(&format!("\"./{part}.wasm\"")), "{}", program.loader);
        assert!(program.loader.contains(&format!("\"./autossl.{hash}.js\"")), "{}", program.loader);
        assert!(program.js.contains(&format!("\"./__wasm_split.{hash}.js\"")), "{}", program.js);
        Ok(())
    }

    #[test]
    fn a_first_visit_costs_the_main_part_and_the_pages_own() {
        let size = |name: &str, brotli| (name.to_owned(), [9, 9, brotli]);
        let files =
            [size("autossl.A.wasm", 200_000), size("chunk_1.B.wasm", 60_000), size("split_users.C.wasm", 90_000)];
        let parts = [("login", Vec::new()), ("users", vec!["chunk_1.B".to_owned(), "split_users.C".to_owned()])];
        let parts = parts.map(|(page, parts)| (page.to_owned(), parts)).into();
        let sizes = Sizes { files: files.into(), parts };
        assert_eq!(sizes.pages().collect::<Vec<_>>(), [("login", 200_000), ("users", 350_000)]);
        assert!(sizes.within_budget().is_err());
    }
}
