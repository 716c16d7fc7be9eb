//! A private Apache configuration, and the Apache that runs with it.

use anyhow::{Context, Result, ensure};
use engine::inventory::apache::{Discovered, DiscoveryConfig, DiscoveryError, discover};
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const MODULES: &str = "/usr/lib/apache2/modules";
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory with a configuration that has `Listen` for two ports, TLS and macros, and whatever a test writes.
pub(crate) struct Server {
    directory: TempDir,
    pub(crate) http: u16,
    pub(crate) https: u16,
    pub(crate) mpm: String,
}

/// A running Apache; dropping it kills its group.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))?;
        fs::create_dir(directory.path().join("run"))?;
        let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
        let (http, https) = (one.local_addr()?.port(), other.local_addr()?.port());
        let mpm = format!("LoadModule mpm_event_module {MODULES}/mod_mpm_event.so");
        let server = Self { directory, http, https, mpm };
        for user in ["alice", "bob", "main"] {
            fs::create_dir_all(server.path(user))?;
        }
        fs::write(server.path("main/index.html"), "the page\n")?;
        Ok(server)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Write a file; `@HTTP`, `@HTTPS` and `@DIR` are replaced.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().context("a file has a directory")?)?;
        let text = text.replace("@HTTPS", &self.https.to_string()).replace("@HTTP", &self.http.to_string());
        fs::write(&path, text.replace("@DIR", &self.directory.path().display().to_string()))?;
        Ok(path)
    }

    /// Write the configuration: what each needs, then `rest`.
    pub(crate) fn configure(&self, rest: &str) -> Result<()> {
        let module = |name: &str| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n");
        let modules: String = ["authz_core", "socache_shmcb", "ssl", "macro"].map(module).concat();
        let text = format!(
            "ServerRoot @DIR\nServerName main.test\nPidFile @DIR/run/pid\nDefaultRuntimeDir @DIR/run\n\
             Mutex file:@DIR/run default\n{}\n{modules}User www-data\nGroup www-data\nErrorLog @DIR/error.log\n\
             Listen 127.0.0.1:@HTTP\nListen 127.0.0.1:@HTTPS https\nDocumentRoot @DIR/main\n\
             <Directory @DIR>\nRequire all granted\n</Directory>\n{rest}",
            self.mpm
        );
        self.write("httpd.conf", &text).map(drop)
    }

    pub(crate) fn config(&self) -> DiscoveryConfig {
        let path = self.path("httpd.conf").display().to_string();
        DiscoveryConfig { first_user_id: 0, ..config(&["apache2", "-f", &path]) }
    }

    pub(crate) async fn discover(&self) -> Result<Discovered, DiscoveryError> {
        discover(&self.config()).await
    }

    /// Start Apache and wait until it answers.
    pub(crate) fn start(&self) -> Result<Running> {
        let path = self.path("httpd.conf");
        let mut command = Command::new("apache2");
        command.arg("-f").arg(&path).args(["-D", "FOREGROUND"]).stdin(Stdio::null()).process_group(0);
        let running = Running { child: command.spawn()?, address: SocketAddr::from(([127, 0, 0, 1], self.http)) };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(running.address).is_err() {
            ensure!(Instant::now() < deadline, "apache does not listen: {}", self.log()?);
            std::thread::yield_now();
        }
        running.get(&mut running.connect()?)?;
        Ok(running)
    }

    pub(crate) fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.path("error.log"))?)
    }
}

impl Running {
    pub(crate) fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// Ask for the page on a connection that stays open.
    pub(crate) fn get(&self, stream: &mut TcpStream) -> Result<()> {
        stream.write_all(b"GET /index.html HTTP/1.1\r\nHost: main.test\r\n\r\n")?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"the page\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).with_context(|| String::from_utf8_lossy(&answer).into_owned())?;
            answer.push(byte[0]);
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(id, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Ask with another command.
pub(crate) fn config(command: &[&str]) -> DiscoveryConfig {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    DiscoveryConfig { command, ..DiscoveryConfig::default() }
}

/// Write an executable script.
pub(crate) fn script(directory: &Path, text: &str) -> Result<String> {
    let path = directory.join("script.sh");
    fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path.display().to_string())
}

/// Write each website as `user domain aliases… root`, without the directory.
pub(crate) fn lines(server: &Server, discovered: &Discovered) -> Vec<String> {
    let base = server.path("").display().to_string();
    let users = discovered.users.iter();
    let websites = users.flat_map(|user| user.websites.iter());
    let line = |website: &engine::inventory::apache::DiscoveredWebsite| {
        let names = std::iter::once(&website.domain).chain(&website.aliases);
        let names: Vec<String> = names.map(ToString::to_string).collect();
        let certificate = website.certificate.as_ref().map(|configured| configured.certificate.display().to_string());
        let certificate = certificate.map(|file| format!(" {}", file.replace(&base, "")));
        let root = website.document_root.replace(&base, "");
        format!("{} {root}{}", names.join(" "), certificate.unwrap_or_default())
    };
    websites.map(line).collect()
}

/// Write what was skipped, one line each, without the directory.
pub(crate) fn skipped(server: &Server, discovered: &Discovered) -> Vec<String> {
    let base = server.path("").display().to_string();
    let line = |skipped: &engine::inventory::apache::Skipped| {
        format!("{} ({}:{}): {}", skipped.vhost, skipped.file, skipped.line, skipped.reason).replace(&base, "")
    };
    discovered.skipped.iter().map(line).collect()
}
