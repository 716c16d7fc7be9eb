//! A browser over TLS that trusts one root and speaks HTTP/2 or HTTP/1.1.

use super::client::Answer;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// A browser over TLS.
#[derive(Clone)]
pub(crate) struct SecureClient {
    server: SocketAddr,
    name: &'static str,
    roots: Arc<RootCertStore>,
}

impl SecureClient {
    /// Make one that looks for `name` at a server and trusts the certificates of a PEM text.
    pub(crate) fn new(server: SocketAddr, name: &'static str, roots: &str) -> Self {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(roots.as_bytes()) {
            store.add(certificate.expect("PEM")).expect("a root");
        }
        Self { server, name, roots: Arc::new(store) }
    }

    /// Make the handshake; it fails where the certificate is not trusted for the name.
    pub(crate) async fn connect(&self, protocol: Protocol) -> io::Result<TlsStream<TcpStream>> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = match protocol {
            Protocol::Http1 => vec![b"http/1.1".to_vec()],
            Protocol::Http2 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        };
        let name = ServerName::try_from(self.name).expect("a name");
        let tcp = TcpStream::connect(self.server).await?;
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await
    }

    /// Return the origin as a browser would send it.
    pub(crate) fn origin(&self) -> String {
        format!("https://{}:{}", self.name, self.server.port())
    }

    /// Open a connection for several requests.
    pub(crate) async fn open(&self, protocol: Protocol) -> io::Result<Conversation> {
        let stream = self.connect(protocol).await?;
        let negotiated = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        let sender = match protocol {
            Protocol::Http1 => {
                assert_eq!(negotiated.as_deref(), Some(&b"http/1.1"[..]));
                let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
                tokio::spawn(connection);
                Sender::Http1(sender)
            }
            Protocol::Http2 => {
                assert_eq!(negotiated.as_deref(), Some(&b"h2"[..]));
                let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
                let (sender, connection) = handshake.await.map_err(io::Error::other)?;
                tokio::spawn(connection);
                Sender::Http2(sender)
            }
        };
        Ok(Conversation { origin: self.origin(), sender })
    }

    /// Send a request on a connection of its own and read the answer to its end.
    pub(crate) async fn send(
        &self,
        protocol: Protocol,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        self.open(protocol).await?.send(method, path, headers, body).await
    }

    /// Fetch a page on a connection of its own.
    pub(crate) async fn get(&self, protocol: Protocol, path: &str) -> Answer {
        self.send(protocol, "GET", path, &[], "").await.expect("an answer")
    }
}

/// A connection.
pub(crate) struct Conversation {
    origin: String,
    sender: Sender,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Conversation {
    /// Send a request and read the answer to its end.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let mut request = match &self.sender {
            Sender::Http1(_) => Request::builder().uri(path).header(header::HOST, &self.origin["https://".len()..]),
            Sender::Http2(_) => Request::builder().uri(format!("{}{path}", self.origin)),
        };
        request = request.method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
        let answer = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await.map_err(io::Error::other)?;
                sender.send_request(request).await
            }
            Sender::Http2(sender) => sender.send_request(request).await,
        };
        let (head, body) = answer.map_err(io::Error::other)?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }
}
