//! What the rig's mail transfer agents have in common: a greeting.

use std::net::SocketAddr;

use anyhow::{Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::http;

/// Succeed once the server at `address` greets as an SMTP server does (RFC 5321, section 4.2).
pub(crate) async fn greets(address: SocketAddr) -> Result<()> {
    let mut lines = BufReader::new(http::connect(address).await?).lines();
    let greeting = lines.next_line().await?.unwrap_or_default();
    if greeting.starts_with("220") { Ok(()) } else { bail!("it greets with {greeting:?}") }
}
