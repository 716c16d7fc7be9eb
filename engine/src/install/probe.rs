//! Asking a service which certificate it presents for a name.

use crate::{any_certificate, x509};
use rustls::SignatureScheme;
use rustls_pki_types::ServerName;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// Which keys a client can check signatures of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Able {
    /// All.
    Any,
    /// ECDSA only.
    Ecdsa,
    /// RSA only.
    Rsa,
}

impl Able {
    /// Say it, as a part of a sentence; nothing for an ordinary client.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Ecdsa => ", asked for an ECDSA key",
            Self::Rsa => ", asked for an RSA key",
        }
    }

    fn checks(self, scheme: SignatureScheme) -> bool {
        let is_ecdsa = matches!(
            scheme,
            SignatureScheme::ECDSA_NISTP256_SHA256
                | SignatureScheme::ECDSA_NISTP384_SHA384
                | SignatureScheme::ECDSA_NISTP521_SHA512
        );
        match self {
            Self::Any => true,
            Self::Ecdsa => is_ecdsa,
            Self::Rsa => !is_ecdsa && scheme != SignatureScheme::ED25519,
        }
    }
}

/// Makes handshakes to see what is presented, without trusting it.
#[derive(Clone)]
pub(super) struct Prober {
    any: TlsConnector,
    ecdsa: TlsConnector,
    rsa: TlsConnector,
}

impl Prober {
    /// Prepare; connects to nothing.
    pub(super) fn new() -> Result<Self, String> {
        let connector = |able: Able| {
            let config = any_certificate::client_config_with(|scheme| able.checks(scheme))?;
            Ok::<_, String>(TlsConnector::from(config))
        };
        Ok(Self { any: connector(Able::Any)?, ecdsa: connector(Able::Ecdsa)?, rsa: connector(Able::Rsa)? })
    }

    /// Tell the SHA-256, in hexadecimal, of the certificate presented for a name (SNI, RFC 6066 section 3).
    pub(super) async fn presented(&self, address: SocketAddr, name: &str) -> Result<String, String> {
        self.presented_to(Able::Any, address, name).await
    }

    /// Tell the same to a client that is able to check such keys only. For an address no name is sent.
    pub(super) async fn presented_to(&self, able: Able, address: SocketAddr, name: &str) -> Result<String, String> {
        let connector = match able {
            Able::Any => &self.any,
            Able::Ecdsa => &self.ecdsa,
            Able::Rsa => &self.rsa,
        };
        // A wildcard is not a host: ask for one that it covers.
        let host = name.replacen('*', "autossl-probe", 1);
        let server_name = ServerName::try_from(host).map_err(|error| format!("{name}: {error}"))?;
        let handshake = async {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            connector.connect(server_name, tcp).await
        };
        let timed = tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await;
        let stream = timed
            .map_err(|_| format!("no TLS handshake with {address} within {} s", HANDSHAKE_LIMIT.as_secs()))?
            .map_err(|error| format!("no TLS handshake with {address}: {error}"))?;
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or(&[]);
        certificates.first().map(|der| x509::fingerprint(der)).ok_or_else(|| "no certificate was presented".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_checked_by_clients_of_one_kind_of_key() {
        for scheme in [SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ECDSA_NISTP384_SHA384] {
            assert!(Able::Any.checks(scheme) && Able::Ecdsa.checks(scheme) && !Able::Rsa.checks(scheme));
        }
        for scheme in [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256] {
            assert!(Able::Any.checks(scheme) && !Able::Ecdsa.checks(scheme) && Able::Rsa.checks(scheme));
        }
    }
}
