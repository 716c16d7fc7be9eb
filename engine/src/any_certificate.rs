//! TLS that looks at what is presented and trusts none of it: for questions about a server, never for talking to one.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedCipherSuite};
use std::sync::Arc;

/// Which keys a client takes certificates with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// All that TLS knows.
    Any,
    /// ECDSA, as all clients of today do.
    Ecdsa,
    /// RSA, as old clients do.
    Rsa,
}

impl Keys {
    /// Tell whether such keys sign by a scheme.
    fn sign_by(self, scheme: SignatureScheme) -> bool {
        use SignatureScheme as Scheme;
        let ecdsa = [Scheme::ECDSA_NISTP256_SHA256, Scheme::ECDSA_NISTP384_SHA384, Scheme::ECDSA_NISTP521_SHA512];
        let rsa = [
            Scheme::RSA_PKCS1_SHA256,
            Scheme::RSA_PKCS1_SHA384,
            Scheme::RSA_PKCS1_SHA512,
            Scheme::RSA_PSS_SHA256,
            Scheme::RSA_PSS_SHA384,
            Scheme::RSA_PSS_SHA512,
        ];
        match self {
            Self::Any => true,
            Self::Ecdsa => ecdsa.contains(&scheme),
            Self::Rsa => rsa.contains(&scheme),
        }
    }

    /// Tell whether such keys go with a cipher suite. Those of TLS 1.3 leave that to the schemes.
    fn go_with(self, suite: SupportedCipherSuite) -> bool {
        match suite {
            SupportedCipherSuite::Tls12(suite) => suite.sign.iter().any(|scheme| self.sign_by(*scheme)),
            SupportedCipherSuite::Tls13(_) => true,
        }
    }
}

/// Make a configuration that accepts any certificate.
pub(crate) fn client_config() -> Result<Arc<ClientConfig>, String> {
    client_config_for(Keys::Any)
}

/// Make a configuration that accepts any certificate with such a key.
pub(crate) fn client_config_for(keys: Keys) -> Result<Arc<ClientConfig>, String> {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| keys.go_with(*suite));
    let provider = Arc::new(provider);
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider, keys)))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>, Keys);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
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
        let mut schemes = self.0.signature_verification_algorithms.supported_schemes();
        schemes.retain(|scheme| self.1.sign_by(*scheme));
        schemes
    }
}
