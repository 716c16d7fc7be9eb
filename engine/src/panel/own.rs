//! The self-signed certificate that stands in until the panel has a real one: made once, kept, readable by its owner only.

use crate::error::{EngineError, EngineResult};
use crate::vault::write_private;
use rcgen::{CertificateParams, DnType, KeyPair};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const FILE: &str = "self-signed.pem";

/// Read the certificate with its key, making both for these names where there are none; tell where they lie, too.
pub(super) fn fetch_or_make(dir: &Path, names: &[String]) -> EngineResult<(String, PathBuf)> {
    let path = dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(pem) => Ok((pem, path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let pem = make(names)
                .map_err(|error| EngineError::Configuration(format!("cannot make {}: {error}", path.display())))?;
            DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|source| EngineError::File {
                action: "cannot create directory",
                path: dir.to_owned(),
                source,
            })?;
            write_private(&path, &pem)?;
            Ok((pem, path))
        }
        Err(source) => Err(EngineError::File { action: "cannot read", path, source }),
    }
}

fn make(names: &[String]) -> Result<String, rcgen::Error> {
    let mut all = names.to_vec();
    all.push("localhost".into());
    all.dedup();
    let mut params = CertificateParams::new(all)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "AutoSSL, until there is a real certificate");
    let key = KeyPair::generate()?;
    Ok(params.self_signed(&key)?.pem() + &key.serialize_pem())
}
