//! Web servers that behave as a test wants, several addresses at one port.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use engine::dcv::{BoardError, TokenBoard};
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// The tokens that are published, and how often that was done.
#[derive(Clone, Default)]
pub(crate) struct Board(Arc<Mutex<Published>>);

#[derive(Default)]
struct Published {
    answers: HashMap<String, String>,
    times: usize,
}

impl Board {
    /// Answer the tokens as AutoSSL does, and everything else with 404.
    pub(crate) fn served(&self) -> Behaviour {
        let board = self.clone();
        Behaviour::http(move |request| {
            let token = request.uri().path().rsplit('/').next().unwrap_or_default();
            match board.0.lock().unwrap().answers.get(token) {
                Some(answer) => reply(200, &[("content-type", "text/plain")], answer),
                None => reply(404, &[], "no such token"),
            }
        })
    }

    /// Return how many tokens are published now, and how many were over time.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let published = self.0.lock().unwrap();
        (published.answers.len(), published.times)
    }
}

#[async_trait]
impl TokenBoard for Board {
    async fn publish(&self, token: &str, answer: &str) -> Result<(), BoardError> {
        let mut published = self.0.lock().unwrap();
        published.times += 1;
        published.answers.insert(token.to_owned(), answer.to_owned());
        Ok(())
    }

    async fn withdraw(&self, token: &str) -> Result<(), BoardError> {
        self.0.lock().unwrap().answers.remove(token);
        Ok(())
    }
}

type Handler = Arc<dyn Fn(&Request<Incoming>) -> Response<Full<Bytes>> + Send + Sync>;

/// What happens to a connection.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// HTTP.
    Http(Handler),
    /// HTTP in TLS, with a certificate that nobody trusts.
    Tls(Handler),
    /// These bytes, before anything is asked.
    Bytes(&'static [u8]),
    /// These bytes once something is asked, and then nothing while the connection stays open.
    Hang(&'static [u8]),
    /// The connection is closed.
    Cut,
}

impl Behaviour {
    pub(crate) fn http(handler: impl Fn(&Request<Incoming>) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        Self::Http(Arc::new(handler))
    }

    /// Answer everything alike.
    pub(crate) fn status(status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        let headers: Vec<(&'static str, String)> =
            headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let body = body.to_owned();
        Self::http(move |_| {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            reply(status, &headers, &body)
        })
    }

    /// Redirect everything to one place.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::status(301, &[("location", location)], "")
    }

    /// Do the same in TLS.
    pub(crate) fn in_tls(self) -> Self {
        match self {
            Self::Http(handler) => Self::Tls(handler),
            other => other,
        }
    }
}

/// Make an answer.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Full<Bytes>> {
    let start = Response::builder().status(status);
    let head = headers.iter().fold(start, |head, (name, value)| head.header(*name, *value));
    head.body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

/// Running web servers, one per address, all at one port. They end when this is dropped.
pub(crate) struct Web {
    pub(crate) port: u16,
    _servers: JoinSet<()>,
}

impl Web {
    /// Listen on these addresses.
    pub(crate) async fn start(servers: &[(&str, Behaviour)]) -> Self {
        let addresses: Vec<IpAddr> = servers.iter().map(|(address, _)| address.parse().unwrap()).collect();
        let (port, listeners) = listen(&addresses).await;
        let mut tasks = JoinSet::new();
        for (listener, (_, behaviour)) in listeners.into_iter().zip(servers) {
            tasks.spawn(serve(listener, behaviour.clone()));
        }
        Self { port, _servers: tasks }
    }
}

/// Somebody else may have the first one's port at another address: then try again.
async fn listen(addresses: &[IpAddr]) -> (u16, Vec<TcpListener>) {
    'port: for _ in 0..50 {
        let mut port = 0;
        let mut listeners = Vec::new();
        for address in addresses {
            let Ok(listener) = TcpListener::bind(SocketAddr::new(*address, port)).await else { continue 'port };
            port = listener.local_addr().unwrap().port();
            listeners.push(listener);
        }
        return (port, listeners);
    }
    panic!("no port is free at {addresses:?}");
}

async fn serve(listener: TcpListener, behaviour: Behaviour) {
    let acceptor = matches!(behaviour, Behaviour::Tls(_)).then(acceptor);
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(behave(stream, behaviour.clone(), acceptor.clone()));
    }
}

async fn behave(mut stream: TcpStream, behaviour: Behaviour, acceptor: Option<TlsAcceptor>) {
    match (behaviour, acceptor) {
        (Behaviour::Http(handler), _) => converse(stream, handler).await,
        (Behaviour::Tls(handler), Some(acceptor)) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, handler).await;
            }
        }
        (Behaviour::Bytes(bytes), _) => drop(stream.write_all(bytes).await),
        (Behaviour::Hang(bytes), _) => {
            drop(stream.read(&mut [0; 4_096]).await);
            drop(stream.write_all(bytes).await);
            std::future::pending::<()>().await;
        }
        (Behaviour::Cut | Behaviour::Tls(_), _) => {}
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, handler: Handler) {
    let service = service_fn(async |request| Ok::<_, Infallible>(handler(&request)));
    // A client that hangs up is its own business.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(vec!["somebody.else.test".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
