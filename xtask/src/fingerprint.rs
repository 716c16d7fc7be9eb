//! One digest over everything that decides what the front end looks like, and the short digests in file names.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{front::Build, places::Places};

/// Sources of the front end. Of the engine it sees only the model: see `host` in engine/Cargo.toml.
const SOURCES: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "app",
    "engine/Cargo.toml",
    "engine/src/lib.rs",
    "engine/src/model",
    "engine/src/model.rs",
    "frontend",
    "public",
    "style",
    "xtask/src",
];

/// Settings that change the result as much as a source does.
const VARIABLES: &[&str] = &["AUTOSSL_WASM_OPT", "RUSTFLAGS", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS"];

/// Return a digest that changes whenever the front end would.
pub(crate) fn of_front(places: &Places, build: Build) -> Result<String> {
    let mut digest = Sha256::new();
    digest.update(format!("{build:?}\n"));
    for variable in VARIABLES {
        digest.update(format!("{variable}={}\n", env::var(variable).unwrap_or_default()));
    }
    let compiler = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    digest.update(&compiler.stdout);
    for path in sources(places)? {
        let name = path.strip_prefix(&places.root).unwrap_or(&path);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        digest.update(format!("{}\0{}\0", name.display(), bytes.len()));
        digest.update(bytes);
    }
    Ok(hex(&digest.finalize())[..24].to_owned())
}

/// List the sources of the front end.
pub(crate) fn sources(places: &Places) -> Result<Vec<PathBuf>> {
    let lists: Result<Vec<_>> = SOURCES.iter().map(|name| files_in(&places.root.join(name))).collect();
    Ok(lists?.concat())
}

/// Return the digest that goes into the name of a file with these bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))[..16].to_owned()
}

/// List the files at or below `path`, sorted; none where it does not exist.
pub(crate) fn files_in(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if path.is_file() {
        found.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))? {
            found.extend(files_in(&entry?.path())?);
        }
    }
    found.sort();
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
