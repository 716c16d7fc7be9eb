//! OpenSSL's own client, as a second witness of what servers present.

use std::{net::SocketAddr, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    time::timeout,
};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How a server is reached with `openssl s_client`.
#[derive(Clone, Copy, Debug)]
pub struct Openssl {
    address: SocketAddr,
    starttls: Option<&'static str>,
    takes: Option<Keys>,
}

/// The only keys with which a client takes certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// ECDSA.
    Ecdsa,
    /// RSA, up to TLS 1.2: an old client.
    Rsa,
    /// RSA, with TLS 1.3.
    RsaOfToday,
}

impl Keys {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Ecdsa => &["-sigalgs", "ECDSA+SHA256:ECDSA+SHA384"],
            Self::Rsa => &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-sigalgs", "RSA+SHA256"],
            Self::RsaOfToday => &["-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384"],
        }
    }
}

impl Openssl {
    /// Reach a server that speaks TLS from the first byte.
    pub fn tls(address: SocketAddr) -> Self {
        Self { address, starttls: None, takes: None }
    }

    /// Reach a server after STARTTLS of a protocol, such as `imap` or `smtp`.
    pub fn starttls(address: SocketAddr, protocol: &'static str) -> Self {
        Self { address, starttls: Some(protocol), takes: None }
    }

    /// Take certificates with such keys only.
    pub fn taking(self, keys: Keys) -> Self {
        Self { takes: Some(keys), ..self }
    }

    /// Return the leaf certificate (DER) that is shown for `sni`, whoever signed it; without one, what is shown to clients that name
    /// no host.
    pub async fn shown(&self, sni: Option<&str>) -> Result<Vec<u8>> {
        match sni {
            Some(sni) => self.ask(&["-servername", sni]).await,
            None => self.ask(&["-noservername"]).await,
        }
    }

    /// Return the same, where the chain leads to one of the roots in a PEM file and the certificate names `sni`.
    pub async fn verified(&self, sni: &str, roots: &Path) -> Result<Vec<u8>> {
        let roots = roots.to_str().context("the path is not UTF-8")?;
        self.ask(&["-servername", sni, "-verify_hostname", sni, "-verify_return_error", "-CAfile", roots]).await
    }

    /// Return the SHA-256 fingerprint, in lower-case hexadecimal, of what is shown for `sni`.
    pub async fn fingerprint(&self, sni: &str) -> Result<String> {
        let shown = self.s_client(&["-servername", sni], b"").await?;
        let told = run(&["x509", "-noout", "-fingerprint", "-sha256"], &shown).await?;
        let told = String::from_utf8_lossy(&told).trim().to_owned();
        let fingerprint = told.rsplit('=').next().unwrap_or_default().replace(':', "").to_ascii_lowercase();
        if fingerprint.len() != 64 {
            bail!("{} shows no certificate for {sni}: {}", self.address, String::from_utf8_lossy(&shown));
        }
        Ok(fingerprint)
    }

    /// Send `request` for `sni`, whoever the server proves to be, with this protocol offered by ALPN (RFC 7301), and return all that is
    /// said until the server closes the connection, the handshake's lines included.
    pub async fn exchange(&self, sni: &str, protocol: &str, request: &str) -> Result<String> {
        let said = self.s_client(&["-servername", sni, "-alpn", protocol, "-ign_eof"], request.as_bytes()).await?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    async fn s_client(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        let address = self.address.to_string();
        let mut all = vec!["s_client", "-connect", &address];
        all.extend(arguments);
        all.extend(self.takes.map_or(&[][..], Keys::arguments));
        if let Some(protocol) = self.starttls {
            all.extend(["-starttls", protocol]);
        }
        run(&all, input).await
    }

    async fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &self.address.to_string()]).args(arguments);
        command.args(self.takes.map_or(&[][..], Keys::arguments));
        if let Some(protocol) = self.starttls {
            command.args(["-starttls", protocol]);
        }
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.context("cannot run openssl")?;
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        if !output.status.success() {
            bail!("openssl ended with {}: {}", output.status, String::from_utf8_lossy(&said));
        }
        let leaf = CertificateDer::from_pem_slice(&output.stdout);
        Ok(leaf
            .with_context(|| format!("{} shows no certificate: {}", self.address, String::from_utf8_lossy(&said)))?
            .to_vec())
    }
}

/// Run openssl with something on its standard input and return what it writes; its exit code says nothing of a closed connection.
async fn run(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().context("cannot start openssl")?;
    let (mut stdin, mut stdout) = (child.stdin.take().context("no input")?, child.stdout.take().context("no output")?);
    let exchange = async {
        // It fails where openssl has ended already, and then its output says why.
        let _ = stdin.write_all(input).await;
        drop(stdin);
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).await.context("openssl cannot be read")?;
        Ok(said)
    };
    let said = timeout(ANSWER_WITHIN, exchange).await;
    said.with_context(|| format!("openssl {} did not end within {ANSWER_WITHIN:?}", arguments.join(" ")))?
}
