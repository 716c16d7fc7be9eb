//! What an Apache is told at its start; makes its directories, pages and configuration.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};

use super::{
    Apache, account,
    config::{self, Layout},
    website::{ChallengeAnswer, Website},
};
use crate::{Binaries, identity, ports, process};

/// Where distributions keep Apache's modules.
const MODULE_DIRS: &[&str] = &[
    "/usr/lib/apache2/modules",
    "/usr/lib64/httpd/modules",
    "/usr/lib64/apache2",
    "/usr/lib/httpd/modules",
    "/usr/libexec/apache2",
    "/usr/local/libexec/apache24",
];

/// Describe an Apache; [`start`](Self::start) runs it. Without options: free ports, no websites, no challenge back-end.
#[derive(Clone, Debug)]
pub struct ApacheBuilder {
    directory: PathBuf,
    http_port: Option<u16>,
    https_port: Option<u16>,
    vhost_dir: Option<PathBuf>,
    backend: Option<SocketAddr>,
    websites: Vec<Website>,
    default_tls: bool,
    web_disk: bool,
    lines: Option<String>,
}

impl ApacheBuilder {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            http_port: None,
            https_port: None,
            vhost_dir: None,
            backend: None,
            websites: Vec::new(),
            default_tls: true,
            web_disk: false,
            lines: None,
        }
    }

    /// Speak HTTP on this loopback port instead of a free one.
    pub fn http_port(mut self, port: u16) -> Self {
        self.http_port = Some(port);
        self
    }

    /// Speak HTTPS on this loopback port instead of a free one.
    pub fn https_port(mut self, port: u16) -> Self {
        self.https_port = Some(port);
        self
    }

    /// Include `*.conf` from this folder (made if absent) instead of `vhosts` in Apache's own directory.
    pub fn vhost_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.vhost_dir = Some(folder.into());
        self
    }

    /// Pass `/.well-known/acme-challenge/` on to this server, on every host that is not told otherwise and on the
    /// default host. It need not run yet; while it does not, challenges are answered with 503.
    pub fn challenge_backend(mut self, server: SocketAddr) -> Self {
        self.backend = Some(server);
        self
    }

    /// Add a website.
    pub fn website(mut self, website: Website) -> Self {
        self.websites.push(website);
        self
    }

    /// Add websites.
    pub fn websites(mut self, websites: impl IntoIterator<Item = Website>) -> Self {
        self.websites.extend(websites);
        self
    }

    /// Have no host of one's own that speaks TLS: the first that is included is then the one for clients that name none.
    pub fn without_default_tls(mut self) -> Self {
        self.default_tls = false;
        self
    }

    /// Be a Web Disk: every host over TLS is a WebDAV server (RFC 4918) for [`WEB_DISK_USER`](crate::WEB_DISK_USER), with a
    /// password of the same letters.
    pub fn web_disk(mut self) -> Self {
        self.web_disk = true;
        self
    }

    /// Have these lines at the end of the configuration, in place of the `IncludeOptional` of the virtual hosts' folder, and the modules
    /// that hosting servers usually have. `@HTTP@` and `@HTTPS@` are the addresses that Apache listens on, `@DIR@` is its directory and
    /// `@VHOSTS@` the folder.
    pub fn lines(mut self, lines: impl Into<String>) -> Self {
        self.lines = Some(lines.into());
        self
    }

    /// Start Apache and wait until it answers an HTTP request.
    pub async fn start(self, binaries: &Binaries) -> Result<Apache> {
        let program = binaries.apache()?.to_owned();
        self.check_names()?;
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            let mut apache = self.prepare(program.clone())?;
            match apache.launch().await {
                Ok(()) => return Ok(apache),
                Err(error) if apache.port_taken() => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Names and targets become configuration text and file names, so nothing odd may be in them.
    fn check_names(&self) -> Result<()> {
        for (name, answer) in self.websites.iter().flat_map(Website::names) {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte);
            if name.is_empty() || name.starts_with('.') || !name.bytes().all(plain) {
                bail!("{name:?} cannot be a website's name");
            }
            let odd = |c: char| c.is_control() || matches!(c, '"' | '\\' | ' ');
            if matches!(answer, ChallengeAnswer::Redirect(target) if target.contains(odd)) {
                bail!("{name} redirects to something that is not a URL");
            }
        }
        Ok(())
    }

    fn prepare(&self, program: PathBuf) -> Result<Apache> {
        make_dir(&self.directory)?;
        let directory = self.directory.canonicalize().context("cannot resolve apache's directory")?;
        let vhost_dir = self.vhost_dir.clone().unwrap_or_else(|| directory.join("vhosts"));
        make_dir(&directory.join("run"))?;
        make_dir(&vhost_dir)?;
        let vhost_dir = vhost_dir.canonicalize().context("cannot resolve the folder of the virtual hosts")?;
        let page = self.write_pages(&directory)?;
        let default_certificate = identity::self_signed(&directory, "default.pem", config::DEFAULT_NAME)?;
        let apache = Apache {
            program,
            http: loopback(self.http_port)?,
            https: loopback(self.https_port)?,
            vhost_dir,
            page,
            service: None,
            directory,
        };
        process::clear_log(&apache.error_log())?;
        let account = account::unprivileged(&default_certificate)?;
        let users = directory_users(&apache.directory, self.web_disk)?;
        let text = config::render(&Layout {
            directory: &apache.directory,
            module_dir: module_dir()?,
            vhost_dir: &apache.vhost_dir,
            default_certificate: self.default_tls.then_some(&*default_certificate),
            http: apache.http,
            https: apache.https,
            backend: self.backend,
            websites: &self.websites,
            account: account.as_ref(),
            web_disk_users: users.as_deref(),
            lines: self.lines.as_deref(),
        });
        write(&apache.config_path(), &text)?;
        if let Some(account) = &account {
            account::let_everybody_read(&apache.directory.join("sites"))?;
            if self.web_disk {
                account::let_everybody_read(&apache.directory.join("users"))?;
                account::give(&apache.directory.join("sites"), account)?;
                account::give(&apache.directory.join("locks"), account)?;
            }
        }
        Ok(apache)
    }

    /// Write each website's page and return the default one, which no other Apache has.
    fn write_pages(&self, directory: &Path) -> Result<String> {
        for website in &self.websites {
            let page = format!("<!doctype html>\n<title>{0}</title>\n<h1>{0}</h1>\n", website.name);
            write_page(directory, &website.name, &page)?;
        }
        let page = format!("<!doctype html>\n<title>Default</title>\n<p>{}</p>\n", directory.display());
        write_page(directory, config::DEFAULT_NAME, &page)?;
        Ok(page)
    }
}

/// Write who may use the Web Disk, and make the directory of its locks.
fn directory_users(directory: &Path, web_disk: bool) -> Result<Option<PathBuf>> {
    if !web_disk {
        return Ok(None);
    }
    make_dir(&directory.join("locks"))?;
    let users = directory.join("users");
    write(&users, config::WEB_DISK_ACCOUNT)?;
    Ok(Some(users))
}

fn write_page(directory: &Path, website: &str, page: &str) -> Result<()> {
    let root = config::document_root(directory, website);
    make_dir(&root)?;
    write(&root.join("index.html"), page)
}

fn module_dir() -> Result<&'static Path> {
    let found = MODULE_DIRS.iter().map(Path::new).find(|folder| folder.join("mod_ssl.so").is_file());
    found.with_context(|| format!("apache's module mod_ssl.so is in none of {}", MODULE_DIRS.join(", ")))
}

fn loopback(port: Option<u16>) -> Result<SocketAddr> {
    let port = match port {
        Some(port) => port,
        None => ports::free()?,
    };
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
