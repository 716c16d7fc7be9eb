//! Virtual hosts as an installer needs them: each that Apache serves, whatever its names are like, with all that stands in it.

use super::answers;
use super::body::{self, Node};
use super::config::DiscoveryConfig;
use super::discovered::Port;
use super::error::DiscoveryError;
use super::names::host_of;
use super::tree::all;
use super::vhost::{Author, Scheme, Server};
use super::words;
use std::path::PathBuf;

/// A virtual host that Apache serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// The file of its `<VirtualHost>`; for a macro Apache's description of where it is defined and used.
    pub(crate) file: String,
    /// The line there.
    pub(crate) line: usize,
    /// Its `ServerName` and then its `ServerAlias`es, in lower case.
    pub(crate) names: Vec<String>,
    /// Where it is served, as Apache writes it, e.g. `*:80`.
    pub(crate) addresses: Vec<String>,
    /// The ports of that.
    pub(crate) ports: Vec<Port>,
    /// How it speaks.
    pub(crate) speech: Speech,
    /// Whether AutoSSL wrote it.
    pub(crate) is_ours: bool,
    /// What stands in it.
    pub(crate) body: Vec<Node>,
}

/// How a virtual host speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// In the clear.
    Plain,
    /// Over TLS, with the first certificate that it names, if it names one in a file.
    Tls(Option<PathBuf>),
}

impl Host {
    /// Tell whether it is served at a port.
    pub(crate) fn is_at(&self, port: u16) -> bool {
        self.ports.iter().any(|served| matches!(served, Port::Any) || *served == Port::Number(port))
    }

    /// Name its place for people.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Ask Apache for every virtual host that it serves, in the order of its configuration; none is no error here.
///
/// # Errors
/// As for [`super::discover`], apart from that.
pub(crate) async fn hosts(config: &DiscoveryConfig) -> Result<Vec<Host>, DiscoveryError> {
    let answers = match answers::ask(config).await {
        Err(DiscoveryError::NoVirtualHost { .. }) => return Ok(Vec::new()),
        answers => answers?,
    };
    let server = Server::new(&answers.tree, &answers.served, config);
    let bodies = body::parse(&answers.print);
    let mut hosts = Vec::with_capacity(bodies.len());
    for (section, body) in answers.tree.vhosts.iter().zip(bodies) {
        let directives = &section.directives;
        let server_name = all(directives, "servername").next_back().and_then(words::first).map(|name| host_of(&name));
        let addresses = answers.served.addresses(&section.place, server_name.as_deref());
        if addresses.is_empty() {
            continue;
        }
        let aliases = all(directives, "serveralias").flat_map(words::split);
        hosts.push(Host {
            file: section.place.file.to_string(),
            line: section.place.line,
            names: server_name.into_iter().chain(aliases).map(|name| name.to_ascii_lowercase()).collect(),
            speech: match server.scheme(directives, &addresses) {
                Scheme::Http => Speech::Plain,
                Scheme::Https { certificate } => Speech::Tls(certificate.map(|files| files.certificate)),
            },
            ports: addresses.iter().map(|address| address.port).collect(),
            addresses: addresses.into_iter().map(|address| address.text).collect(),
            is_ours: server.author(&section.place) == Author::AutoSsl,
            body,
        });
    }
    Ok(hosts)
}
