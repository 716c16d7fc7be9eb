//! Questions to one DNS server (RFC 1035): over UDP, and over TCP if the answer was cut off. Aliases are followed.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

use super::ValidationFailure;

mod message;

use message::{Answer, Data, Kind, NO_ERROR, NO_SUCH_NAME};

const ALIASES: usize = 8;
/// A lost datagram is asked for again after this time.
const PATIENCE: Duration = Duration::from_secs(2);
const TRIES: usize = 3;

/// A CAA record (RFC 8659).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caa {
    pub(super) critical: bool,
    pub(super) tag: String,
    pub(super) value: String,
}

/// Asks one server.
pub(super) struct Resolver {
    server: SocketAddr,
}

impl Resolver {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self { server }
    }

    /// AAAA, then A.
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ValidationFailure> {
        let mut found = Vec::new();
        for kind in [Kind::Aaaa, Kind::A] {
            let records = self.ask(name, kind).await?;
            found.extend(records.into_iter().filter_map(|data| match data {
                Data::Address(address) => Some(address),
                _ => None,
            }));
        }
        Ok(found)
    }

    pub(super) async fn texts(&self, name: &str) -> Result<Vec<String>, ValidationFailure> {
        let records = self.ask(name, Kind::Txt).await?;
        Ok(records.into_iter().filter_map(|data| if let Data::Text(text) = data { Some(text) } else { None }).collect())
    }

    pub(super) async fn caa(&self, name: &str) -> Result<Vec<Caa>, ValidationFailure> {
        let records = self.ask(name, Kind::Caa).await?;
        Ok(records.into_iter().filter_map(|data| if let Data::Caa(caa) = data { Some(caa) } else { None }).collect())
    }

    async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<Data>, ValidationFailure> {
        let mut name = name.to_owned();
        for _ in 0..ALIASES {
            let answer = self.exchange(&name, kind).await?;
            match answer.code {
                NO_ERROR => {}
                // Above a delegation there may be nothing at all, which forbids nothing.
                NO_SUCH_NAME if kind == Kind::Caa => return Ok(Vec::new()),
                NO_SUCH_NAME => {
                    return Err(ValidationFailure::dns(format!("DNS problem: NXDOMAIN looking up {kind} for {name}")));
                }
                2 => {
                    return Err(ValidationFailure::dns(format!("DNS problem: SERVFAIL looking up {kind} for {name}")));
                }
                code => {
                    let detail = format!("DNS problem: code {code} looking up {kind} for {name}");
                    return Err(ValidationFailure::dns(detail));
                }
            }
            let (aliases, records): (Vec<Data>, Vec<Data>) =
                answer.records.into_iter().partition(|data| matches!(data, Data::Alias(_)));
            // A server that resolves aliases itself sends both.
            match aliases.into_iter().next_back() {
                Some(Data::Alias(target)) if records.is_empty() && target != name => name = target,
                _ => return Ok(records),
            }
        }
        Err(ValidationFailure::dns(format!("DNS problem: more than {ALIASES} aliases looking up {kind} for {name}")))
    }

    async fn exchange(&self, name: &str, kind: Kind) -> Result<Answer, ValidationFailure> {
        let failed = |why: String| ValidationFailure::dns(format!("DNS problem: {why} looking up {kind} for {name}"));
        let mut id = [0; 2];
        aws_lc_rs::rand::fill(&mut id).map_err(|error| failed(error.to_string()))?;
        let id = u16::from_be_bytes(id);
        let question = message::question(id, name, kind).ok_or_else(|| failed("a wrong name".to_owned()))?;
        for _ in 0..TRIES {
            let Ok(bytes) = timeout(PATIENCE, self.over_udp(&question)).await else { continue };
            let bytes = bytes.map_err(|error| failed(error.to_string()))?;
            let answer = message::read(id, &bytes).ok_or_else(|| failed("an unreadable answer".to_owned()))?;
            if !answer.cut_off {
                return Ok(answer);
            }
            let bytes = self.over_tcp(&question).await.map_err(|error| failed(error.to_string()))?;
            return message::read(id, &bytes).ok_or_else(|| failed("an unreadable answer".to_owned()));
        }
        Err(failed("query timed out".to_owned()))
    }

    async fn over_udp(&self, question: &[u8]) -> std::io::Result<Vec<u8>> {
        let local: SocketAddr = match self.server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(local).await?;
        socket.connect(self.server).await?;
        socket.send(question).await?;
        let mut buffer = vec![0; 65_536];
        let length = socket.recv(&mut buffer).await?;
        buffer.truncate(length);
        Ok(buffer)
    }

    async fn over_tcp(&self, question: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.server).await?;
        stream.write_u16(u16::try_from(question.len()).map_err(std::io::Error::other)?).await?;
        stream.write_all(question).await?;
        let mut buffer = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut buffer).await?;
        Ok(buffer)
    }
}
