//! The CA's own HTTPS certificate, and the root behind it. Neither has to do with the certificates that it issues.

use std::{net::IpAddr, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

use crate::builder::StartError;

/// What a TLS server needs, and what its clients have to trust. Valid at all times, whatever the CA's clock says.
pub(crate) struct Identity {
    pub(crate) root_pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Identity {
    /// Make a root and a certificate for `address`, the loopback addresses and `localhost`. The root's key is dropped.
    pub(crate) fn create(address: IpAddr) -> Result<Self, StartError> {
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, "testca: HTTPS of the CA itself");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root_key = KeyPair::generate()?;
        let root_pem = root.self_signed(&root_key)?.pem();
        let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned).to_vec();
        let mut leaf = CertificateParams::new(names)?;
        leaf.subject_alt_names.push(SanType::IpAddress(address));
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = leaf.signed_by(&key, &Issuer::new(root, root_key))?;

        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { root_pem, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}
