//! A private nginx: HTTP that passes challenges on, and over TLS what the caller's files say.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    Binaries,
    apache::account,
    http, identity, ports,
    process::{self, Service},
};

/// A running nginx. Over HTTP it passes challenges on and answers everything else with a page of its own; over TLS it serves
/// what is in [`conf_dir`](Self::conf_dir), and a self-signed certificate for `default.invalid` to every unknown name.
pub struct Nginx {
    program: PathBuf,
    directory: PathBuf,
    http: SocketAddr,
    https: SocketAddr,
    page: String,
    service: Option<Service>,
}

/// Describes an nginx; [`start`](Self::start) runs it.
#[derive(Clone, Debug)]
pub struct NginxBuilder {
    directory: PathBuf,
    backend: Option<SocketAddr>,
    default_host: bool,
}

impl NginxBuilder {
    /// Pass `/.well-known/acme-challenge/` on to this server.
    pub fn challenge_backend(mut self, server: SocketAddr) -> Self {
        self.backend = Some(server);
        self
    }

    /// Have no host of its own over TLS: what is in the folder is all there is.
    pub fn without_default_host(mut self) -> Self {
        self.default_host = false;
        self
    }

    /// Start nginx and wait until it answers an HTTP request.
    pub async fn start(self, binaries: &Binaries) -> Result<Nginx> {
        let program = binaries.nginx()?.to_owned();
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            let mut nginx = self.prepare(program.clone())?;
            match nginx.launch().await {
                Ok(()) => return Ok(nginx),
                Err(error) if nginx.service.as_ref().is_some_and(Service::port_taken) => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    fn prepare(&self, program: PathBuf) -> Result<Nginx> {
        make_dir(&self.directory.join("conf"))?;
        make_dir(&self.directory.join("temporary"))?;
        let directory = self.directory.canonicalize().context("cannot resolve nginx's directory")?;
        let nginx = Nginx {
            program,
            http: loopback()?,
            https: loopback()?,
            page: format!("nginx in {}", directory.display()),
            service: None,
            directory,
        };
        process::clear_log(&nginx.error_log())?;
        let certificate = identity::self_signed(&nginx.directory, "default.pem", "default.invalid")?;
        let account = account::unprivileged(&certificate)?;
        if let Some(account) = &account {
            account::let_everybody_read(&nginx.directory.join("conf"))?;
            account::give(&nginx.directory.join("temporary"), account)?;
        }
        let user = account.map(|account| format!("user {};\n", account.name)).unwrap_or_default();
        let text = user + &self.config(&nginx, &certificate);
        fs::write(nginx.config_path(), text).context("cannot write nginx's configuration")?;
        Ok(nginx)
    }

    fn config(&self, nginx: &Nginx, certificate: &Path) -> String {
        let (directory, certificate) = (nginx.directory.display(), certificate.display());
        let Nginx { http, https, page, .. } = nginx;
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("  {what}_temp_path {directory}/temporary/{what};\n"))
            .concat();
        let challenges = self.backend.map_or_else(String::new, |backend| {
            format!("    location /.well-known/acme-challenge/ {{ proxy_pass http://{backend}; proxy_set_header Host $host; }}\n")
        });
        let default_host = format!(
            "  server {{\n    listen {https} ssl default_server;\n    server_name default.invalid;\n    \
             ssl_certificate {certificate};\n    ssl_certificate_key {certificate};\n    return 200 \"{page}\";\n  }}\n"
        );
        format!(
            "daemon off;\nworker_processes 2;\npid {directory}/nginx.pid;\nerror_log {directory}/error.log notice;\n\
             events {{ worker_connections 512; }}\n\
             http {{\n  access_log off;\n  default_type text/plain;\n  server_names_hash_bucket_size 128;\n{temporary}  \
             server {{\n    listen {http} default_server;\n{challenges}    location / {{ return 200 \"{page}\"; }}\n  }}\n\
             {default_host}  include {directory}/conf/*.conf;\n}}\n",
            default_host = if self.default_host { default_host.as_str() } else { "" },
        )
    }
}

impl Nginx {
    /// Begin to describe an nginx that keeps its files in `directory`, which is made. As root its workers run as `www-data` (or
    /// what the system calls it).
    pub fn builder(directory: impl Into<PathBuf>) -> NginxBuilder {
        NginxBuilder { directory: directory.into(), backend: None, default_host: true }
    }

    /// Return the configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.directory.join("nginx.conf")
    }

    /// Return the folder whose `*.conf` files are included in `http`.
    pub fn conf_dir(&self) -> PathBuf {
        self.directory.join("conf")
    }

    /// Return the file with the master's process id.
    pub fn pid_file(&self) -> PathBuf {
        self.directory.join("nginx.pid")
    }

    /// Return the error log's path.
    pub fn error_log(&self) -> PathBuf {
        self.directory.join("error.log")
    }

    /// Return the command that checks the configuration, certificates included.
    pub fn test_command(&self) -> Vec<String> {
        self.command(&["-t", "-q"])
    }

    /// Return the command that asks for a reload. It returns before that has happened.
    pub fn reload_command(&self) -> Vec<String> {
        self.command(&["-s", "reload"])
    }

    /// Return the loopback address that speaks HTTP.
    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// Return the loopback address that speaks HTTPS.
    pub fn https_address(&self) -> SocketAddr {
        self.https
    }

    /// Tell whether the master process runs.
    pub fn is_alive(&self) -> bool {
        self.service.as_ref().is_some_and(Service::is_alive)
    }

    /// Kill nginx with all its workers and wait for its end. Dropping does the same.
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
        // Left by a killed nginx; absent at the first start.
        let _ = fs::remove_file(&pid_file);
        let [program, arguments @ ..] = &self.command(&[])[..] else { bail!("no command") };
        let service = Service::spawn("nginx", Command::new(program).args(arguments), &self.error_log())?;
        let service = self.service.insert(service);
        service
            .ready(async || {
                let answer = http::http_get(self.http, "default.invalid", "/").await?;
                if answer.status != 200 || answer.text() != self.page {
                    bail!("its page is answered with {}: {}", answer.status, answer.text());
                }
                let pid = fs::read_to_string(&pid_file).context("the pid file is not there yet")?;
                if pid.trim() != service.pid().to_string() {
                    bail!("the pid file is not written yet");
                }
                Ok(())
            })
            .await
    }

    fn command(&self, arguments: &[&str]) -> Vec<String> {
        let config = self.config_path().display().to_string();
        let log = self.error_log().display().to_string();
        let mut command = vec![self.program.display().to_string(), "-c".to_owned(), config, "-e".to_owned(), log];
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        command
    }
}

fn loopback() -> Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?)))
}

fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}
