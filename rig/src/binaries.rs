//! Which programs the rig runs, and where they are. Looks at the environment once; starts nothing.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

/// Name the programs of the rig; each may be absent, and is missed only when something wants to start it.
#[derive(Clone, Debug, Default)]
pub struct Binaries {
    /// Pebble, the ACME CA.
    pub pebble: Option<PathBuf>,
    /// `pebble-challtestsrv`, the DNS server.
    pub challtestsrv: Option<PathBuf>,
    /// The Python that has acme2certifier, another ACME CA.
    pub acme2certifier: Option<PathBuf>,
    /// Apache: `apache2` or `httpd`.
    pub apache: Option<PathBuf>,
    /// nginx, a web server.
    pub nginx: Option<PathBuf>,
    /// HAProxy, a proxy.
    pub haproxy: Option<PathBuf>,
    /// Knot, an authoritative DNS server.
    pub knotd: Option<PathBuf>,
    /// Knot's tool for keys.
    pub keymgr: Option<PathBuf>,
    /// BIND, an authoritative DNS server.
    pub named: Option<PathBuf>,
    /// Unbound, a resolver.
    pub unbound: Option<PathBuf>,
    /// Dovecot, an IMAP server.
    pub dovecot: Option<PathBuf>,
    /// Exim, a mail transfer agent.
    pub exim: Option<PathBuf>,
    /// The command of Postfix, another one.
    pub postfix: Option<PathBuf>,
}

impl Binaries {
    /// Look the programs up: `AUTOSSL_` and its name in capitals names one each, otherwise it is found on `PATH`, daemons also
    /// in `/usr/sbin` and `/usr/local/sbin`.
    ///
    /// Fails when a variable names a file that does not exist: a wrong setting must not quietly become another version.
    pub fn from_env() -> Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let directories: Vec<PathBuf> = env::split_paths(&path).collect();
        let mut for_daemons = directories.clone();
        for_daemons.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
        Ok(Self {
            pebble: find("AUTOSSL_PEBBLE", &["pebble"], &directories)?,
            challtestsrv: find("AUTOSSL_CHALLTESTSRV", &["pebble-challtestsrv"], &directories)?,
            acme2certifier: find("AUTOSSL_ACME2CERTIFIER", &[], &directories)?,
            apache: find("AUTOSSL_APACHE", &["apache2", "httpd"], &for_daemons)?,
            nginx: find("AUTOSSL_NGINX", &["nginx"], &for_daemons)?,
            haproxy: find("AUTOSSL_HAPROXY", &["haproxy"], &for_daemons)?,
            knotd: find("AUTOSSL_KNOTD", &["knotd"], &for_daemons)?,
            keymgr: find("AUTOSSL_KEYMGR", &["keymgr"], &for_daemons)?,
            named: find("AUTOSSL_NAMED", &["named"], &for_daemons)?,
            unbound: find("AUTOSSL_UNBOUND", &["unbound"], &for_daemons)?,
            dovecot: find("AUTOSSL_DOVECOT", &["dovecot"], &for_daemons)?,
            exim: find("AUTOSSL_EXIM", &["exim4", "exim"], &for_daemons)?,
            postfix: find("AUTOSSL_POSTFIX", &["postfix"], &for_daemons)?,
        })
    }

    /// Return Pebble's path, or an error that says how to get it.
    pub fn pebble(&self) -> Result<&Path> {
        present(self.pebble.as_deref(), "pebble", "AUTOSSL_PEBBLE")
    }

    /// Return the DNS server's path, or an error that says how to get it.
    pub fn challtestsrv(&self) -> Result<&Path> {
        present(self.challtestsrv.as_deref(), "pebble-challtestsrv", "AUTOSSL_CHALLTESTSRV")
    }

    /// Return the path of the Python that has acme2certifier, or an error that says how to get it.
    pub fn acme2certifier(&self) -> Result<&Path> {
        match self.acme2certifier.as_deref() {
            Some(path) => Ok(path),
            None => {
                bail!("name a Python that has acme2certifier in AUTOSSL_ACME2CERTIFIER, or run `scripts/setup test`")
            }
        }
    }

    /// Return Apache's path, or an error that says how to get it.
    pub fn apache(&self) -> Result<&Path> {
        present(self.apache.as_deref(), "apache2", "AUTOSSL_APACHE")
    }

    /// Return nginx's path, or an error that says how to get it.
    pub fn nginx(&self) -> Result<&Path> {
        present(self.nginx.as_deref(), "nginx", "AUTOSSL_NGINX")
    }

    /// Return HAProxy's path, or an error that says how to get it.
    pub fn haproxy(&self) -> Result<&Path> {
        present(self.haproxy.as_deref(), "haproxy", "AUTOSSL_HAPROXY")
    }

    /// Return Knot's path, or an error that says how to get it.
    pub fn knotd(&self) -> Result<&Path> {
        present(self.knotd.as_deref(), "knotd", "AUTOSSL_KNOTD")
    }

    /// Return the path of Knot's tool for keys, or an error that says how to get it.
    pub fn keymgr(&self) -> Result<&Path> {
        present(self.keymgr.as_deref(), "keymgr", "AUTOSSL_KEYMGR")
    }

    /// Return BIND's path, or an error that says how to get it.
    pub fn named(&self) -> Result<&Path> {
        present(self.named.as_deref(), "named", "AUTOSSL_NAMED")
    }

    /// Return Unbound's path, or an error that says how to get it.
    pub fn unbound(&self) -> Result<&Path> {
        present(self.unbound.as_deref(), "unbound", "AUTOSSL_UNBOUND")
    }

    /// Return Dovecot's path, or an error that says how to get it.
    pub fn dovecot(&self) -> Result<&Path> {
        present(self.dovecot.as_deref(), "dovecot", "AUTOSSL_DOVECOT")
    }

    /// Return Exim's path, or an error that says how to get it.
    pub fn exim(&self) -> Result<&Path> {
        present(self.exim.as_deref(), "exim4", "AUTOSSL_EXIM")
    }

    /// Return the path of Postfix's command, or an error that says how to get it.
    pub fn postfix(&self) -> Result<&Path> {
        present(self.postfix.as_deref(), "postfix", "AUTOSSL_POSTFIX")
    }
}

fn find(variable: &str, names: &[&str], directories: &[PathBuf]) -> Result<Option<PathBuf>> {
    if let Some(given) = env::var_os(variable).filter(|value| !value.is_empty()) {
        let given = PathBuf::from(given);
        if !given.is_file() {
            bail!("{variable} names {}, which is not a file", given.display());
        }
        return Ok(Some(given));
    }
    let candidates = directories.iter().flat_map(|directory| names.iter().map(move |name| directory.join(name)));
    Ok(candidates.into_iter().find(|path| path.is_file()))
}

fn present<'a>(path: Option<&'a Path>, name: &str, variable: &str) -> Result<&'a Path> {
    match path {
        Some(path) => Ok(path),
        None => bail!("{name} is not installed: put it on PATH, or name it in {variable}"),
    }
}
