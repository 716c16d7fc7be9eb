//! From one program to a main part, which every page loads, and the parts that single pages load when they are shown.
//!
//! Where to cut is marked by `#[wasm_split]`. Code that several pages share goes into parts of its own.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use crate::{bindgen::NAME, snip};

/// Base name of the script that loads parts; it and `autossl.js` import each other.
pub(crate) const LOADER: &str = "__wasm_split";
/// Base name of the list from which Leptos knows what a page needs: `{"users": ["chunk_1", "split_users"]}`.
pub(crate) const MANIFEST: &str = "__wasm_split_manifest";

/// What each page needs beside the main part: names of files in the order of loading, without `.wasm`.
pub(crate) type Parts = BTreeMap<String, Vec<String>>;

/// Cut `program` and write the main part to `main`, the other parts and their loader into `folder`.
pub(crate) fn split(program: &Path, main: &Path, folder: &Path) -> Result<Parts> {
    let linked = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let input = snip::snip(&linked)?;
    let (link_name, main_module) = (format!("./{LOADER}.js"), format!("./{NAME}.js"));
    let mut options = Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = main;
    options.link_name = &link_name;
    options.main_module = &main_module;
    let split = transform(options).map_err(|error| anyhow!("cannot split {}: {error:#}", program.display()))?;
    Ok(split.prefetch_map.into_iter().collect())
}
