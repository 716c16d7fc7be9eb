//! The words with which a connection in the clear becomes a TLS one.

use super::Protocol;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More than a greeting and a list of capabilities take.
const MOST_BYTES: usize = 16_384;

/// Bring a fresh connection to the point where the TLS handshake begins.
///
/// # Errors
/// Where the server greets otherwise, or offers no TLS.
pub(super) async fn ask(tcp: &mut TcpStream, protocol: Protocol) -> io::Result<()> {
    let mut talk = Talk { tcp, left: MOST_BYTES };
    match protocol {
        Protocol::Tls => Ok(()),
        Protocol::Smtp => {
            talk.smtp(None, "220").await?;
            talk.smtp(Some("EHLO autossl.invalid\r\n"), "250").await?;
            talk.smtp(Some("STARTTLS\r\n"), "220").await
        }
        Protocol::Imap => {
            talk.line_with("* OK").await?;
            talk.say("a STARTTLS\r\n").await?;
            talk.until("a ", "a OK").await
        }
        Protocol::Pop3 => {
            talk.line_with("+OK").await?;
            talk.say("STLS\r\n").await?;
            talk.line_with("+OK").await
        }
    }
}

struct Talk<'a> {
    tcp: &'a mut TcpStream,
    left: usize,
}

impl Talk<'_> {
    async fn say(&mut self, words: &str) -> io::Result<()> {
        self.tcp.write_all(words.as_bytes()).await
    }

    /// Read a line byte by byte: what follows the last one belongs to TLS.
    async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        loop {
            match self.tcp.read_u8().await? {
                b'\n' => return Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
                byte => line.push(byte),
            }
            self.left = self.left.checked_sub(1).ok_or_else(|| refused("the server says too much"))?;
        }
    }

    async fn line_with(&mut self, start: &str) -> io::Result<()> {
        let line = self.line().await?;
        if line.starts_with(start) { Ok(()) } else { Err(refused(&line)) }
    }

    /// Read lines until one begins with `last`; it must begin with `good`.
    async fn until(&mut self, last: &str, good: &str) -> io::Result<()> {
        loop {
            let line = self.line().await?;
            if line.starts_with(last) {
                return if line.starts_with(good) { Ok(()) } else { Err(refused(&line)) };
            }
        }
    }

    /// Say something and read a reply of SMTP, whose lines but the last have a hyphen after the code.
    async fn smtp(&mut self, words: Option<&str>, code: &str) -> io::Result<()> {
        if let Some(words) = words {
            self.say(words).await?;
        }
        loop {
            let line = self.line().await?;
            if !line.starts_with(code) {
                return Err(refused(&line));
            }
            if line.as_bytes().get(code.len()) != Some(&b'-') {
                return Ok(());
            }
        }
    }
}

fn refused(said: &str) -> io::Error {
    io::Error::other(format!("the server said {said:?}"))
}
