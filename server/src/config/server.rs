//! `[server]`: where the interface is reached.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Where the interface is reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerSection {
    /// The address and port of the interface; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// The address and port of the interface over TLS; port 0 takes a free one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_listen: Option<SocketAddr>,
    /// Whether `listen` leads to `tls_listen` instead of showing the interface.
    pub(crate) redirect_to_tls: bool,
    /// The names that people type, most important first; the host of `public_url` and this machine's name where there are none.
    pub(crate) names: Vec<String>,
    /// The URL that people type; needed behind a proxy that changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<PublicUrl>,
    /// The directory with the browser's files; found beside the program where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site_root: Option<PathBuf>,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            tls_listen: None,
            redirect_to_tls: false,
            names: Vec::new(),
            public_url: None,
            site_root: None,
        }
    }
}

impl ServerSection {
    /// What the engine must know of the interface over TLS; `host` is the server's own name.
    pub(super) fn panel(&self, host: Option<&str>) -> Option<engine::config::PanelConfig> {
        let listen = self.tls_listen?;
        let host = host.map_or_else(machine_name, str::to_owned);
        // A port that is chosen at the start is known to nobody before.
        let probe = Some(reachable(listen)).filter(|address| address.port() != 0);
        Some(engine::config::PanelConfig { names: self.own_names(&host), probe })
    }

    /// The names that people type, lower case, most important first; `host` is the server's own.
    fn own_names(&self, host: &str) -> Vec<String> {
        let public = self.public_url.as_ref().map(|url| url.host().to_owned());
        let guessed = || public.into_iter().chain([host.to_owned()]).collect();
        let names = if self.names.is_empty() { guessed() } else { self.names.clone() };
        let mut own: Vec<String> = Vec::new();
        for name in names.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()) {
            // An address has no certificate by name.
            if !own.contains(&name) && name.parse::<IpAddr>().is_err() && !name.starts_with('[') {
                own.push(name);
            }
        }
        own
    }

    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.site_root = self.site_root.take().map(|path| base.join(path));
    }
}

/// Tell this machine's name.
pub(crate) fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".into() } else { name.into() }
}

/// Tell where something is reached from this machine: what listens everywhere is on loopback, too.
pub(crate) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The origin at which people reach the interface: scheme, host and port, without a path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PublicUrl {
    origin: String,
    host: String,
}

impl PublicUrl {
    /// The origin as browsers send it, e.g. `https://panel.example.net:2087`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The host's name, without the port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Tell whether browsers reach it over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const SHAPE: &str = "public_url must be http://HOST or https://HOST, with an optional port and no path";
        let uri: http::Uri = text.trim_end_matches('/').parse().map_err(|_| SHAPE)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(SHAPE) };
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(SHAPE),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(SHAPE);
        }
        let host = authority.host().to_ascii_lowercase();
        let origin = match authority.port_u16().filter(|port| *port != default_port) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Ok(Self { origin, host })
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.origin
    }
}

#[cfg(test)]
mod tests {
    use super::{PublicUrl, ServerSection};

    #[test]
    fn a_public_url_is_an_origin_as_browsers_write_it() {
        let origin = |text: &str| PublicUrl::try_from(text.to_owned()).map(|url| url.origin().to_owned());
        assert_eq!(origin("https://Panel.example:443/").as_deref(), Ok("https://panel.example"));
        assert_eq!(origin("http://127.0.0.1:3000").as_deref(), Ok("http://127.0.0.1:3000"));
        for wrong in ["panel.example", "ftp://panel.example", "https://panel.example/autossl", "https://u@p", ""] {
            assert!(origin(wrong).is_err(), "{wrong} must be refused");
        }
    }

    #[test]
    fn the_names_are_those_of_the_configuration_or_what_people_type() {
        let section = |text: &str| toml::from_str::<ServerSection>(text).expect("valid");
        let own = |text: &str| section(text).own_names("host.example");
        assert_eq!(own(""), ["host.example"]);
        assert_eq!(own("public_url = 'https://Panel.example:2087'"), ["panel.example", "host.example"]);
        assert_eq!(own("public_url = 'https://192.0.2.1'"), ["host.example"]);
        assert_eq!(own("names = ['A.example.', 'a.example', 'b.example']"), ["a.example", "b.example"]);
    }
}
