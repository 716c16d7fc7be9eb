//! A private HAProxy: HTTP that passes challenges on, and TLS with the certificates of a list that can be changed while it runs.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    Binaries, http, identity, ports,
    process::{self, Service},
};

/// A running HAProxy. Over HTTP it passes challenges on and answers everything else with a page of its own; over TLS it has the
/// certificates of [`crt_list`](Self::crt_list), and a self-signed one for `default.invalid` for every unknown name.
pub struct Haproxy {
    program: PathBuf,
    directory: PathBuf,
    http: SocketAddr,
    https: SocketAddr,
    page: String,
    service: Option<Service>,
}

impl Haproxy {
    /// Start one that keeps its files in `directory`, which is made, and passes challenges on to `backend`.
    pub async fn start(directory: &Path, backend: SocketAddr, binaries: &Binaries) -> Result<Self> {
        let program = binaries.haproxy()?.to_owned();
        fs::create_dir_all(directory.join("certificates")).context("cannot make haproxy's directory")?;
        let directory = directory.canonicalize().context("cannot resolve haproxy's directory")?;
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            let page = format!("haproxy in {}", directory.display());
            let (program, directory) = (program.clone(), directory.clone());
            let mut haproxy = Self { program, directory, http: loopback()?, https: loopback()?, page, service: None };
            haproxy.prepare(backend)?;
            match haproxy.launch().await {
                Ok(()) => return Ok(haproxy),
                Err(error) if haproxy.service.as_ref().is_some_and(Service::port_taken) => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Return the configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.directory.join("haproxy.cfg")
    }

    /// Return the list of certificates and the names that each is for.
    pub fn crt_list(&self) -> PathBuf {
        self.directory.join("crt-list.txt")
    }

    /// Return the folder for the files of certificates.
    pub fn certificates(&self) -> PathBuf {
        self.directory.join("certificates")
    }

    /// Return the socket of the runtime API.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("admin.sock")
    }

    /// Return the command that checks the configuration, certificates included.
    pub fn test_command(&self) -> Vec<String> {
        let config = self.config_path().display().to_string();
        vec![self.program.display().to_string(), "-c".into(), "-q".into(), "-f".into(), config]
    }

    /// Return the loopback address that speaks HTTP.
    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// Return the loopback address that speaks HTTPS.
    pub fn https_address(&self) -> SocketAddr {
        self.https
    }

    /// Return the number of the process; another one after each start.
    pub fn pid(&self) -> Option<u32> {
        self.service.as_ref().map(Service::pid)
    }

    /// Kill HAProxy and wait for its end. Dropping does the same.
    pub async fn stop(&mut self) -> Result<()> {
        match self.service.take() {
            Some(service) => service.stop().await,
            None => Ok(()),
        }
    }

    /// Stop if needed, start again with the files as they now are, and wait until it answers.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.launch().await
    }

    fn prepare(&self, backend: SocketAddr) -> Result<()> {
        process::clear_log(&self.log_path())?;
        let default = identity::self_signed(&self.directory, "default.pem", "default.invalid")?;
        let (socket, list, default) = (self.socket(), self.crt_list(), default.display());
        let (socket, shown_list) = (socket.display(), list.display());
        let Self { http, https, page, .. } = self;
        let text = format!(
            "global\n  stats socket {socket} mode 600 level admin\n  maxconn 500\n  ssl-default-bind-options ssl-min-ver TLSv1.2\n\
             defaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n\
             frontend plain\n  bind {http}\n  acl challenge path_beg /.well-known/acme-challenge/\n  \
             http-request return status 200 content-type text/plain string \"{page}\" if !challenge\n  use_backend challenges\n\
             frontend secure\n  bind {https} ssl crt {default} crt-list {shown_list} alpn h2,http/1.1\n  \
             http-request return status 200 content-type text/plain string \"{page}\"\n\
             backend challenges\n  server autossl {backend}\n"
        );
        fs::write(self.config_path(), text).context("cannot write haproxy's configuration")?;
        if !list.exists() {
            fs::write(&list, "").context("cannot write haproxy's list of certificates")?;
        }
        Ok(())
    }

    async fn launch(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("-db").arg("-f").arg(self.config_path());
        let service = Service::spawn("haproxy", &mut command, &self.log_path())?;
        let service = self.service.insert(service);
        service
            .ready(async || {
                let answer = http::http_get(self.http, "default.invalid", "/").await?;
                if answer.status != 200 || answer.text() != self.page {
                    bail!("its page is answered with {}: {}", answer.status, answer.text());
                }
                Ok(())
            })
            .await
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("haproxy.log")
    }
}

fn loopback() -> Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?)))
}
