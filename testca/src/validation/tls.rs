//! TLS with whoever answers, and TLS-ALPN-01 (RFC 8737), which is proven by a certificate for the purpose.

use std::{net::SocketAddr, sync::Arc};

use ::aws_lc_rs::digest::{SHA256, digest};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer};

use super::{Attempt, Network, ValidationFailure, dns::Resolver, network::addresses};

const PROTOCOL: &[u8] = b"acme-tls/1";
const ACME_IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";

/// Connect without asking whom to trust.
pub(super) async fn connect(
    stream: TcpStream,
    host: &str,
    protocols: &[&[u8]],
) -> Result<TlsStream<TcpStream>, ValidationFailure> {
    let failed = |why: String| ValidationFailure::tls(format!("TLS with {host}: {why}"));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(error.to_string()))?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| failed(error.to_string()))
}

/// TLS-ALPN-01.
pub(super) async fn validate(
    network: &Network,
    resolver: &Resolver,
    attempt: &Attempt,
) -> Result<(), ValidationFailure> {
    let mut failure = ValidationFailure::connection(format!("no address of {} was tried", attempt.name));
    for address in addresses(resolver, &attempt.name).await? {
        let target = SocketAddr::from((address, network.tls_port));
        match TcpStream::connect(target).await {
            Ok(stream) => return inspect(&connect(stream, &attempt.name, &[PROTOCOL]).await?, attempt),
            Err(error) => failure = ValidationFailure::connection(format!("{target}: {error}")),
        }
    }
    Err(failure)
}

fn inspect(stream: &TlsStream<TcpStream>, attempt: &Attempt) -> Result<(), ValidationFailure> {
    let refused = |why: &str| ValidationFailure::unauthorized(format!("{}: {why}", attempt.name));
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(PROTOCOL) {
        return Err(refused("the server does not speak acme-tls/1"));
    }
    let leaf = session.peer_certificates().and_then(|chain| chain.first()).ok_or_else(|| refused("no certificate"))?;
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|_| refused("an unreadable certificate"))?;
    let names = certificate.subject_alternative_name().ok().flatten().map(|names| &names.value.general_names);
    let one_name = matches!(names.map(Vec::as_slice), Some([GeneralName::DNSName(name)]) if *name == attempt.name);
    if !one_name {
        return Err(refused("the certificate is not for this name alone"));
    }
    let hash = digest(&SHA256, attempt.key_authorization.as_bytes());
    // An OCTET STRING of 32 bytes.
    let wanted = [&[4, 32][..], hash.as_ref()].concat();
    let mut extensions = certificate.extensions().iter();
    let found = extensions.find(|extension| extension.oid.to_id_string() == ACME_IDENTIFIER);
    match found {
        Some(extension) if extension.critical && extension.value == wanted => Ok(()),
        Some(_) => Err(refused("the certificate's acmeIdentifier is not the expected one")),
        None => Err(refused("the certificate has no acmeIdentifier")),
    }
}

/// Accept every certificate. Signatures of TLS 1.3 are checked with the bare key, so the server does own it: the usual
/// check refuses certificates with the critical extension that is looked for here.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    /// There is no such check with a bare key, and a test CA can do without: the proof is in the certificate itself.
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let (_, parsed) = X509Certificate::from_der(certificate)
            .map_err(|_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let key = SubjectPublicKeyInfoDer::from(parsed.public_key().raw);
        verify_tls13_signature_with_raw_key(message, &key, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
