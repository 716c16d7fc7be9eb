//! Certificates of the rig's own servers, which have nothing to do with those that are tested.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// A certificate for `127.0.0.1` and `localhost`, and the root that signed it.
#[derive(Clone)]
pub(crate) struct LoopbackIdentity {
    /// The root, for clients.
    pub(crate) root_pem: PathBuf,
    /// The leaf certificate.
    pub(crate) certificate_pem: PathBuf,
    /// The leaf's key, PKCS#8.
    pub(crate) key_pem: PathBuf,
    /// The root, for the rig's own requests.
    pub(crate) roots: RootCertStore,
}

impl LoopbackIdentity {
    /// Make a root and a leaf and write them to `<service>-tls-*.pem` in `directory`; the root's key is thrown away.
    pub(crate) fn create(directory: &Path, service: &str) -> Result<Self> {
        let mut root = CertificateParams::new(Vec::new()).context("cannot describe the root")?;
        root.distinguished_name.push(DnType::CommonName, "AutoSSL rig: loopback servers");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root_key = KeyPair::generate().context("cannot make the root's key")?;
        let root_certificate = root.self_signed(&root_key).context("cannot sign the root")?;
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut leaf = CertificateParams::new(names).context("cannot describe the leaf")?;
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().context("cannot make the leaf's key")?;
        let certificate = leaf.signed_by(&key, &Issuer::new(root, root_key)).context("cannot sign the leaf")?;

        let mut roots = RootCertStore::empty();
        roots.add(root_certificate.der().clone()).context("the rig's own root is refused")?;
        Ok(Self {
            root_pem: write(directory, &format!("{service}-tls-root.pem"), &root_certificate.pem())?,
            certificate_pem: write(directory, &format!("{service}-tls-cert.pem"), &certificate.pem())?,
            key_pem: write(directory, &format!("{service}-tls-key.pem"), &key.serialize_pem())?,
            roots,
        })
    }

    /// Return what a TLS server needs to be this identity.
    pub(crate) fn server_config(&self) -> Result<ServerConfig> {
        let certificate =
            CertificateDer::from_pem_file(&self.certificate_pem).context("cannot read the certificate")?;
        let key = PrivateKeyDer::from_pem_file(&self.key_pem).context("cannot read the key")?;
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .context("no usable TLS version")?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .context("the certificate cannot be served")
    }
}

/// Write a self-signed certificate and its key as one PEM file.
pub(crate) fn self_signed(directory: &Path, file: &str, name: &str) -> Result<PathBuf> {
    let mut params = CertificateParams::new(vec![name.to_owned()]).context("cannot describe the certificate")?;
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().context("cannot make a key")?;
    let certificate = params.self_signed(&key).context("cannot sign the certificate")?;
    write(directory, file, &format!("{}{}", certificate.pem(), key.serialize_pem()))
}

fn write(directory: &Path, file: &str, text: &str) -> Result<PathBuf> {
    let path = directory.join(file);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
