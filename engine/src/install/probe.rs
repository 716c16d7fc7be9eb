//! Asking a service which certificate it presents for a name.

use crate::x509;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// Makes handshakes to see what is presented, without trusting it.
#[derive(Clone)]
pub(super) struct Prober {
    connector: TlsConnector,
}

impl Prober {
    /// Prepare; connects to nothing.
    pub(super) fn new() -> Result<Self, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)) })
    }

    /// Tell the SHA-256, in hexadecimal, of the certificate presented for a name (SNI, RFC 6066 section 3).
    pub(super) async fn presented(&self, address: SocketAddr, name: &str) -> Result<String, String> {
        // A wildcard is not a host: ask for one that it covers.
        let host = name.replacen('*', "autossl-probe", 1);
        let server_name = ServerName::try_from(host).map_err(|error| format!("{name}: {error}"))?;
        let handshake = async {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            self.connector.connect(server_name, tcp).await
        };
        let timed = tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await;
        let stream = timed
            .map_err(|_| format!("no TLS handshake with {address} within {} s", HANDSHAKE_LIMIT.as_secs()))?
            .map_err(|error| format!("no TLS handshake with {address}: {error}"))?;
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or(&[]);
        certificates.first().map(|der| x509::fingerprint(der)).ok_or_else(|| "no certificate was presented".into())
    }
}

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
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
