//! A private Dovecot: IMAP with STARTTLS and over TLS, any user with the password `password`, and a file that it includes for
//! AutoSSL's installer. Its configuration is made here; what clients see is left to `dovecot/session.rs`.

mod session;

pub use session::ImapSession;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    Binaries, http, identity, ports,
    process::{self, Service},
};

/// Who owns the mail: nobody of the system.
const MAIL_USER: u32 = 65_534;
/// What it presents for names that nobody has.
pub(crate) const DEFAULT_NAME: &str = "default.invalid";

/// A running Dovecot. Sessions outlive a reload, since `shutdown_clients = no`.
pub struct Dovecot {
    program: PathBuf,
    directory: PathBuf,
    imap: SocketAddr,
    imaps: SocketAddr,
    service: Option<Service>,
}

impl Dovecot {
    /// Start Dovecot with its files in `directory`, which is made, and wait until it greets. Needs root.
    pub async fn start(binaries: &Binaries, directory: &Path) -> Result<Self> {
        let program = binaries.dovecot()?.to_owned();
        let mail = directory.join("mail");
        for part in ["run", "state"] {
            make_dir(&directory.join(part))?;
        }
        make_dir(&mail)?;
        chown(&mail, Some(MAIL_USER), Some(MAIL_USER)).context("Dovecot's mail cannot be given away: run as root")?;
        let directory = directory.canonicalize().context("cannot resolve Dovecot's directory")?;
        identity::self_signed(&directory, "default.pem", DEFAULT_NAME)?;
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            let (imap, imaps) = (loopback()?, loopback()?);
            let mut dovecot =
                Self { program: program.clone(), directory: directory.clone(), imap, imaps, service: None };
            fs::write(dovecot.config_path(), dovecot.config_text()).context("cannot write dovecot.conf")?;
            process::clear_log(&dovecot.log_path())?;
            match dovecot.launch().await {
                Ok(()) => return Ok(dovecot),
                Err(error) if dovecot.service.as_ref().is_some_and(Service::port_taken) => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Return the file that is included where it is there, for the installer to write.
    pub fn include(&self) -> PathBuf {
        self.directory.join("autossl.conf")
    }

    /// Return the command that checks the configuration.
    pub fn test_command(&self) -> Vec<String> {
        self.command("doveconf", &["-n"])
    }

    /// Return the command that reloads the configuration.
    pub fn reload_command(&self) -> Vec<String> {
        self.command("doveadm", &["reload"])
    }

    /// Return the command that tells the version.
    pub fn version_command(&self) -> Vec<String> {
        vec![self.program.display().to_string(), "--version".to_owned()]
    }

    /// Return the file with the process id.
    pub fn pid_file(&self) -> PathBuf {
        self.directory.join("run/master.pid")
    }

    /// Return the loopback address that speaks IMAP, with STARTTLS.
    pub fn imap_address(&self) -> SocketAddr {
        self.imap
    }

    /// Return the loopback address that speaks IMAP over TLS.
    pub fn imaps_address(&self) -> SocketAddr {
        self.imaps
    }

    /// Return the text of the log.
    pub fn log(&self) -> Result<String> {
        process::read_log(&self.log_path())
    }

    /// Kill Dovecot and wait for its end. Dropping does the same.
    pub async fn stop(&mut self) -> Result<()> {
        match self.service.take() {
            Some(service) => service.stop().await,
            None => Ok(()),
        }
    }

    /// Stop if needed, start again with the configuration as it now is, and wait until it greets.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.launch().await
    }

    async fn launch(&mut self) -> Result<()> {
        // Left by one that was killed.
        let _ = fs::remove_file(self.pid_file());
        let mut command = Command::new(&self.program);
        command.arg("-F").arg("-c").arg(self.config_path());
        let service = self.service.insert(Service::spawn("dovecot", &mut command, &self.log_path())?);
        let (imap, pid_file) = (self.imap, self.directory.join("run/master.pid"));
        let pid = service.pid().to_string();
        service
            .ready(async || {
                let mut lines = BufReader::new(http::connect(imap).await?).lines();
                let greeting = lines.next_line().await?.unwrap_or_default();
                if !greeting.starts_with("* OK") {
                    bail!("it greets with {greeting:?}");
                }
                let written = fs::read_to_string(&pid_file).context("the pid file is not there yet")?;
                if written.trim() != pid { bail!("the pid file is another's") } else { Ok(()) }
            })
            .await
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Vec<String> {
        let mut command = vec![program.to_owned(), "-c".to_owned(), self.config_path().display().to_string()];
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        command
    }

    fn config_path(&self) -> PathBuf {
        self.directory.join("dovecot.conf")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("dovecot.log")
    }

    fn config_text(&self) -> String {
        format!(
            "base_dir = {home}/run\nstate_dir = {home}/state\ninstance_name = rig\nlog_path = {log}\nprotocols = imap\n\
             listen = 127.0.0.1\nfirst_valid_uid = {MAIL_USER}\nfirst_valid_gid = {MAIL_USER}\n\
             mail_location = maildir:{home}/mail/%u\ndisable_plaintext_auth = yes\n\
             passdb {{\n  driver = static\n  args = password=password\n}}\n\
             userdb {{\n  driver = static\n  args = uid={MAIL_USER} gid={MAIL_USER} home={home}/mail/%u\n}}\n\
             service imap-login {{\n  inet_listener imap {{\n    port = {imap}\n  }}\n  inet_listener imaps {{\n    \
             port = {imaps}\n    ssl = yes\n  }}\n  chroot =\n}}\n\
             service stats {{\n  chroot =\n}}\nservice anvil {{\n  chroot =\n}}\n\
             ssl = required\nssl_dh =\nssl_min_protocol = TLSv1.2\nssl_cert = <{home}/default.pem\nssl_key = <{home}/default.pem\n\
             shutdown_clients = no\n!include_try {include}\n",
            home = self.directory.display(),
            log = self.log_path().display(),
            imap = self.imap.port(),
            imaps = self.imaps.port(),
            include = self.include().display(),
        )
    }
}

fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}

fn loopback() -> Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?)))
}
