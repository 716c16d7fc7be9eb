//! The ports: whether challenges are answered, whether port 80 passes them on, and whether the interface is there.

use super::{ServerState, Surroundings};
use crate::dcv::{Token, TokenBoard};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::{Observation, RunScope};
use crate::run::Board;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: u64 = 16 << 10;
/// A name that nobody has (RFC 6761, section 6.4): what answers for it answers for every name.
const NOBODY: &str = "autossl-doctor.invalid";

pub(super) async fn look(inner: &Inner, surroundings: &Surroundings) -> EngineResult<Vec<Observation>> {
    let board = Board(inner);
    let token = match Token::publish(&board).await {
        Ok(token) => token,
        Err(error) => {
            let seen = format!("No token can be put on the challenge port: {error}.");
            return Ok(vec![Observation::broken(seen, "The database must be writable.")]);
        }
    };
    let mut seen = vec![challenge_port(surroundings.challenges, &token).await];
    if let Some(precheck) = &inner.config.precheck {
        let port = if precheck.validation_port == 0 { 80 } else { precheck.validation_port };
        let host = any_name(inner).await?.unwrap_or_else(|| NOBODY.to_owned());
        seen.push(validation_port(port, &host, surroundings.challenges, &token).await);
    }
    // What stays on the board is swept by the next run.
    let _ = board.withdraw(&token.token).await;
    if surroundings.server == ServerState::Runs {
        seen.push(interface(surroundings.interface, "http").await);
        if let Some(tls) = surroundings.interface_tls {
            seen.push(interface(tls, "https").await);
        }
    }
    Ok(seen)
}

async fn challenge_port(at: SocketAddr, token: &Token) -> Observation {
    let at = reachable(at);
    let remedy = "Look at acme.http_address and acme.http_port, and at what else has that port.";
    match fetch(at, NOBODY, token).await {
        Ok(Fetched::Token) => Observation::fine(format!("The challenge port {at} answers.")),
        Ok(Fetched::Other(said)) => {
            Observation::broken(format!("The challenge port {at} is somebody else's: it answers {said}."), remedy)
        }
        Err(error) => Observation::broken(format!("The challenge port {at} does not answer: {error}."), remedy),
    }
}

/// Port 80 is looked at from this machine only: what the web server listens on need not be loopback, so nothing here is final.
async fn validation_port(port: u16, host: &str, challenges: SocketAddr, token: &Token) -> Observation {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let target = format!("http://{}/.well-known/acme-challenge/", reachable(challenges));
    let remedy =
        format!("Let it pass /.well-known/acme-challenge/ on to {target} for every host; see docs/install.md.");
    match fetch(at, host, token).await {
        Ok(Fetched::Token) => Observation::fine(format!("Port {port} passes challenges for {host} on to AutoSSL.")),
        Ok(Fetched::Other(said)) => Observation::warning(
            format!("Port {port} does not pass challenges for {host} on: it answers {said}."),
            remedy,
        ),
        Err(error) => Observation::warning(
            format!("Port {port} does not answer on this machine's loopback address: {error}."),
            remedy,
        ),
    }
}

async fn interface(at: SocketAddr, scheme: &str) -> Observation {
    if at.port() == 0 {
        return Observation::note(format!("The interface takes any free port of {}; the log says which.", at.ip()), "");
    }
    let at = reachable(at);
    match tokio::time::timeout(ANSWER_WITHIN, TcpStream::connect(at)).await {
        Ok(Ok(_)) => Observation::fine(format!("The interface is at {scheme}://{at}.")),
        Ok(Err(error)) => {
            Observation::broken(format!("The interface at {scheme}://{at} does not answer: {error}."), "")
        }
        Err(_) => Observation::broken(format!("The interface at {scheme}://{at} does not answer in time."), ""),
    }
}

/// Name one of the names that are looked after.
async fn any_name(inner: &Inner) -> EngineResult<Option<String>> {
    let page = inner.store.websites_after(&RunScope::AllUsers, None, 1).await?;
    Ok(page.into_iter().next().map(|website| website.domain))
}

/// What was answered instead of a page.
pub(super) enum Fetched {
    /// The token.
    Token,
    /// Something else: its first line.
    Other(String),
}

/// Fetch the token as a certificate authority would, from one address.
pub(super) async fn fetch(at: SocketAddr, host: &str, token: &Token) -> io::Result<Fetched> {
    let exchange = async {
        let mut stream = TcpStream::connect(at).await?;
        let request = format!("GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", token.path());
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_LIMIT).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::time::timeout(ANSWER_WITHIN, exchange).await;
    let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    if answer.contains(&token.answer) {
        return Ok(Fetched::Token);
    }
    let status = answer.lines().next().unwrap_or_default().chars().filter(|character| !character.is_control());
    let status: String = status.take(80).collect();
    Ok(Fetched::Other(if status.is_empty() { "nothing".into() } else { status }))
}

/// What listens everywhere is asked on loopback.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
