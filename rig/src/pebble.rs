//! Pebble, the ACME CA for tests: started, asked what it did, stopped and started again on the same port.
//! What it is told at its start is in `pebble/builder.rs`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{
    http::{self, Answer},
    identity::LoopbackIdentity,
    process::{self, Service},
    tls,
};

mod builder;

pub use builder::PebbleBuilder;

/// Where the directory is.
pub(crate) const DIRECTORY: &str = "/dir";

/// A running Pebble. It keeps everything in memory: after [`restart`](Self::restart) accounts, orders and the issuing
/// root are new, while the ports and the TLS certificate stay.
///
/// It stops answering under about 32 orders at once, or 8 with 25 names each: keep below that. It checks no CAA and has
/// no rate limits.
pub struct Pebble {
    launch: Launch,
    log: PathBuf,
    address: SocketAddr,
    management: SocketAddr,
    identity: LoopbackIdentity,
    service: Option<Service>,
}

/// What it takes to start the same Pebble once more.
struct Launch {
    program: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

impl Pebble {
    /// Begin to describe a Pebble that keeps its files in `directory`, which is made. Two need a directory each.
    pub fn builder(directory: impl Into<PathBuf>) -> PebbleBuilder {
        PebbleBuilder::new(directory.into())
    }

    /// Return the ACME directory's URL (RFC 8555, section 7.1.1).
    pub fn directory_url(&self) -> String {
        format!("https://{}{DIRECTORY}", self.address)
    }

    /// Return the address that speaks ACME over HTTPS.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Return the file with the root that a client must trust to talk to this server.
    /// It has nothing to do with the certificates that Pebble issues.
    pub fn tls_root_pem_path(&self) -> &Path {
        &self.identity.root_pem
    }

    /// Fetch the root of the certificates that Pebble issues. It is another one after every start.
    pub async fn issuer_roots_pem(&self) -> Result<String> {
        self.management_get("/roots/0").await
    }

    /// GET a path of the management interface, such as `/intermediates/0` or `/cert-status-by-serial/<hex>`.
    pub async fn management_get(&self, path: &str) -> Result<String> {
        let answer = self.get(self.management, path).await?;
        if answer.status != 200 {
            bail!("pebble answered {} to {path}: {}", answer.status, answer.text());
        }
        Ok(answer.text())
    }

    /// Answer questions about a certificate's renewal (RFC 9773) with this window, in RFC 3339, from now on.
    pub async fn set_renewal_window(&self, chain_pem: &str, start: &str, end: &str, explanation: &str) -> Result<()> {
        const END: &str = "-----END CERTIFICATE-----\n";
        let leaf = chain_pem.split_inclusive(END).next().unwrap_or_default();
        let answer = json!({"suggestedWindow": {"start": start, "end": end}, "explanationURL": explanation});
        let body = json!({"certificate": leaf, "ariResponse": answer.to_string()});
        let request = http::post(&self.management.to_string(), "/set-renewal-info/", &body)?;
        let answer = tls::send(self.management, "127.0.0.1", &self.identity.roots, request).await?;
        if answer.status != 200 {
            bail!("pebble answered {} to the renewal window: {}", answer.status, answer.text());
        }
        Ok(())
    }

    /// Return all that Pebble has logged since [`PebbleBuilder::start`], over restarts.
    pub fn log(&self) -> Result<String> {
        process::read_log(&self.log)
    }

    /// Count the orders that clients have placed, over restarts.
    pub fn orders_created(&self) -> Result<usize> {
        self.logged("Added order ")
    }

    /// Count the certificates issued, over restarts.
    pub fn certificates_issued(&self) -> Result<usize> {
        self.logged("Issued certificate serial ")
    }

    /// Count the challenges that failed, over restarts. The log line may follow the answer to the client by a moment.
    pub fn challenge_failures(&self) -> Result<usize> {
        self.logged(" set INVALID by completed challenge ")
    }

    /// Tell whether the process runs.
    pub fn is_alive(&self) -> bool {
        self.service.as_ref().is_some_and(Service::is_alive)
    }

    /// Kill the process and wait for its end; its ports then refuse connections until [`restart`](Self::restart).
    pub async fn stop(&mut self) -> Result<()> {
        match self.service.take() {
            Some(service) => service.stop().await,
            None => Ok(()),
        }
    }

    /// Stop if needed, start again on the same ports with nothing remembered, and wait until it answers.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.launch().await
    }

    pub(crate) fn identity(&self) -> &LoopbackIdentity {
        &self.identity
    }

    async fn launch(&mut self) -> Result<()> {
        let mut command = Command::new(&self.launch.program);
        command.env_clear().envs(self.launch.variables.iter().map(|(name, value)| (name, value)));
        command.args(&self.launch.arguments);
        let service = self.service.insert(Service::spawn("pebble", &mut command, &self.log)?);
        let (address, management, roots) = (self.address, self.management, &self.identity.roots);
        service
            .ready(async || {
                let directory = tls::get(address, roots, DIRECTORY).await?;
                let directory: Value = serde_json::from_slice(&directory.body).context("/dir is not JSON")?;
                directory.get("newOrder").context("/dir names no newOrder")?;
                let root = tls::get(management, roots, "/roots/0").await?;
                if root.status != 200 {
                    bail!("/roots/0 is answered with {}", root.status);
                }
                Ok(())
            })
            .await
    }

    fn port_taken(&self) -> bool {
        self.service.as_ref().is_some_and(Service::port_taken)
    }

    async fn get(&self, address: SocketAddr, path: &str) -> Result<Answer> {
        let answer = tls::get(address, &self.identity.roots, path).await;
        match (answer, &self.service) {
            (Err(error), Some(service)) => Err(service.explain(&error)),
            (Err(error), None) => Err(error.context("pebble is stopped")),
            (answer, _) => answer,
        }
    }

    fn logged(&self, words: &str) -> Result<usize> {
        Ok(self.log()?.matches(words).count())
    }
}
