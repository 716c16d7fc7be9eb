//! Asking a service which certificate it presents for a name.

use crate::{any_certificate, x509};
use rustls_pki_types::ServerName;
use std::net::SocketAddr;
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
        Ok(Self { connector: TlsConnector::from(any_certificate::client_config()?) })
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
