//! The CA's sockets: TLS connections on loopback, each served by `server/dispatch.rs`.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use http::Request;
use hyper::{body::Incoming, server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::authority::Authority;

mod dispatch;
mod identity;
mod wire;

pub(crate) use identity::Identity;
use wire::{Reset, Wire};

const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// A failed `accept` is mostly a lack of file descriptors, which takes a moment to pass.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// Serve until `stop`. All connections belong to this task and end with it, answered or not.
pub(crate) async fn serve(listener: TcpListener, acceptor: TlsAcceptor, ca: Arc<Authority>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(connection(stream, peer, acceptor.clone(), ca.clone()));
            }
            Err(_) => tokio::time::sleep(AFTER_FAILED_ACCEPT).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, acceptor: TlsAcceptor, ca: Arc<Authority>) {
    // Answers are small; waiting to fill packets would cost 40 ms each.
    let _ = stream.set_nodelay(true);
    let reset = Reset::default();
    let wire = Wire::new(stream, reset.clone());
    let Ok(Ok(stream)) = timeout(HANDSHAKE_WITHIN, acceptor.accept(wire)).await else { return };
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let handle = reset.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (ca, reset) = (ca.clone(), handle.clone());
        async move { dispatch::answer(&ca, peer.ip(), &reset, request).await }
    });
    let io = TokioIo::new(stream);
    // How a connection ends is the client's affair, or a fault's.
    if http2 {
        tokio::select! {
            _ = conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service) => {}
            () = reset.pulled() => {}
        }
    } else {
        tokio::select! {
            _ = conn::http1::Builder::new().serve_connection(io, service) => {}
            () = reset.pulled() => {}
        }
    }
}
