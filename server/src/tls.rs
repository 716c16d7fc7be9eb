//! TLS on a connection: the certificate is chosen by the name that the client asks for, at each handshake anew.
//!
//! Which certificate that is, is left to the engine; what is spoken afterwards, to the listener.

use crate::channel::Channel;
use engine::panel::{Certificate, Panel};
use std::io;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::server::TlsStream;

/// What is spoken on a port.
#[derive(Clone)]
pub(crate) enum Security {
    /// HTTP as it is.
    Plain,
    /// HTTP over TLS, with these certificates.
    Tls(Panel),
}

/// Make the handshake on a connection that was just taken.
pub(crate) async fn accept(stream: TcpStream, panel: &Panel) -> io::Result<(TlsStream<TcpStream>, Channel)> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let choice = panel.choose(hello.client_hello().server_name());
    let choice = choice.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no certificate to present"))?;
    let channel = match choice.certificate {
        Certificate::Panel => Channel::TrustedTls,
        _ => Channel::Tls,
    };
    Ok((hello.into_stream(choice.tls).await?, channel))
}
