//! One question to one resolver: over UDP, and over TCP where the answer does not fit.

use super::wire::{self, Checking, Kind, Message};
use aws_lc_rs::rand;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// Why there is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Silence {
    #[error("{0} does not answer")]
    Timeout(SocketAddr),
    #[error("{0}: {1}")]
    Failed(SocketAddr, String),
    #[error("{0} sends an answer that cannot be read")]
    Unreadable(SocketAddr),
}

/// Ask `server` once.
pub(crate) async fn ask(
    server: SocketAddr,
    name: &str,
    kind: Kind,
    checking: Checking,
    limit: Duration,
) -> Result<Message, Silence> {
    let name = name.trim_end_matches('.');
    let exchange = async {
        let message = over_udp(server, name, kind, checking).await?;
        if message.truncated { over_tcp(server, name, kind, checking).await } else { Ok(message) }
    };
    tokio::time::timeout(limit, exchange).await.unwrap_or(Err(Silence::Timeout(server)))
}

async fn over_udp(server: SocketAddr, name: &str, kind: Kind, checking: Checking) -> Result<Message, Silence> {
    let failed = |error: io::Error| Silence::Failed(server, error.to_string());
    let any: SocketAddr =
        if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).await.map_err(failed)?;
    socket.connect(server).await.map_err(failed)?;
    let id = random_id(server)?;
    socket.send(&wire::question(id, name, kind, checking)).await.map_err(failed)?;
    let mut buffer = vec![0; 4_096];
    loop {
        let length = socket.recv(&mut buffer).await.map_err(failed)?;
        let bytes = &buffer[..length];
        // Somebody else may send to our port: only the right number makes a message worth complaining about.
        if bytes.get(..2) != Some(&id.to_be_bytes()[..]) {
            continue;
        }
        let message = wire::read(bytes).ok_or(Silence::Unreadable(server))?;
        if answers(&message, name, kind) {
            return Ok(message);
        }
    }
}

async fn over_tcp(server: SocketAddr, name: &str, kind: Kind, checking: Checking) -> Result<Message, Silence> {
    let id = random_id(server)?;
    let question = wire::question(id, name, kind, checking);
    let bytes = exchange_tcp(server, &question).await.map_err(|error| Silence::Failed(server, error.to_string()))?;
    let message = wire::read(&bytes).filter(|message| message.id == id && !message.truncated);
    message.filter(|message| answers(message, name, kind)).ok_or(Silence::Unreadable(server))
}

async fn exchange_tcp(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat()).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// A server that cannot read a question may leave it out of its answer (FORMERR).
fn answers(message: &Message, name: &str, kind: Kind) -> bool {
    match &message.question {
        Some((asked, asked_kind)) => asked.eq_ignore_ascii_case(name) && *asked_kind == kind as u16,
        None => message.rcode != 0,
    }
}

fn random_id(server: SocketAddr) -> Result<u16, Silence> {
    let mut bytes = [0; 2];
    let none = |_| Silence::Failed(server, "the system gives no random numbers".into());
    rand::fill(&mut bytes).map_err(none)?;
    Ok(u16::from_be_bytes(bytes))
}
