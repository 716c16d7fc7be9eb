//! What a web server can answer instead of the challenge file.

use std::time::Duration;

use async_trait::async_trait;
use engine::dcv::{BoardError, Code, LocalDcv, TokenBoard};
use tokio::net::{TcpSocket, TcpStream};

use crate::{
    lab::Lab,
    web::{Behaviour, Web},
};

async fn answering(behaviour: Behaviour) -> (Lab, Web) {
    let mut lab = Lab::with("a A 127.0.0.1").await;
    let web = Web::start(&[("127.0.0.1", behaviour)]).await;
    lab.settings.http_port = web.port;
    (lab, web)
}

async fn blocks(behaviour: Behaviour, code: Code) -> String {
    let (lab, _web) = answering(behaviour).await;
    lab.blocked("a.test", code).await
}

fn page(status: u16) -> Behaviour {
    Behaviour::status(status, &[("content-type", "text/html"), ("server", "Apache")], "<html>Sorry</html>")
}

#[tokio::test]
async fn each_status_has_its_own_reason() {
    let mut lab = Lab::with("a A 127.0.0.1").await;
    for (status, code) in [
        (404, Code::HttpNotFound),
        (410, Code::HttpNotFound),
        (401, Code::HttpAuthRequired),
        (403, Code::HttpForbidden),
        (500, Code::HttpServerError),
        (503, Code::HttpServerError),
        (429, Code::HttpStatusUnexpected),
        (204, Code::HttpStatusUnexpected),
    ] {
        let web = Web::start(&[("127.0.0.1", page(status))]).await;
        lab.settings.http_port = web.port;
        let seen = lab.blocked("a.test", code).await;
        let url = format!("http://a.test/.well-known/acme-challenge/… at 127.0.0.1: {status}; status {status}");
        assert!(seen.starts_with(&url) && seen.contains("server \"Apache\""), "{seen}");
    }
}

#[tokio::test]
async fn a_wrong_body_is_described() {
    let seen = blocks(page(200), Code::HttpPageInstead).await;
    assert!(seen.ends_with("body \"<html>Sorry</html>\""), "{seen}");
    let other = Behaviour::status(200, &[("content-type", "text/plain")], "token.of\u{1b}somebody-else");
    let seen = blocks(other, Code::HttpWrongToken).await;
    assert!(seen.ends_with("body \"token.of\\u{1b}somebody-else\""), "{seen}");
    blocks(Behaviour::status(200, &[], " \n"), Code::HttpEmptyBody).await;
    blocks(Behaviour::status(200, &[], &"x".repeat(100_000)), Code::HttpBodyTooLarge).await;
}

#[tokio::test]
async fn nothing_listens() {
    let (mut lab, web) = answering(Behaviour::Cut).await;
    lab.blocked("a.test", Code::ConnectReset).await;
    let port = web.port;
    drop(web);
    lab.settings.http_port = port;
    // The server's task ends soon after it is dropped; whoever comes before that is cut off.
    while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let seen = lab.blocked("a.test", Code::ConnectRefused).await;
    assert!(seen.contains(&format!("127.0.0.1:{port}")), "{seen}");
}

#[tokio::test]
async fn a_firewall_that_drops_everything_is_a_timeout() {
    let mut lab = Lab::with("a A 127.0.0.1").await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts, so once the queue is full the kernel drops what comes.
    let mut waiting = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(500), TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    lab.settings.http_port = address.port();
    lab.settings.fetch_timeout = Duration::from_secs(1);
    lab.blocked("a.test", Code::ConnectTimeout).await;
}

#[tokio::test]
async fn an_address_without_a_route_is_unreachable() {
    let lab = Lab::with("a A 255.255.255.255").await;
    lab.blocked("a.test", Code::ConnectUnreachable).await;
}

#[tokio::test]
async fn a_port_that_speaks_tls_is_recognised() {
    let (lab, _web) = answering(page(200).in_tls()).await;
    lab.blocked("a.test", Code::HttpTlsOnly).await;
    let nginx = "<center>The plain HTTP request was sent to HTTPS port</center>";
    blocks(Behaviour::status(400, &[], nginx), Code::HttpTlsOnly).await;
}

#[tokio::test]
async fn a_port_that_speaks_something_else_is_recognised() {
    blocks(Behaviour::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n"), Code::HttpNotHttp).await;
}

#[tokio::test]
async fn an_answer_must_come_in_time() {
    for start in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome"] {
        let (mut lab, _web) = answering(Behaviour::Hang(start)).await;
        lab.settings.fetch_timeout = Duration::from_secs(1);
        lab.blocked("a.test", Code::HttpTooSlow).await;
    }
}

struct Full;

#[async_trait]
impl TokenBoard for Full {
    async fn publish(&self, _: &str, _: &str) -> Result<(), BoardError> {
        Err(BoardError("the disk is full".into()))
    }

    async fn withdraw(&self, _: &str) -> Result<(), BoardError> {
        panic!("nothing was published");
    }
}

#[tokio::test]
async fn a_token_that_is_not_published_is_the_servers_own_fault() {
    let lab = Lab::with("a A 127.0.0.1").await;
    let verdict = LocalDcv::new(lab.settings.clone()).check(&Full, "a.test", &lab.request).await;
    let reason = verdict.reason().unwrap();
    assert_eq!((reason.code, reason.evidence.as_str()), (Code::TokenNotPublished, "the disk is full"));
}
