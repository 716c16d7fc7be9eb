//! Taking connections: bounded in number, patient with nobody, and ended in order.
//!
//! In a stop, no new connection is taken, those in use may end their answer, and after a while the rest is dropped.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};

/// Connections that may be open at the same time; more wait in the kernel's queue.
const CONNECTIONS: usize = 1024;
/// How long a client may take to send a request's head.
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
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let mut make_service = router.into_make_service_with_connect_info::<SocketAddr>();
    let connections = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    builder.http2().timer(TokioTimer::new());
    while let Some((stream, peer, permit)) = next(&listener, &permits, &stop).await {
        let Ok(service) = make_service.call(peer).await;
        let service = service.map_request(|request: Request<hyper::body::Incoming>| request.map(Body::new));
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = connections.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(LINGER, connections.shutdown()).await.is_err() {
        tracing::warn!("connections were still busy at the stop and are dropped");
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
