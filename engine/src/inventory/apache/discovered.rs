//! What was discovered.

use super::super::DomainName;
use super::skipped::Skipped;
use crate::store::ConfiguredCertificate;

/// Everything that one discovery found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    /// By name. Each has at least one website.
    pub users: Vec<DiscoveredUser>,
    /// What Apache has and AutoSSL does not take over, in the order of Apache's configuration.
    pub skipped: Vec<Skipped>,
}

/// An account of the server with its websites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredUser {
    /// The account's name.
    pub name: String,
    /// By domain.
    pub websites: Vec<DiscoveredWebsite>,
}

/// All virtual hosts that together are one website. No name belongs to two websites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredWebsite {
    /// The `ServerName`; where that is no domain name, the first alias that is one.
    pub domain: DomainName,
    /// In order, without the domain. Wildcards (`*.example.test`) are kept as such: the import file takes them too, and whether
    /// they can be validated is decided later, for each name.
    pub aliases: Vec<DomainName>,
    /// An absolute path; that of the virtual host without TLS where the two differ, since HTTP validation asks there.
    pub document_root: String,
    /// Where the website is served without TLS, in order.
    pub http_ports: Vec<Port>,
    /// Where the website is served with TLS, in order.
    pub https_ports: Vec<Port>,
    /// The certificate that the first virtual host with TLS names, unless AutoSSL wrote it; none where something else manages it
    /// (mod_md).
    pub certificate: Option<ConfiguredCertificate>,
}

/// A port of a virtual host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Port {
    /// One port.
    Number(u16),
    /// Each port that Apache listens at (`*:*`).
    Any,
}

impl DiscoveredWebsite {
    /// Tell whether the website answers without TLS at a port.
    #[must_use]
    pub fn is_served_over_http(&self, port: u16) -> bool {
        self.http_ports.iter().any(|served| matches!(served, Port::Any) || *served == Port::Number(port))
    }

    /// Tell whether the website has a virtual host with TLS.
    #[must_use]
    pub fn is_served_over_https(&self) -> bool {
        !self.https_ports.is_empty()
    }
}

impl Discovered {
    /// Count the websites of all users.
    #[must_use]
    pub fn website_count(&self) -> usize {
        self.users.iter().map(|user| user.websites.len()).sum()
    }
}
