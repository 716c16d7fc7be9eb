//! A private Exim: SMTP with STARTTLS and over TLS, which looks the certificate up by the name that the client asks for.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    Binaries, ports,
    process::{self, Service},
    smtp,
};

/// The account that Debian's package makes for it.
const ACCOUNT: &str = "Debian-exim";

/// A running Exim, as the user that Debian gives it.
pub struct Exim {
    program: PathBuf,
    directory: PathBuf,
    names_dir: PathBuf,
    smtp: SocketAddr,
    smtps: SocketAddr,
    service: Option<Service>,
}

impl Exim {
    /// Start Exim with its files in `directory`, which is made, and wait until it greets. Needs root.
    ///
    /// `names_dir` has a directory for each name with `combined.pem` in it: `_.example.net` for `*.example.net`, `default` for the rest.
    /// `settings` are the lines of its configuration that look there, with `NAMES_DIR` for that path.
    pub async fn start(binaries: &Binaries, directory: &Path, names_dir: &Path, settings: &str) -> Result<Self> {
        let program = binaries.exim()?.to_owned();
        let (user, group) = account()?;
        for part in ["spool", "log"] {
            let path = directory.join(part);
            fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
            chown(&path, Some(user), Some(group)).context("Exim's directories cannot be given to it: run as root")?;
        }
        let directory = directory.canonicalize().context("cannot resolve Exim's directory")?;
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            let mut exim = Self {
                program: program.clone(),
                directory: directory.clone(),
                names_dir: names_dir.to_owned(),
                smtp: loopback()?,
                smtps: loopback()?,
                service: None,
            };
            fs::write(exim.config_path(), exim.config_text(settings)).context("cannot write exim.conf")?;
            process::clear_log(&exim.log_path())?;
            match exim.launch().await {
                Ok(()) => return Ok(exim),
                Err(error) if exim.service.as_ref().is_some_and(Service::port_taken) => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Return the name of the group as which it reads certificates.
    pub fn group(&self) -> &'static str {
        ACCOUNT
    }

    /// Return the file with the process id.
    pub fn pid_file(&self) -> PathBuf {
        self.directory.join("exim.pid")
    }

    /// Return the loopback address that speaks SMTP, with STARTTLS.
    pub fn smtp_address(&self) -> SocketAddr {
        self.smtp
    }

    /// Return the loopback address that speaks SMTP over TLS.
    pub fn smtps_address(&self) -> SocketAddr {
        self.smtps
    }

    /// Return what it has logged.
    pub fn log(&self) -> Result<String> {
        process::read_log(&self.log_path())
    }

    /// Kill Exim and wait for its end. Dropping does the same.
    pub async fn stop(&mut self) -> Result<()> {
        match self.service.take() {
            Some(service) => service.stop().await,
            None => Ok(()),
        }
    }

    /// Stop if needed, start again, and wait until it greets.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.launch().await
    }

    async fn launch(&mut self) -> Result<()> {
        // Left by one that was killed.
        let _ = fs::remove_file(self.pid_file());
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(self.config_path()).arg("-bdf");
        let service = self.service.insert(Service::spawn("exim", &mut command, &self.log_path())?);
        let (address, pid_file) = (self.smtp, self.directory.join("exim.pid"));
        service
            .ready(async || {
                smtp::greets(address).await?;
                if pid_file.is_file() { Ok(()) } else { bail!("the pid file is not written yet") }
            })
            .await
    }

    fn config_path(&self) -> PathBuf {
        self.directory.join("exim.conf")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("exim.log")
    }

    fn config_text(&self, settings: &str) -> String {
        format!(
            "primary_hostname = mx.invalid\nspool_directory = {home}/spool\nlog_file_path = {home}/log/%slog\n\
             pid_file_path = {home}/exim.pid\nlocal_interfaces = <; 127.0.0.1\nnotifier_socket =\n\
             daemon_smtp_ports = {smtp} : {smtps}\ntls_on_connect_ports = {smtps}\ntls_advertise_hosts = *\n\
             keep_environment =\nhost_lookup =\nrfc1413_query_timeout = 0s\ndisable_ipv6 = true\n{settings}\n\
             begin acl\nbegin routers\nbegin transports\nbegin retry\nbegin rewrite\nbegin authenticators\n",
            home = self.directory.display(),
            smtp = self.smtp.port(),
            smtps = self.smtps.port(),
            settings = settings.replace("NAMES_DIR", &self.names_dir.display().to_string()),
        )
    }
}

/// The numbers of Exim's user and group.
fn account() -> Result<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let found = fields.filter(|fields| fields.first() == Some(&ACCOUNT)).find_map(|fields| {
        let number = |place: usize| fields.get(place)?.parse().ok();
        Some((number(2)?, number(3)?))
    });
    found.with_context(|| format!("there is no account {ACCOUNT}: install Debian's package of Exim"))
}

fn loopback() -> Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?)))
}
