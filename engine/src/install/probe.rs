//! Asking a service which certificate it presents for a name.

mod starttls;

use crate::any_certificate::{self, Keys};
use crate::x509;
use rustls_pki_types::{CertificateDer, ServerName};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);
const NOTHING: &str = "no certificate was presented";

/// How a connection comes to TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// With its first byte.
    Tls,
    /// After SMTP's STARTTLS (RFC 3207).
    Smtp,
    /// After IMAP's STARTTLS (RFC 9051, section 6.2.1).
    Imap,
    /// After POP3's STLS (RFC 2595, section 4).
    Pop3,
}

/// Where handshakes show what a service presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    /// How it comes to TLS.
    pub(crate) protocol: Protocol,
    /// Where it is.
    pub(crate) address: SocketAddr,
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Tls => return self.address.fmt(f),
            Protocol::Smtp => "SMTP",
            Protocol::Imap => "IMAP",
            Protocol::Pop3 => "POP3",
        };
        write!(f, "{} ({protocol} with STARTTLS)", self.address)
    }
}

/// Makes handshakes to see what is presented, without trusting it.
#[derive(Clone)]
pub(super) struct Prober {
    connector: TlsConnector,
}

impl Prober {
    /// Prepare to ask as a client that takes certificates with any key; connects to nothing.
    pub(super) fn new() -> Result<Self, String> {
        Self::taking(Keys::Any)
    }

    /// Prepare to ask as a client that takes certificates with these keys only.
    pub(super) fn taking(keys: Keys) -> Result<Self, String> {
        Ok(Self { connector: TlsConnector::from(any_certificate::client_config_for(keys)?) })
    }

    /// Tell the SHA-256, in hexadecimal, of the certificate presented for a name (SNI, RFC 6066 section 3).
    pub(super) async fn presented(&self, door: Door, name: &str) -> Result<String, String> {
        self.chain(door, name).await?.first().map(|der| x509::fingerprint(der)).ok_or_else(|| NOTHING.into())
    }

    /// Fetch the chain presented for a name, the server's own certificate first.
    pub(super) async fn chain(&self, door: Door, name: &str) -> Result<Vec<CertificateDer<'static>>, String> {
        // A wildcard is not a host: ask for one that it covers.
        let host = name.replacen('*', "autossl-probe", 1);
        let server_name = ServerName::try_from(host).map_err(|error| format!("{name}: {error}"))?;
        let timed = tokio::time::timeout(HANDSHAKE_LIMIT, self.shake_hands(door, server_name)).await;
        let stream = timed
            .map_err(|_| format!("no TLS handshake with {door} within {} s", HANDSHAKE_LIMIT.as_secs()))?
            .map_err(|error| format!("no TLS handshake with {door}: {error}"))?;
        let chain: Vec<_> = stream.get_ref().1.peer_certificates().unwrap_or(&[]).to_vec();
        if chain.is_empty() { Err(NOTHING.into()) } else { Ok(chain) }
    }

    async fn shake_hands(&self, door: Door, name: ServerName<'static>) -> io::Result<TlsStream<TcpStream>> {
        let mut tcp = TcpStream::connect(door.address).await?;
        tcp.set_nodelay(true)?;
        starttls::ask(&mut tcp, door.protocol).await?;
        self.connector.connect(name, tcp).await
    }
}
