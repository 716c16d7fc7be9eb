//! Build the front end: compile, split, bind to JavaScript, optimise, bundle the style sheet, hash names, compress.
//!
//! A finished site is kept under the digest of its inputs, so an unchanged front end costs milliseconds, in a fresh
//! clone too.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::{
    bindgen, fingerprint,
    places::Places,
    site::{self, Sizes},
    split, stylesheet,
};

/// The crate whose library becomes the browser's program.
const PACKAGE: &str = "frontend";
const TARGET: &str = "wasm32-unknown-unknown";
/// Finished sites that are kept, so that going back and forth between two branches costs nothing.
const KEPT: usize = 6;

/// How much effort goes into a small result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As shipped: optimised for size, and compressed beforehand.
    Release,
    /// While developing: quick to build, large, with names for the debugger.
    Debug,
}

/// Build the front end where it is out of date, and put it where the server looks.
pub(crate) fn build(places: &Places, build: Build) -> Result<Sizes> {
    let stamp = fingerprint::of_front(places, build)?;
    let sites = places.front_target.join("sites");
    let finished = sites.join(&stamp);
    if !finished.is_dir() {
        let work = sites.join(format!("{stamp}.{}", std::process::id()));
        make(places, build, &work)?;
        // Another process may have been as quick; its result is as good.
        if fs::rename(&work, &finished).is_err() {
            fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
        }
        forget_old(&sites)?;
    }
    site::install(&finished, &stamp, places)?;
    let sizes = Sizes::of(&finished)?;
    print!("{sizes}");
    Ok(sizes)
}

fn make(places: &Places, build: Build, work: &Path) -> Result<()> {
    let bound = work.join("bound");
    fs::create_dir_all(&bound).with_context(|| format!("cannot create {}", bound.display()))?;
    let program = timed("cargo", || compile(places, build))?;
    let main = work.join("main.wasm");
    let parts = timed("split", || split::split(&program, &main, &bound))?;
    timed("wasm-bindgen", || bindgen::bind(&main, &bound, build))?;
    if build == Build::Release {
        timed("wasm-opt", || bindgen::optimise(&bound))?;
    }
    let css = stylesheet::bundle(&places.root.join("style/main.css"))?;
    timed("compress", || site::assemble(places, &bound, &parts, &css, build, work))?;
    fs::remove_file(&main).with_context(|| format!("cannot remove {}", main.display()))?;
    fs::remove_dir_all(&bound).with_context(|| format!("cannot remove {}", bound.display()))
}

fn compile(places: &Places, build: Build) -> Result<PathBuf> {
    let (profile, folder) = match build {
        Build::Release => ("wasm-release", "wasm-release"),
        Build::Debug => ("dev", "debug"),
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["rustc", "--package", PACKAGE, "--lib", "--target", TARGET, "--profile", profile])
        // Splitting has to know what refers to what.
        .args(["--", "-Clink-arg=--emit-relocs"])
        .env("CARGO_TARGET_DIR", &places.front_target)
        .current_dir(&places.root)
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("the front end does not compile");
    }
    Ok(places.front_target.join(TARGET).join(folder).join(format!("{PACKAGE}.wasm")))
}

fn forget_old(sites: &Path) -> Result<()> {
    let mut all = Vec::new();
    for entry in fs::read_dir(sites).with_context(|| format!("cannot list {}", sites.display()))? {
        let entry = entry?;
        all.push((entry.metadata()?.modified()?, entry.path()));
    }
    all.sort();
    let old = all.len().saturating_sub(KEPT);
    for (_, path) in &all[..old] {
        fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work()?;
    println!("front: {name}: {:.1} s", start.elapsed().as_secs_f32());
    Ok(result)
}
