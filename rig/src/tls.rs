//! TLS from the client's side: what certificate a server shows for a name, and HTTPS requests with chosen roots.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::http::{self, Answer};

const HANDSHAKE_WITHIN: Duration = Duration::from_secs(30);

/// Return the leaf certificate (DER) that the server at `address` shows for `sni`, whoever signed it.
pub async fn served_certificate(address: SocketAddr, sni: &str) -> Result<Vec<u8>> {
    let stream = any_handshake(address, sni).await?;
    let leaf = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    Ok(leaf.with_context(|| format!("{address} shows no certificate for {sni}"))?.to_vec())
}

/// Connect to the server at `address` for `sni`, whoever signed its certificate.
pub(crate) async fn any_handshake(address: SocketAddr, sni: &str) -> Result<TlsStream<TcpStream>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .context("no usable TLS version")?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    handshake(address, sni, config).await
}

/// GET `https://<sni>/` from the server at `address` and return the status; the chain must verify against `roots_pem`
/// and the certificate must name `sni`. Follows no redirect.
pub async fn https_get(address: SocketAddr, sni: &str, roots_pem: &str) -> Result<u16> {
    let roots = roots_from_pem(roots_pem)?;
    Ok(send(address, sni, &roots, http::get(sni, "/")?).await?.status)
}

/// GET a path of the server at `address`, which must have a certificate for that very address.
pub(crate) async fn get(address: SocketAddr, roots: &RootCertStore, path: &str) -> Result<Answer> {
    send(address, &address.ip().to_string(), roots, http::get(&address.to_string(), path)?).await
}

/// Send one request over TLS to `address`, which must prove to be `name`.
pub(crate) async fn send(
    address: SocketAddr,
    name: &str,
    roots: &RootCertStore,
    request: Request<Full<Bytes>>,
) -> Result<Answer> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .context("no usable TLS version")?
        .with_root_certificates(roots.clone())
        .with_no_client_auth();
    http::send(handshake(address, name, config).await?, request).await
}

/// Read the certificates of a PEM text as roots.
pub(crate) fn roots_from_pem(pem: &str) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.context("the roots are not PEM")?;
        roots.add(certificate).context("a root is not a usable certificate")?;
    }
    Ok(roots)
}

async fn handshake(address: SocketAddr, name: &str, config: ClientConfig) -> Result<TlsStream<TcpStream>> {
    let server = ServerName::try_from(name.to_owned()).with_context(|| format!("{name} is not a server name"))?;
    let stream = http::connect(address).await?;
    let stream = timeout(HANDSHAKE_WITHIN, TlsConnector::from(Arc::new(config)).connect(server, stream)).await;
    let stream = stream.with_context(|| format!("no TLS handshake with {address} within {HANDSHAKE_WITHIN:?}"))?;
    stream.with_context(|| format!("the TLS handshake with {address} for {name} failed"))
}

/// Accept every certificate; the handshake's signatures are still checked, so the server does own the key.
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

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
