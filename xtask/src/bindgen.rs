//! From the compiled program to what a browser loads: the JavaScript that starts it, and a smaller WebAssembly.

use std::{env, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{fingerprint, front::Build};

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

/// Chosen for the size after brotli: `-Oz` makes smaller files, but of code that is less alike, and four per cent larger then.
const OPTIMISATIONS: &[&str] = &[
    "-O1",
    "--duplicate-function-elimination",
    "--duplicate-import-elimination",
    "--memory-packing",
    "--simplify-globals",
    "--quiet",
];

/// Write the program's bindings and itself, without the parts for the linker, into `folder`.
pub(crate) fn bind(program: &Path, folder: &Path, build: Build) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(program)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        // Parts of a split program find what they share by these names.
        .keep_lld_exports(true)
        .demangle(false)
        // The page says where the WebAssembly is: its name holds a digest, which the script does not know.
        .omit_default_module_path(true);
    match build {
        Build::Release => bindgen.remove_name_section(true).remove_producers_section(true),
        Build::Debug => bindgen.keep_debug(true),
    };
    bindgen.generate(folder).with_context(|| format!("wasm-bindgen cannot read {}", program.display()))
}

/// Let wasm-opt shrink every WebAssembly in `folder`; say so and leave them as they are where there is none.
pub(crate) fn optimise(folder: &Path) -> Result<()> {
    let Some(tool) = env::var_os("AUTOSSL_WASM_OPT").filter(|tool| !tool.is_empty()) else {
        eprintln!("front: no wasm-opt (AUTOSSL_WASM_OPT): the WebAssembly stays larger");
        return Ok(());
    };
    for file in fingerprint::files_in(folder)?.iter().filter(|file| file.extension().is_some_and(|kind| kind == "wasm"))
    {
        let status = Command::new(&tool)
            .args(OPTIMISATIONS)
            .args(FEATURES)
            .arg(file)
            .arg("-o")
            .arg(file)
            .status()
            .with_context(|| format!("cannot run {}", tool.display()))?;
        if !status.success() {
            bail!("wasm-opt failed on {}", file.display());
        }
    }
    Ok(())
}
