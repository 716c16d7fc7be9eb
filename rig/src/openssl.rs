//! OpenSSL as a second client, which shares no code with ours.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    time::timeout,
};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Return the SHA-256 fingerprint, in lower-case hexadecimal, of the certificate that `openssl s_client` is shown for `sni`.
pub async fn openssl_fingerprint(address: SocketAddr, sni: &str) -> Result<String> {
    let shown = run(&["s_client", "-connect", &address.to_string(), "-servername", sni], b"").await?;
    let told = run(&["x509", "-noout", "-fingerprint", "-sha256"], shown.as_bytes()).await?;
    let fingerprint = told.trim().rsplit('=').next().unwrap_or_default();
    if fingerprint.len() != 95 {
        bail!("openssl was shown no certificate for {sni} at {address}: {shown}");
    }
    Ok(fingerprint.replace(':', "").to_ascii_lowercase())
}

/// Send `request` over TLS to `address` for `sni`, whoever it proves to be, with this protocol offered by ALPN (RFC 7301), and return
/// all that `openssl s_client` says until the server closes the connection, the handshake's lines included.
pub async fn openssl_exchange(address: SocketAddr, sni: &str, protocol: &str, request: &str) -> Result<String> {
    let connect = address.to_string();
    let arguments = ["s_client", "-connect", &connect, "-servername", sni, "-alpn", protocol, "-ign_eof"];
    run(&arguments, request.as_bytes()).await
}

async fn run(arguments: &[&str], input: &[u8]) -> Result<String> {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().context("cannot start openssl")?;
    let (mut stdin, stdout) = (child.stdin.take().context("no input")?, child.stdout.take().context("no output")?);
    let exchange = async {
        // It fails where openssl has ended already, and then its output says why.
        let _ = stdin.write_all(input).await;
        drop(stdin);
        let mut said = Vec::new();
        let mut stdout = stdout;
        stdout.read_to_end(&mut said).await.context("openssl cannot be read")?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    };
    let said = timeout(ANSWER_WITHIN, exchange).await;
    said.with_context(|| format!("openssl {} did not end within {ANSWER_WITHIN:?}", arguments.join(" ")))?
}
