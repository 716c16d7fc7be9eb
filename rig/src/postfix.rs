//! A private Postfix: SMTP with STARTTLS and over TLS, with a table of certificates by name.
//!
//! Debian has one mail transfer agent at a time, so it may be one that was only unpacked: its libraries are found beside it. It needs
//! accounts of its own and gets some that every system has and nothing else here uses.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    Binaries,
    dovecot::DEFAULT_NAME,
    identity, ports,
    process::{self, Service},
    smtp,
};

/// The account that owns its queue, with the number that it has on Debian.
const OWNER: (&str, u32) = ("uucp", 10);

/// A running Postfix.
pub struct Postfix {
    program: PathBuf,
    directory: PathBuf,
    smtp: SocketAddr,
    smtps: SocketAddr,
    service: Option<Service>,
}

impl Postfix {
    /// Start Postfix with its files in `directory`, which is made, and wait until it greets. Needs root.
    pub async fn start(binaries: &Binaries, directory: &Path) -> Result<Self> {
        let program = binaries.postfix()?.to_owned();
        for part in ["conf", "queue", "data"] {
            let path = directory.join(part);
            fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        }
        let directory = directory.canonicalize().context("cannot resolve Postfix's directory")?;
        chown(directory.join("data"), Some(OWNER.1), None)
            .context("Postfix's data cannot be given to it: run as root")?;
        identity::self_signed(&directory, "default.pem", DEFAULT_NAME)?;
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            let (smtp, smtps) = (loopback()?, loopback()?);
            let mut postfix =
                Self { program: program.clone(), directory: directory.clone(), smtp, smtps, service: None };
            postfix.write_config()?;
            process::clear_log(&postfix.log_path())?;
            match postfix.launch().await {
                Ok(()) => return Ok(postfix),
                Err(error) if postfix.service.as_ref().is_some_and(Service::port_taken) => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Return the table of `tls_server_sni_maps`, of type `hash`, for the installer to make.
    pub fn table(&self) -> PathBuf {
        self.directory.join("conf/autossl_sni")
    }

    /// Return the command that makes tables; it wants a type and a path.
    pub fn postmap_command(&self) -> Vec<String> {
        self.command("postmap", &["-F"])
    }

    /// Return the command that checks the configuration.
    pub fn test_command(&self) -> Vec<String> {
        self.command("postfix", &["check"])
    }

    /// Return the command that reloads the configuration.
    pub fn reload_command(&self) -> Vec<String> {
        self.command("postfix", &["reload"])
    }

    /// Return the file with the process id.
    pub fn pid_file(&self) -> PathBuf {
        self.directory.join("queue/pid/master.pid")
    }

    /// Return the loopback address that speaks SMTP, with STARTTLS.
    pub fn smtp_address(&self) -> SocketAddr {
        self.smtp
    }

    /// Return the loopback address that speaks SMTP over TLS.
    pub fn smtps_address(&self) -> SocketAddr {
        self.smtps
    }

    /// Kill Postfix and wait for its end. Dropping does the same.
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
        // Makes the directories of the queue.
        let [program, arguments @ ..] = &self.test_command()[..] else { bail!("no command") };
        let made = Command::new(program).args(arguments).output().context("cannot run postfix check")?;
        if !made.status.success() {
            bail!("postfix check ended with {}: {}", made.status, String::from_utf8_lossy(&made.stderr));
        }
        let mut command = Command::new(self.libraries().join("sbin/master"));
        command.args(["-d", "-c"]).arg(self.directory.join("conf")).env("LD_LIBRARY_PATH", self.libraries());
        let service = self.service.insert(Service::spawn("postfix", &mut command, &self.log_path())?);
        let (address, pid_file) = (self.smtp, self.directory.join("queue/pid/master.pid"));
        service
            .ready(async || {
                smtp::greets(address).await?;
                if pid_file.is_file() { Ok(()) } else { bail!("the pid file is not written yet") }
            })
            .await
    }

    /// The directory with its libraries and daemons, beside the one with its commands.
    fn libraries(&self) -> PathBuf {
        self.program.parent().and_then(Path::parent).unwrap_or(Path::new("/usr")).join("lib/postfix")
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Vec<String> {
        let mut command = vec!["env".to_owned(), format!("LD_LIBRARY_PATH={}", self.libraries().display())];
        command.push(self.program.with_file_name(program).display().to_string());
        command.extend(["-c".to_owned(), self.directory.join("conf").display().to_string()]);
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        command
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("postfix.log")
    }

    fn write_config(&self) -> Result<()> {
        let (home, libraries) = (self.directory.display(), self.libraries());
        let commands = self.program.parent().unwrap_or(Path::new("/usr/sbin"));
        let meta = match libraries.ancestors().nth(3).map(|root| root.join("etc/postfix")) {
            Some(meta) if meta.is_dir() => meta,
            _ => "/etc/postfix".into(),
        };
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {home}/queue\ndata_directory = {home}/data\n\
             command_directory = {commands}\ndaemon_directory = {libraries}/sbin\nshlib_directory = {libraries}\n\
             meta_directory = {meta}\nmail_owner = {owner}\nsetgid_group = news\ndefault_privs = nobody\n\
             import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME \
             LD_LIBRARY_PATH={libraries}\nmaillog_file = {log}\nmaillog_file_prefixes = {home}\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = mx.invalid\nmydestination =\nalias_maps =\n\
             smtpd_relay_restrictions = reject_unauth_destination\nsmtpd_tls_security_level = may\n\
             smtpd_tls_chain_files = {home}/chain.pem\ntls_server_sni_maps = hash:{table}\n",
            commands = commands.display(),
            libraries = libraries.display(),
            meta = meta.display(),
            owner = OWNER.0,
            log = self.log_path().display(),
            table = self.table().display(),
        );
        let smtp = format!("127.0.0.1:{} inet n - n - - smtpd\n", self.smtp.port());
        let smtps = format!("127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n", self.smtps.port());
        let master = format!(
            "{smtp}{smtps}postlog unix-dgram n - n - 1 postlogd\ntlsmgr unix - - n 1000? 1 tlsmgr\n\
             rewrite unix - - n - - trivial-rewrite\nproxymap unix - - n - - proxymap\nanvil unix - - n - 1 anvil\n\
             cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n"
        );
        let conf = self.directory.join("conf");
        fs::write(conf.join("main.cf"), main).context("cannot write main.cf")?;
        fs::write(conf.join("master.cf"), master).context("cannot write master.cf")?;
        self.prepare_tables()
    }

    /// Write the default chain, its key first as Postfix wants it, and an empty table.
    fn prepare_tables(&self) -> Result<()> {
        let pem =
            fs::read_to_string(self.directory.join("default.pem")).context("cannot read the default certificate")?;
        let key = pem.find("-----BEGIN PRIVATE KEY").context("the default certificate has no key")?;
        let (certificate, key) = pem.split_at(key);
        fs::write(self.directory.join("chain.pem"), format!("{key}{certificate}")).context("cannot write chain.pem")?;
        fs::write(self.table(), "").context("cannot write the table")?;
        let command = [self.postmap_command(), vec![format!("hash:{}", self.table().display())]].concat();
        let [program, arguments @ ..] = &command[..] else { bail!("no command") };
        let made = Command::new(program).args(arguments).output().context("cannot run postmap")?;
        if !made.status.success() {
            bail!("postmap ended with {}: {}", made.status, String::from_utf8_lossy(&made.stderr));
        }
        Ok(())
    }
}

fn loopback() -> Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?)))
}
