//! Services beyond Apache and mail: nginx, HAProxy, the Web Disk, AutoSSL's own server, a command.

use super::ApacheConfig;
use crate::plan::eligibility::Pattern;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The nginx to install into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NginxConfig {
    /// How it finds certificates.
    pub way: NginxWay,
    /// A directory that nginx includes, `*.conf` in `http` and `*.names` in the map of `docs/fronts.md`, and that only AutoSSL writes to.
    pub conf_dir: PathBuf,
    /// The command that tests the configuration.
    pub test: Vec<String>,
    /// The command that reloads it without dropping connections.
    pub reload: Vec<String>,
    /// Where nginx writes its process id.
    pub pid_file: PathBuf,
    /// Where a TLS handshake reaches it.
    pub probe: SocketAddr,
}

/// How nginx finds certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NginxWay {
    /// In a server block for each website.
    Blocks {
        /// The addresses of the blocks, such as `443` and `[::]:443`.
        listen: Vec<String>,
        /// A file that each block includes.
        include: Option<PathBuf>,
    },
    /// In one server for all, which finds the file of a name in a map and reads it at each handshake.
    ByName {
        /// The group as which its workers read them, by name or number.
        group: String,
    },
}

/// The HAProxy to install into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaproxyConfig {
    /// The list of certificates that a `bind` line names (`crt-list FILE`) and that only AutoSSL writes to.
    pub crt_list: PathBuf,
    /// The stats socket with the level `admin`.
    pub socket: PathBuf,
    /// The command that tests the configuration; none leaves it out.
    pub test: Vec<String>,
    /// Where a TLS handshake reaches it.
    pub probe: SocketAddr,
}

/// The Apache of the Web Disk (WebDAV, RFC 4918) to install into. It is an instance of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebDiskConfig {
    /// First labels, such as `webdisk`: a name that has one of them counts, and so does a wildcard.
    pub labels: Vec<String>,
    /// The Apache.
    pub apache: ApacheConfig,
}

/// AutoSSL's own server over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelConfig {
    /// The names that people type, lower case, most important first.
    pub names: Vec<String>,
    /// Where a TLS handshake reaches it, where that is known.
    pub probe: Option<SocketAddr>,
}

/// A command that installs, called as `docs/fronts.md` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookConfig {
    /// The program and its first arguments.
    pub command: Vec<String>,
    /// The time for one call; then the command is killed with all that it started.
    pub timeout: Duration,
    /// The names that it is for; none means all.
    pub names: Vec<Pattern>,
    /// The group that may read the certificates, by name or number.
    pub group: Option<String>,
    /// Where a TLS handshake shows what is presented, if anywhere.
    pub probe: Option<SocketAddr>,
}
