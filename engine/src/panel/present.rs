//! Which of a certificate and its companion is presented: the companion to clients that cannot do the certificate's kind of key.

use crate::x509;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedCipherSuite};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

/// Present the chain of a PEM text with the key in it, after seeing that they belong together, and the companion beside it.
pub(super) fn presenting(
    template: &ServerConfig,
    pem: &str,
    companion: Option<&str>,
) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::clone(template.crypto_provider());
    let own = Arc::new(certified(&provider, pem)?);
    let companion = companion.map(|pem| certified(&provider, pem)).transpose()?.map(Arc::new);
    let mut config = template.clone();
    config.cert_resolver = Arc::new(ByKey { provider, own, companion });
    Ok(Arc::new(config))
}

fn certified(provider: &CryptoProvider, pem: &str) -> Result<CertifiedKey, String> {
    let chain: Vec<CertificateDer<'static>> = x509::read_chain(pem)?;
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| format!("private key: {error}"))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| error.to_string())
}

/// A certificate, and its companion.
#[derive(Debug)]
struct ByKey {
    provider: Arc<CryptoProvider>,
    own: Arc<CertifiedKey>,
    companion: Option<Arc<CertifiedKey>>,
}

impl ByKey {
    /// Tell whether a client can verify what the key of a certificate signs, with a cipher suite that goes with it.
    fn suits(&self, client: &ClientHello<'_>, pair: &CertifiedKey) -> bool {
        let goes_with = |suite: &&SupportedCipherSuite| match suite {
            SupportedCipherSuite::Tls12(suite) => pair.key.choose_scheme(suite.sign).is_some(),
            SupportedCipherSuite::Tls13(_) => true,
        };
        let mut suites = self.provider.cipher_suites.iter().filter(goes_with);
        pair.key.choose_scheme(client.signature_schemes()).is_some()
            && suites.any(|suite| client.cipher_suites().contains(&suite.suite()))
    }
}

impl ResolvesServerCert for ByKey {
    fn resolve(&self, client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let helps = |companion: &&Arc<CertifiedKey>| !self.suits(&client, &self.own) && self.suits(&client, companion);
        let companion = self.companion.as_ref().filter(helps);
        Some(Arc::clone(companion.unwrap_or(&self.own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::any_certificate::{Keys, client_config_for};
    use crate::model::KeyType;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConnection, ServerConnection};

    fn issued(kind: KeyType) -> String {
        let key = x509::generate_key(kind).unwrap();
        let signer = rcgen::KeyPair::from_pem(&key).unwrap();
        let params = rcgen::CertificateParams::new(vec!["panel.test".to_owned()]).unwrap();
        format!("{}{key}", params.self_signed(&signer).unwrap().pem())
    }

    /// What a client that takes such keys only is shown; `None` where the handshake fails.
    fn shown(server: &Arc<ServerConfig>, keys: Keys) -> Option<Vec<u8>> {
        let name = ServerName::try_from("panel.test").unwrap();
        let mut client = ClientConnection::new(client_config_for(keys).unwrap(), name).unwrap();
        let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
        while client.is_handshaking() {
            let mut sent = Vec::new();
            client.write_tls(&mut sent).unwrap();
            server.read_tls(&mut sent.as_slice()).unwrap();
            server.process_new_packets().ok()?;
            let mut answered = Vec::new();
            server.write_tls(&mut answered).unwrap();
            client.read_tls(&mut answered.as_slice()).unwrap();
            client.process_new_packets().ok()?;
        }
        client.peer_certificates()?.first().map(|der| der.to_vec())
    }

    #[test]
    fn each_client_is_shown_the_certificate_that_it_can_do() {
        let (own, companion) = (issued(KeyType::EcdsaP256), issued(KeyType::Rsa2048));
        let der = |pem: &str| Some(x509::read_chain(pem).unwrap()[0].to_vec());
        let template = super::super::template().unwrap();
        let both = presenting(&template, &own, Some(&companion)).unwrap();
        assert_eq!((shown(&both, Keys::Any), shown(&both, Keys::Ecdsa)), (der(&own), der(&own)));
        assert_eq!(shown(&both, Keys::Rsa), der(&companion));
        let alone = presenting(&template, &own, None).unwrap();
        assert_eq!((shown(&alone, Keys::Ecdsa), shown(&alone, Keys::Rsa)), (der(&own), None));
    }
}
