//! OpenSSL's own client, as a second witness of what servers present.

use std::{net::SocketAddr, path::Path, process::Stdio};

use anyhow::{Context, Result, bail};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::process::Command;

/// How a server is reached with `openssl s_client`.
#[derive(Clone, Copy, Debug)]
pub struct Openssl {
    address: SocketAddr,
    starttls: Option<&'static str>,
}

impl Openssl {
    /// Reach a server that speaks TLS from the first byte.
    pub fn tls(address: SocketAddr) -> Self {
        Self { address, starttls: None }
    }

    /// Reach a server after STARTTLS of a protocol, such as `imap` or `smtp`.
    pub fn starttls(address: SocketAddr, protocol: &'static str) -> Self {
        Self { address, starttls: Some(protocol) }
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

    async fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &self.address.to_string()]).args(arguments);
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
