//! TLS without looking at certificates: the CA's question is whether the file is there, not who vouches for the server.

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, Error};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Make a TLS connection on `stream`, asking for `host`.
pub(super) async fn handshake(
    stream: TcpStream,
    host: &str,
    config: &Result<Arc<ClientConfig>, String>,
) -> io::Result<TlsStream<TcpStream>> {
    let config = config.as_ref().map_err(|reason| io::Error::other(reason.as_str()))?;
    let name = ServerName::try_from(host.trim_end_matches('.').to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(config.clone()).connect(name, stream).await
}

/// Tell whether `target` answers a TLS handshake at all, be it with an alert.
pub(super) async fn is_spoken(target: SocketAddr, host: &str, config: &Result<Arc<ClientConfig>, String>) -> bool {
    let Ok(stream) = TcpStream::connect(target).await else { return false };
    match handshake(stream, host, config).await {
        Ok(_) => true,
        Err(error) => error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>())
            .is_some_and(|error| matches!(error, Error::AlertReceived(_) | Error::PeerIncompatible(_))),
    }
}
