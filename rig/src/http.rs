//! The smallest HTTP/1.1 client: one request on one connection, the whole answer in memory, a timeout on everything.
//! TLS is left to `tls`.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request,
    header::{CONTENT_TYPE, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// An HTTP answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Return the body as text, whatever bytes are in it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// GET `http://<host><path>` from the server at `address`, whatever `host` resolves to. Follows no redirect.
pub async fn http_get(address: SocketAddr, host: &str, path: &str) -> Result<Answer> {
    send(connect(address).await?, get(host, path)?).await
}

/// POST a JSON body in plain text.
pub(crate) async fn post_json(address: SocketAddr, path: &str, body: &serde_json::Value) -> Result<Answer> {
    send(connect(address).await?, post(&address.to_string(), path, body)?).await
}

/// Write a POST request with a JSON body.
pub(crate) fn post(host: &str, path: &str, body: &serde_json::Value) -> Result<Request<Full<Bytes>>> {
    Request::post(path)
        .header(HOST, host)
        .header(USER_AGENT, "autossl-rig")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .context("cannot write the request")
}

/// Write a GET request. Pebble refuses requests without a User-Agent (RFC 8555, section 6.1).
pub(crate) fn get(host: &str, path: &str) -> Result<Request<Full<Bytes>>> {
    Request::get(path)
        .header(HOST, host)
        .header(USER_AGENT, "autossl-rig")
        .body(Full::new(Bytes::new()))
        .with_context(|| format!("cannot write a request for {host}{path}"))
}

pub(crate) async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = timeout(ANSWER_WITHIN, TcpStream::connect(address)).await;
    let stream = stream.with_context(|| format!("no connection to {address} within {ANSWER_WITHIN:?}"))?;
    stream.with_context(|| format!("cannot connect to {address}"))
}

/// Send one request on `stream` and read the answer to its end.
pub(crate) async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answer>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let exchange = async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let answer = async {
            let response = sender.send_request(request).await?;
            let (head, body) = response.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
        };
        // The connection carries the answer; when it ends first, the answer knows why.
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            _ = connection => answer.await,
        }
    };
    let answer: hyper::Result<Answer> =
        timeout(ANSWER_WITHIN, exchange).await.with_context(|| format!("no answer within {ANSWER_WITHIN:?}"))?;
    answer.context("the exchange failed")
}
