//! `autossl print-config`, `autossl print-apache` and `autossl healthcheck`.

use super::output;
use crate::config::{Config, SAMPLE, reachable};
use crate::error::CliError;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: u64 = 4096;

/// Which configuration to print.
#[derive(clap::Args)]
pub(super) struct PrintConfigArgs {
    /// Print what is in effect now, from file and environment, without explanations
    #[arg(long)]
    effective: bool,
}

/// Print the commented sample, or what is in effect.
pub(super) fn print_config(arguments: &PrintConfigArgs, file: Option<&Path>) -> Result<(), CliError> {
    if arguments.effective {
        return output::bytes(Config::load(file)?.to_toml().as_bytes());
    }
    output::bytes(SAMPLE.as_bytes())
}

/// Print the lines for Apache's configuration, as AutoSSL is configured, else with what it would be by default.
pub(super) fn print_apache(config: &Config) -> Result<(), CliError> {
    let mut config = config.clone();
    config.services.apache.get_or_insert_default();
    output::bytes(engine::doctor::apache_configuration(&config.engine()).as_bytes())
}

/// Ask the server at `server.listen` for `/healthz`.
pub(super) async fn healthcheck(config: &Config) -> Result<(), CliError> {
    let address = reachable(config.server.listen);
    let answer = tokio::time::timeout(ANSWER_WITHIN, ask(address)).await;
    let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let answer = answer.map_err(|error| CliError::Unhealthy(format!("{address} does not answer: {error}")))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.starts_with("HTTP/1.1 200 ") {
        return output::line(body.trim());
    }
    let status = head.lines().next().unwrap_or_default();
    Err(CliError::Unhealthy(format!("{address} answers {status}: {}", body.trim())))
}

async fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_LIMIT).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
