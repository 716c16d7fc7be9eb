//! Taking connections: bounded in number, patient with nobody, and ended in order.
//!
//! A connection may begin with a TLS handshake, which keeps no other one waiting. In a stop, no new connection is taken, those in use may end their answer, and after a while the rest is dropped.

use crate::channel::Channel;
use crate::tls::{self, Security};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use engine::panel::Panel;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Connections that may be open at the same time; more wait in the kernel's queue.
const CONNECTIONS: usize = 1024;
/// How long a client may take for a TLS handshake, and to send a request's head.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// How long answers may go on after a stop was asked for.
const LINGER: Duration = Duration::from_secs(5);
/// How long to wait when the system has no resources for one more connection.
const PAUSE: Duration = Duration::from_millis(100);
const BACKLOG: u32 = 1024;

/// Bind a port that this process owns alone.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket_for(address)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Bind a port that several processes of the same system user may hold: each of them gives the same answers.
pub(crate) fn bind_shared(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket_for(address)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serve until `stop`, then let answers end.
pub(crate) async fn serve(listener: TcpListener, router: Router, security: Security, stop: CancellationToken) {
    let connections = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    builder.http2().timer(TokioTimer::new());
    while let Some((stream, peer, permit)) = next(&listener, &permits, &stop).await {
        let line = Line { peer, router: router.clone(), builder: builder.clone(), watcher: connections.watcher() };
        let (security, stop) = (security.clone(), stop.clone());
        tokio::spawn(async move {
            match security {
                Security::Plain => line.answer(stream, Channel::Plain).await,
                Security::Tls(panel) => {
                    if let Some((stream, channel)) = shake_hands(stream, &panel, &stop).await {
                        line.answer(stream, channel).await;
                    }
                }
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(LINGER, connections.shutdown()).await.is_err() {
        tracing::warn!("connections were still busy at the stop and are dropped");
    }
}

/// Make the TLS handshake; `None` where it fails, takes too long, or the server stops.
async fn shake_hands(
    stream: TcpStream,
    panel: &Panel,
    stop: &CancellationToken,
) -> Option<(TlsStream<TcpStream>, Channel)> {
    let accepted = tokio::time::timeout(HEAD_WITHIN, tls::accept(stream, panel));
    let accepted = tokio::select! {
        () = stop.cancelled() => return None,
        accepted = accepted => accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
    };
    accepted.inspect_err(|error| tracing::debug!(%error, "a TLS handshake failed")).ok()
}

/// What one connection is answered with.
struct Line {
    peer: SocketAddr,
    router: Router,
    builder: Builder<TokioExecutor>,
    watcher: Watcher,
}

impl Line {
    /// Answer the connection's requests until it ends.
    async fn answer<S>(self, stream: S, channel: Channel)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = self.peer;
        let service = self.router.map_request(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(channel);
            request
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        if let Err(error) = self.watcher.watch(connection.into_owned()).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Wait for a connection and for room for it; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, Option<OwnedSemaphorePermit>)> {
    let accepted = async {
        // Only a closed semaphore gives none, and this one is never closed.
        let permit = permits.clone().acquire_owned().await.ok();
        let (stream, peer) = accept(listener).await;
        (stream, peer, permit)
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = accepted => Some(accepted),
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // A connection without it works, only more slowly.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) if is_clients_fault(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot take a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_clients_fault(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn socket_for(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    Ok(socket)
}
