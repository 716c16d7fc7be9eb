//! A web server on loopback that answers challenges, and redirects.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

type Pages = Arc<Mutex<HashMap<String, (u16, String)>>>;

/// Pages by path: the status, and the body or the place that is redirected to.
pub(crate) struct Web {
    address: SocketAddr,
    pages: Pages,
    server: JoinHandle<()>,
}

impl Web {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let pages = Pages::default();
        let server = tokio::spawn(serve(listener, pages.clone()));
        Ok(Self { address, pages, server })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn publish(&self, token: &str, key_authorization: &str) {
        self.set(&format!("/.well-known/acme-challenge/{token}"), 200, key_authorization);
    }

    pub(crate) fn set(&self, path: &str, status: u16, text: &str) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.insert(path.to_owned(), (status, text.to_owned()));
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, pages: Pages) {
    while let Ok((stream, _)) = listener.accept().await {
        let pages = pages.clone();
        let service = service_fn(move |request: Request<Incoming>| std::future::ready(answer(&pages, &request)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn answer(pages: &Pages, request: &Request<Incoming>) -> Result<Response<Full<Bytes>>, http::Error> {
    let pages = pages.lock().unwrap_or_else(PoisonError::into_inner);
    let missing = (StatusCode::NOT_FOUND.as_u16(), String::new());
    let (status, text) = pages.get(request.uri().path()).unwrap_or(&missing);
    let response = Response::builder().status(*status);
    if (300..400).contains(status) {
        return response.header("location", text).body(Full::new(Bytes::new()));
    }
    response.body(Full::new(Bytes::from(text.clone())))
}
