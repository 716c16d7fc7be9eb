//! A CA that misbehaves: an HTTPS server on loopback that answers wrongly, or stands in front of Pebble and spoils
//! chosen requests. Which requests those are is decided in `faults/rules.rs`.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

use crate::{Pebble, identity::LoopbackIdentity, pebble, tls};

mod rules;

use rules::Rules;

/// What happens to a request instead of the right answer. All faults come after the TLS handshake.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The request is read and never answered; the connection stays open.
    NoAnswer,
    /// The request is read and the connection is closed.
    CloseConnection,
    /// The request reaches the CA, and the connection is closed instead of passing on the answer.
    LoseAnswer,
    /// The request reaches the CA, and its answer is kept back; the connection stays open.
    KeepAnswer,
    /// The request is passed on after this time.
    Delay(Duration),
    /// This answer, and the request does not reach the CA. See [`Fault::status`] and [`Fault::problem`].
    Respond {
        /// The status code.
        code: u16,
        /// Header fields, the Content-Type among them.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
}

impl Fault {
    /// Answer with any status, content type and body.
    pub fn status(code: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self::Respond { code, headers, body: body.to_owned() }
    }

    /// Answer with an ACME problem such as `rateLimited` (RFC 8555, section 6.7).
    pub fn problem(code: u16, kind: &str, detail: &str) -> Self {
        let kind = format!("urn:ietf:params:acme:error:{kind}");
        let body = serde_json::json!({"type": kind, "detail": detail, "status": code});
        Self::status(code, "application/problem+json", &body.to_string())
    }

    /// Add a header field such as Retry-After to an answer; other faults have none and stay as they are.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Respond { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// An HTTPS server on loopback that injects faults. Its connections end when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    identity: LoopbackIdentity,
    rules: Arc<Rules>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Start a server that has no CA behind it and answers every request by `fault`. Its certificate is kept in
    /// `directory`, which is made.
    pub async fn start(directory: &Path, fault: Fault) -> Result<Self> {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let proxy = Self::listen(LoopbackIdentity::create(directory, "proxy")?, None).await?;
        proxy.inject_always("/", fault);
        Ok(proxy)
    }

    /// Start a server that passes everything on to `pebble`, until it is told otherwise. It shows Pebble's own
    /// certificate, so the same root is trusted, and keeps Host, so Pebble's URLs lead through it.
    pub async fn in_front_of(pebble: &Pebble) -> Result<Self> {
        Self::listen(pebble.identity().clone(), Some(pebble.address())).await
    }

    /// Return the address that speaks HTTPS.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Return the ACME directory's URL through this server.
    pub fn directory_url(&self) -> String {
        format!("https://{}{}", self.address, pebble::DIRECTORY)
    }

    /// Return the file with the root that a client must trust to talk to this server.
    pub fn tls_root_pem_path(&self) -> &Path {
        &self.identity.root_pem
    }

    /// Spoil the `nth` (from 1) of the requests to come whose path starts with `path_prefix`, once. Pebble's paths:
    /// `/dir`, `/nonce-plz`, `/sign-me-up`, `/order-plz`, `/my-order/`, `/authZ/`, `/chalZ/`, `/finalize-order/`,
    /// `/certZ/`, `/draft-ietf-acme-ari-03/renewalInfo/`.
    pub fn inject_nth(&self, path_prefix: &str, nth: usize, fault: Fault) {
        self.rules.nth(path_prefix, nth, fault);
    }

    /// Spoil all requests to come whose path starts with `path_prefix`.
    pub fn inject_always(&self, path_prefix: &str, fault: Fault) {
        self.rules.always(path_prefix, fault);
    }

    /// Spoil nothing from now on. Without a CA behind it the server then answers 503.
    pub fn heal(&self) {
        self.rules.clear();
    }

    /// Return the requests so far, in the order of their arrival, as `POST /order-plz`.
    pub fn requests(&self) -> Vec<String> {
        self.rules.requests()
    }

    /// Count the requests that wait for an answer which never comes.
    pub fn kept(&self) -> usize {
        self.rules.kept()
    }

    async fn listen(identity: LoopbackIdentity, upstream: Option<SocketAddr>) -> Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(identity.server_config()?));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("the proxy cannot listen")?;
        let address = listener.local_addr().context("cannot read the proxy's port")?;
        let rules = Arc::new(Rules::default());
        let upstream = upstream.map(|address| Upstream { address, roots: identity.roots.clone() });
        let handler = Arc::new(Handler { rules: rules.clone(), upstream });
        let server = tokio::spawn(accept(listener, acceptor, handler));
        Ok(Self { address, identity, rules, server })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Handler {
    rules: Arc<Rules>,
    upstream: Option<Upstream>,
}

struct Upstream {
    address: SocketAddr,
    roots: RootCertStore,
}

/// The connections belong to this task and end with it.
async fn accept(listener: TcpListener, acceptor: TlsAcceptor, handler: Arc<Handler>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, acceptor.clone(), handler.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, handler: Arc<Handler>) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(|request| handler.answer(request));
    // An error is a closed connection, which is what was asked for or what the client did.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Handler {
    async fn answer(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let fault = self.rules.meet(request.method(), request.uri().path());
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let request = Request::from_parts(head, Full::new(body));
        match fault {
            None => self.forward(request).await,
            Some(Fault::NoAnswer) => self.rules.keep().await,
            Some(Fault::CloseConnection) => Err(io::Error::other("closed on purpose")),
            Some(Fault::LoseAnswer) => {
                self.forward(request).await?;
                Err(io::Error::other("the answer was lost on purpose"))
            }
            Some(Fault::KeepAnswer) => {
                self.forward(request).await?;
                self.rules.keep().await
            }
            Some(Fault::Delay(time)) => {
                sleep(time).await;
                self.forward(request).await
            }
            Some(Fault::Respond { code, headers, body }) => {
                let fields = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
                respond(code, fields, Bytes::from(body))
            }
        }
    }

    async fn forward(&self, mut request: Request<Full<Bytes>>) -> io::Result<Response<Full<Bytes>>> {
        let Some(upstream) = &self.upstream else {
            let body = Bytes::from_static(b"there is no CA behind this server");
            return respond(StatusCode::SERVICE_UNAVAILABLE.as_u16(), std::iter::empty(), body);
        };
        request.headers_mut().remove(CONNECTION);
        let name = upstream.address.ip().to_string();
        let answer = tls::send(upstream.address, &name, &upstream.roots, request).await.map_err(io::Error::other)?;
        let own = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];
        let fields = answer.headers.iter().filter(|(name, _)| !own.contains(name));
        respond(answer.status, fields.map(|(name, value)| (name.as_str(), value.as_bytes())), answer.body)
    }
}

fn respond<'a>(
    code: u16,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    body: Bytes,
) -> io::Result<Response<Full<Bytes>>> {
    let response =
        headers.fold(Response::builder().status(code), |response, (name, value)| response.header(name, value));
    response.body(Full::new(body)).map_err(io::Error::other)
}
