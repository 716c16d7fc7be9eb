//! One GET to one address, within what is left of the time, and what became of it.

use super::reply::{Body, Reply};
use super::{Failure, tls};
use crate::dcv::Code;
use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

/// Far more than a key authorization, far less than what could hurt.
const BODY_LIMIT: usize = 8 * 1_024;
/// How long a port is given to show that it speaks TLS, after HTTP failed.
const TLS_PROBE: Duration = Duration::from_secs(2);
const AGENT: &str = concat!("AutoSSL/", env!("CARGO_PKG_VERSION"), " (domain control pre-check)");

type Tls = Result<Arc<ClientConfig>, String>;

/// What is asked, and where.
pub(super) struct Place<'a> {
    pub(super) target: SocketAddr,
    pub(super) host: &'a str,
    pub(super) url: &'a Url,
}

/// Send the request and read the answer.
pub(super) async fn get(place: &Place<'_>, config: &Tls, deadline: Instant) -> Result<Reply, Failure> {
    let target = place.target;
    let connect = timeout_at(deadline, TcpStream::connect(target)).await;
    let stream = connect
        .map_err(|_| Failure::new(Code::ConnectTimeout, format!("{target}: no connection in time")))?
        .map_err(|error| Failure::new(connect_code(&error), format!("{target}: {error}")))?;
    let too_slow = |_| Failure::new(Code::HttpTooSlow, format!("{target}: no complete answer in time"));
    if place.url.scheme() == "https" {
        let secured = timeout_at(deadline, tls::handshake(stream, place.host, config)).await.map_err(too_slow)?;
        let secured = secured.map_err(|error| Failure::new(Code::RedirectTlsFailed, format!("{target}: {error}")))?;
        let heard = timeout_at(deadline, exchange(secured, place)).await.map_err(too_slow)?;
        return heard.map_err(|error| Failure::new(exchange_code(&error), format!("{target}: {error}")));
    }
    let error = match timeout_at(deadline, exchange(stream, place)).await.map_err(too_slow)? {
        Ok(reply) => return Ok(reply),
        Err(error) => error,
    };
    // A TLS server answers plain HTTP with an alert, or by hanging up: ask it in its own language.
    let spoken = timeout(TLS_PROBE, tls::is_spoken(target, place.host, config)).await == Ok(true);
    let code = if spoken { Code::HttpTlsOnly } else { exchange_code(&error) };
    Err(Failure::new(code, format!("{target}: {error}")))
}

fn connect_code(error: &io::Error) -> Code {
    match error.kind() {
        ErrorKind::ConnectionRefused => Code::ConnectRefused,
        ErrorKind::TimedOut => Code::ConnectTimeout,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Code::ConnectReset,
        _ => Code::ConnectUnreachable,
    }
}

fn exchange_code(error: &Broken) -> Code {
    match error {
        Broken::NotHttp(_) => Code::HttpNotHttp,
        Broken::Cut(_) => Code::ConnectReset,
    }
}

/// How an exchange ended before its time.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("not HTTP: {0}")]
    NotHttp(String),
    #[error("connection cut: {0}")]
    Cut(String),
}

impl From<hyper::Error> for Broken {
    /// What hyper cannot make sense of is no HTTP, and so is a server that speaks before it is asked, as SSH and SMTP do.
    fn from(error: hyper::Error) -> Self {
        let cause = innermost(&error);
        let cut = match cause.downcast_ref::<hyper::Error>() {
            Some(cause) => cause.is_incomplete_message() || cause.is_canceled() || cause.is_closed(),
            None => !error.is_parse(),
        };
        let reason = cause.to_string();
        if cut { Self::Cut(reason) } else { Self::NotHttp(reason) }
    }
}

async fn exchange<S>(stream: S, place: &Place<'_>) -> Result<Reply, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = request(place)?;
    let answer = async {
        let response = sender.send_request(request).await?;
        read(response).await
    };
    // The connection moves the bytes; where it ends first, the answer knows why.
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    }
}

fn request(place: &Place<'_>) -> Result<Request<Empty<Bytes>>, Broken> {
    let url = place.url;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = url.port().map_or_else(|| place.host.to_owned(), |port| format!("{}:{port}", place.host));
    let request = Request::get(path).header(HOST, host).header(USER_AGENT, AGENT).header(ACCEPT, "*/*");
    request.header(CONNECTION, "close").body(Empty::new()).map_err(|error| Broken::NotHttp(error.to_string()))
}

async fn read(response: Response<Incoming>) -> Result<Reply, Broken> {
    let (head, body) = response.into_parts();
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Body::Whole(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Body::TooLarge,
        Err(error) => return Err(Broken::Cut(innermost(error.as_ref()).to_string())),
    };
    Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}
