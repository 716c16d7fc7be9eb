//! `[server]`: where the interface is reached.

use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Where the interface is reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerSection {
    /// The address and port of the interface; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// The URL that people type; needed behind a proxy that changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<PublicUrl>,
    /// The directory with the browser's files; found beside the program where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site_root: Option<PathBuf>,
    /// Whether DNS zones that a command changes may be added in the interface.
    pub(crate) dns_commands_from_interface: bool,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            public_url: None,
            site_root: None,
            dns_commands_from_interface: false,
        }
    }
}

impl ServerSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.site_root = self.site_root.take().map(|path| base.join(path));
    }
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
    use super::PublicUrl;

    #[test]
    fn a_public_url_is_an_origin_as_browsers_write_it() {
        let origin = |text: &str| PublicUrl::try_from(text.to_owned()).map(|url| url.origin().to_owned());
        assert_eq!(origin("https://Panel.example:443/").as_deref(), Ok("https://panel.example"));
        assert_eq!(origin("http://127.0.0.1:3000").as_deref(), Ok("http://127.0.0.1:3000"));
        for wrong in ["panel.example", "ftp://panel.example", "https://panel.example/autossl", "https://u@p", ""] {
            assert!(origin(wrong).is_err(), "{wrong} must be refused");
        }
    }
}
