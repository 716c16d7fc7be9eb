//! From the compiled program to what a browser loads: the JavaScript that starts it, and a smaller WebAssembly.

use std::{env, fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::front::Build;

/// Base name of the files that [`bind`] writes: `autossl.js` and `autossl_bg.wasm`.
pub(crate) const NAME: &str = "autossl";

/// What the compiler assumes of browsers; wasm-opt refuses instructions that it was not told of.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Write the program's bindings and itself, without the parts for the linker, into `folder`.
pub(crate) fn bind(program: &Path, folder: &Path, build: Build) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(program)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        // The page says where the WebAssembly is: its name holds a digest, which the script does not know.
        .omit_default_module_path(true);
    match build {
        Build::Release => bindgen.remove_name_section(true).remove_producers_section(true),
        Build::Debug => bindgen.keep_debug(true),
    };
    bindgen.generate(folder).with_context(|| format!("wasm-bindgen cannot read {}", program.display()))
}

/// Let wasm-opt shrink the WebAssembly in `folder`; say so and leave it as it is where there is none.
pub(crate) fn optimise(folder: &Path) -> Result<()> {
    let Some(tool) = env::var_os("AUTOSSL_WASM_OPT").filter(|tool| !tool.is_empty()) else {
        eprintln!("front: no wasm-opt (AUTOSSL_WASM_OPT): the WebAssembly stays larger");
        return Ok(());
    };
    let (large, small) = (folder.join(format!("{NAME}_bg.wasm")), folder.join("small.wasm"));
    let status = Command::new(&tool)
        .arg("-Oz")
        .args(FEATURES)
        .arg(&large)
        .arg("-o")
        .arg(&small)
        .status()
        .with_context(|| format!("cannot run {}", tool.display()))?;
    if !status.success() {
        bail!("wasm-opt failed");
    }
    fs::rename(&small, &large).with_context(|| format!("cannot replace {}", large.display()))
}
