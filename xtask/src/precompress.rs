//! `.br` and `.gz` beside each file that they make smaller; the server sends the one that the browser takes.

use std::{
    ffi::OsString,
    fs,
    io::Write,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};

/// Kinds of file that are worth it; pictures and fonts are compressed already.
const KINDS: &[&str] = &["css", "html", "js", "json", "map", "svg", "txt", "wasm", "webmanifest", "xml"];

/// Compress every file of a worthwhile kind among `files`.
pub(crate) fn all(files: &[PathBuf]) -> Result<()> {
    let worthwhile = |path: &&PathBuf| path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind == *known));
    thread::scope(|scope| {
        let tasks: Vec<_> = files.iter().filter(worthwhile).map(|path| scope.spawn(move || one(path))).collect();
        for task in tasks {
            match task.join() {
                Ok(result) => result?,
                Err(_) => bail!("a compressor panicked"),
            }
        }
        Ok(())
    })
}

fn one(path: &Path) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
    brotli.write_all(&bytes)?;
    write_if_smaller(path, "br", &brotli.into_inner(), bytes.len())?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes)?;
    write_if_smaller(path, "gz", &gzip.finish()?, bytes.len())
}

fn write_if_smaller(path: &Path, suffix: &str, bytes: &[u8], limit: usize) -> Result<()> {
    if bytes.len() >= limit {
        return Ok(());
    }
    let target = with_suffix(path, suffix);
    fs::write(&target, bytes).with_context(|| format!("cannot write {}", target.display()))
}

/// Return `path` with `.suffix` after its whole name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(suffix);
    name.into()
}
