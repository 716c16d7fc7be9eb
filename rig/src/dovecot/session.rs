//! A mail client that stays: logged in over IMAP, to see whether a reload ends it.

use std::net::SocketAddr;

use anyhow::{Result, bail};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use crate::tls;

/// A session of a user who is logged in.
pub struct ImapSession {
    stream: BufReader<TlsStream<TcpStream>>,
    commands: u32,
}

impl ImapSession {
    /// Log a user in at the address of IMAP over TLS, asking for `sni`.
    pub async fn log_in(address: SocketAddr, sni: &str, user: &str) -> Result<Self> {
        let stream = tls::any_handshake(address, sni).await?;
        let mut session = Self { stream: BufReader::new(stream), commands: 0 };
        let greeting = session.line().await?;
        if !greeting.starts_with("* OK") {
            bail!("the server greets with {greeting:?}");
        }
        session.command(&format!("LOGIN {user} password")).await?;
        Ok(session)
    }

    /// Ask for nothing, which fails where the session has ended.
    pub async fn noop(&mut self) -> Result<()> {
        self.command("NOOP").await
    }

    async fn command(&mut self, words: &str) -> Result<()> {
        self.commands += 1;
        let tag = format!("a{}", self.commands);
        self.stream.get_mut().write_all(format!("{tag} {words}\r\n").as_bytes()).await?;
        loop {
            let line = self.line().await?;
            if let Some(rest) = line.strip_prefix(&tag) {
                if rest.starts_with(" OK") {
                    return Ok(());
                }
                bail!("the server answers {line:?}");
            }
            if line.starts_with("* BYE") {
                bail!("the server ends the session: {line:?}");
            }
        }
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(line.trim_end().to_owned())
    }
}
