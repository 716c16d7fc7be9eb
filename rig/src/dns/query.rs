//! One DNS question (RFC 1035): the IPv4 addresses of a name, over UDP and over TCP.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const ID: u16 = 0x5253;
const TYPE_A: u16 = 1;
const CLASS_IN: u16 = 1;

/// Ask over UDP.
pub(super) async fn a_over_udp(server: SocketAddr, name: &str) -> Result<Vec<Ipv4Addr>> {
    let question = question(name)?;
    let answer = timeout(ANSWER_WITHIN, async {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        socket.connect(server).await?;
        socket.send(&question).await?;
        let mut buffer = vec![0; 4096];
        let length = socket.recv(&mut buffer).await?;
        buffer.truncate(length);
        Ok::<_, std::io::Error>(buffer)
    });
    let answer = answer.await.with_context(|| format!("{server} does not answer over UDP"))?;
    addresses(&answer.with_context(|| format!("cannot ask {server} over UDP"))?)
}

/// Ask over TCP, which is all that Pebble from 2.10 on does.
pub(super) async fn a_over_tcp(server: SocketAddr, name: &str) -> Result<Vec<Ipv4Addr>> {
    let question = question(name)?;
    let answer = timeout(ANSWER_WITHIN, async {
        let mut stream = TcpStream::connect(server).await?;
        stream.write_u16(u16::try_from(question.len()).map_err(std::io::Error::other)?).await?;
        stream.write_all(&question).await?;
        let mut buffer = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut buffer).await?;
        Ok::<_, std::io::Error>(buffer)
    });
    let answer = answer.await.with_context(|| format!("{server} does not answer over TCP"))?;
    addresses(&answer.with_context(|| format!("cannot ask {server} over TCP"))?)
}

fn question(name: &str) -> Result<Vec<u8>> {
    // Identifier, "recursion desired", one question, nothing else.
    let mut message: Vec<u8> = [ID, 0x0100, 1, 0, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect();
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length));
        message.push(length.with_context(|| format!("{name} is not a domain name"))?);
        message.extend_from_slice(label.as_bytes());
    }
    message.push(0);
    message.extend_from_slice(&TYPE_A.to_be_bytes());
    message.extend_from_slice(&CLASS_IN.to_be_bytes());
    Ok(message)
}

fn addresses(message: &[u8]) -> Result<Vec<Ipv4Addr>> {
    let mut reader = Reader { message, at: 0 };
    if reader.word()? != ID {
        bail!("the DNS answer is for another question");
    }
    let code = reader.word()? & 0x000f;
    if code != 0 {
        bail!("the DNS server answers with code {code}");
    }
    let (questions, answers) = (reader.word()?, reader.word()?);
    reader.skip(4)?;
    for _ in 0..questions {
        reader.name()?;
        reader.skip(4)?;
    }
    let mut found = Vec::new();
    for _ in 0..answers {
        reader.name()?;
        let kind = reader.word()?;
        reader.skip(6)?;
        let length = usize::from(reader.word()?);
        let data = reader.skip(length)?;
        if let (TYPE_A, &[a, b, c, d]) = (kind, data) {
            found.push(Ipv4Addr::new(a, b, c, d));
        }
    }
    Ok(found)
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, length: usize) -> Result<&'a [u8]> {
        let bytes = self.message.get(self.at..self.at + length).context("the DNS answer is cut off")?;
        self.at += length;
        Ok(bytes)
    }

    fn word(&mut self) -> Result<u16> {
        let bytes = self.skip(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// Pass over a name: labels up to an empty one, or up to a pointer, which ends it.
    fn name(&mut self) -> Result<()> {
        loop {
            match self.skip(1)?[0] {
                0 => return Ok(()),
                pointer if pointer & 0xc0 == 0xc0 => return self.skip(1).map(drop),
                length => self.skip(usize::from(length))?,
            };
        }
    }
}
