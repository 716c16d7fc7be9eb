//! acme2certifier, an ACME server in Python whose orders can be left `processing`: started, told to hold or to go on, asked
//! what it did. What runs in it is in `acme2certifier/`.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::{
    Binaries,
    identity::LoopbackIdentity,
    ports,
    process::{self, Service},
    tls,
};

const DIRECTORY: &str = "/directory";
const SERVER: &str = include_str!("acme2certifier/serve.py");
const CA_HANDLER: &str = include_str!("acme2certifier/ca_handler.py");
/// What it sends as Retry-After while an order is processing, in seconds.
const RETRY_AFTER: u32 = 600;

/// A running acme2certifier. It keeps everything in a database in its directory.
///
/// It validates HTTP-01 and nothing else here, once for each challenge, and sends the answer to the client only then.
pub struct Acme2Certifier {
    directory: PathBuf,
    address: SocketAddr,
    identity: LoopbackIdentity,
    service: Service,
}

impl Acme2Certifier {
    /// Start the server with its files in `directory`, which is made; it resolves names at `dns` and validates them on
    /// `http_port` of their addresses. Returns when its directory answers.
    pub async fn start(binaries: &Binaries, directory: &Path, dns: SocketAddr, http_port: u16) -> Result<Self> {
        let python = binaries.acme2certifier()?;
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        write(directory, "serve.py", SERVER)?;
        write(directory, "ca_handler.py", CA_HANDLER)?;
        let configuration = write(directory, "acme_srv.cfg", &configuration(directory))?;
        let identity = LoopbackIdentity::create(directory, "acme2certifier")?;
        let log = directory.join("acme2certifier.log");
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            process::clear_log(&log)?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
            let mut command = Command::new(python);
            command.env_clear().env("RIG_HOME", directory).env("ACME_SRV_CONFIGFILE", &configuration);
            command.env("PYTHONUNBUFFERED", "1").arg(directory.join("serve.py"));
            command.args([address.port(), dns.port(), http_port].map(|port| port.to_string()));
            let service = Service::spawn("acme2certifier", &mut command, &log)?;
            let started = Self { directory: directory.to_owned(), address, identity: identity.clone(), service };
            match started.ready().await {
                Ok(()) => return Ok(started),
                Err(error) if started.service.port_taken() => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Return the ACME directory's URL (RFC 8555, section 7.1.1).
    pub fn directory_url(&self) -> String {
        format!("https://{}{DIRECTORY}", self.address)
    }

    /// Return the file with the root that a client must trust to talk to this server.
    /// It has nothing to do with the certificates that it issues.
    pub fn tls_root_pem_path(&self) -> &Path {
        &self.identity.root_pem
    }

    /// Read the root of the certificates that it issues.
    pub fn issuer_roots_pem(&self) -> Result<String> {
        fs::read_to_string(self.directory.join("ca.pem")).context("cannot read the issuing root")
    }

    /// Leave orders that are finalized from now on `processing`; who asks is told to come back in ten minutes.
    pub fn hold(&self) -> Result<()> {
        write(&self.directory, "hold", "").map(drop)
    }

    /// Leave orders `processing` as [`hold`](Self::hold) does, and do not tell anybody when to come back.
    pub fn hold_silently(&self) -> Result<()> {
        write(&self.directory, "silent", "")?;
        self.hold()
    }

    /// Issue what was held, and hold nothing any more.
    pub async fn release(&self) -> Result<()> {
        fs::remove_file(self.directory.join("hold")).context("nothing is held")?;
        self.control("/rig/poll").await.map(drop)
    }

    /// Count the orders that clients have placed.
    pub async fn orders_created(&self) -> Result<u64> {
        self.count("orders").await
    }

    /// Count the certificates issued.
    pub async fn certificates_issued(&self) -> Result<u64> {
        self.count("certificates").await
    }

    async fn count(&self, what: &str) -> Result<u64> {
        let counts = self.control("/rig/counts").await?;
        counts.get(what).and_then(Value::as_u64).with_context(|| format!("no count of {what} in {counts}"))
    }

    async fn control(&self, path: &str) -> Result<Value> {
        let answer = tls::get(self.address, &self.identity.roots, path).await;
        let answer = answer.map_err(|error| self.service.explain(&error))?;
        if answer.status != 200 {
            bail!("acme2certifier answered {} to {path}: {}", answer.status, answer.text());
        }
        serde_json::from_slice(&answer.body).with_context(|| format!("{path} is not JSON"))
    }

    async fn ready(&self) -> Result<()> {
        self.service
            .ready(async || {
                let directory = self.control(DIRECTORY).await?;
                directory.get("newOrder").context("the directory names no newOrder").map(drop)
            })
            .await
    }
}

fn configuration(directory: &Path) -> String {
    let directory = directory.display();
    format!(
        r#"[DEFAULT]
debug: False
[CAhandler]
handler_module: {directory}/ca_handler.py
[DBhandler]
handler: wsgi
dbfile: {directory}/acme.db
[Certificate]
enrollment_timeout: 5
[Challenge]
dns_server_list: ["127.0.0.1"]
challenge_validation_timeout: 10
[Order]
identifier_limit: 100
retry_after_timeout: {RETRY_AFTER}
idempotent_finalize: True
[Account]
contact_check_disable: True
[Directory]
tos_url: https://127.0.0.1/terms
"#
    )
}

fn write(directory: &Path, file: &str, text: &str) -> Result<PathBuf> {
    let path = directory.join(file);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
