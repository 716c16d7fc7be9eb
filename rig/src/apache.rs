//! A private Apache: websites over HTTP, a TLS listener, and a folder for the files that AutoSSL's installer writes.
//! Its configuration is made in `apache/config.rs`.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    http,
    process::{self, Service},
};

pub(crate) mod account;
mod builder;
mod config;
mod website;

pub use builder::ApacheBuilder;
pub use config::WEB_DISK_USER;
pub use website::{ChallengeAnswer, Website};

/// A running Apache. Websites are there over HTTP from the start; over HTTPS there is one default host with a
/// self-signed certificate for `default.invalid`, which every unknown name gets, until files appear in
/// [`vhost_dir`](Self::vhost_dir). Those must say `<VirtualHost 127.0.0.1:port>` with [`https_port`](Self::https_port),
/// since an address written otherwise (`*`) loses against the default host.
///
/// A graceful restart with a certificate that does not load ends the process, as it does everywhere:
/// [`is_alive`](Self::is_alive) then says so, and [`restart`](Self::restart) brings it back.
pub struct Apache {
    program: PathBuf,
    directory: PathBuf,
    http: SocketAddr,
    https: SocketAddr,
    vhost_dir: PathBuf,
    page: String,
    service: Option<Service>,
}

impl Apache {
    /// Begin to describe an Apache that keeps its files in `directory`, which is made.
    ///
    /// As root its workers run as `www-data` (or what the system calls it), so the document roots are made readable for
    /// all, and a private temporary directory (mode 0700) above them passable; elsewhere such a directory is an error.
    pub fn builder(directory: impl Into<PathBuf>) -> ApacheBuilder {
        ApacheBuilder::new(directory.into())
    }

    /// Return the configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.directory.join("httpd.conf")
    }

    /// Return the file with the parent's process id.
    pub fn pid_file(&self) -> PathBuf {
        self.directory.join("run/httpd.pid")
    }

    /// Return the error log's path.
    pub fn error_log(&self) -> PathBuf {
        self.directory.join("error.log")
    }

    /// Return the text of the error log.
    pub fn log(&self) -> Result<String> {
        process::read_log(&self.error_log())
    }

    /// Return the folder whose `*.conf` files are included, for the installer to write to.
    pub fn vhost_dir(&self) -> &Path {
        &self.vhost_dir
    }

    /// Return the document root of a website, by its first name.
    pub fn document_root(&self, website: &str) -> PathBuf {
        config::document_root(&self.directory, website)
    }

    /// Return the command that checks the configuration. It does not read the certificates' contents.
    pub fn test_command(&self) -> Vec<String> {
        self.command(&["-t"])
    }

    /// Return the command that reads the same configuration, for options of one's own.
    pub fn read_command(&self) -> Vec<String> {
        self.command(&[])
    }

    /// Return the command that asks for a graceful restart. It returns before that has happened.
    pub fn graceful_command(&self) -> Vec<String> {
        self.command(&["-k", "graceful"])
    }

    /// Return the loopback port that speaks HTTP.
    pub fn http_port(&self) -> u16 {
        self.http.port()
    }

    /// Return the loopback address that speaks HTTP.
    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// Return the loopback port that speaks HTTPS.
    pub fn https_port(&self) -> u16 {
        self.https.port()
    }

    /// Return the loopback address that speaks HTTPS.
    pub fn https_address(&self) -> SocketAddr {
        self.https
    }

    /// Tell whether the parent process runs.
    pub fn is_alive(&self) -> bool {
        self.service.as_ref().is_some_and(Service::is_alive)
    }

    /// Kill Apache with all its workers and wait for its end. Dropping does the same.
    pub async fn stop(&mut self) -> Result<()> {
        match self.service.take() {
            Some(service) => service.stop().await,
            None => Ok(()),
        }
    }

    /// Stop if needed, start again with the configuration as it now is, and wait until it answers.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.launch().await
    }

    async fn launch(&mut self) -> Result<()> {
        let pid_file = self.pid_file();
        // Left by a killed Apache; absent at the first start.
        let _ = fs::remove_file(&pid_file);
        let [program, arguments @ ..] = &self.command(&["-D", "FOREGROUND"])[..] else { bail!("no command") };
        let log = self.error_log();
        let service = Service::spawn("apache", Command::new(program).args(arguments), &log)?;
        let service = self.service.insert(service);
        service
            .ready(async || {
                let answer = http::http_get(self.http, config::DEFAULT_NAME, "/").await?;
                if answer.status != 200 || answer.text() != self.page {
                    bail!("its default page is answered with {}: {}", answer.status, answer.text());
                }
                let pid = fs::read_to_string(&pid_file).context("the pid file is not there yet")?;
                if pid.trim() != service.pid().to_string() {
                    bail!("the pid file is not written yet");
                }
                Ok(())
            })
            .await
    }

    fn port_taken(&self) -> bool {
        self.service.as_ref().is_some_and(Service::port_taken)
    }

    fn command(&self, arguments: &[&str]) -> Vec<String> {
        let config = self.config_path().display().to_string();
        let mut command = vec![self.program.display().to_string(), "-f".to_owned(), config];
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        command
    }
}
