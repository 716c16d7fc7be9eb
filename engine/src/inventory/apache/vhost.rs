//! Makes virtual hosts of Apache's two answers: names checked, defaults filled in.

use super::super::DomainName;
use super::config::DiscoveryConfig;
use super::discovered::Port;
use super::names;
use super::served::{Address, Served};
use super::skipped::{Skip, SkipReason, skip};
use super::tree::{Directive, Place, Section, Tree, all};
use super::words;
use crate::store::ConfiguredCertificate;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Who runs a virtual host, best first: mpm-itk, mod_ruid2, mod_suexec, mod_suphp. The user is the first word of each.
const OWNERS: [&str; 4] = ["assignuserid", "ruidgid", "suexecusergroup", "suphp_usergroup"];

/// A virtual host that AutoSSL can take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vhost {
    /// Its rank in the configuration.
    pub(super) rank: usize,
    pub(super) place: Place,
    /// The name for reports.
    pub(super) label: String,
    pub(super) domain: DomainName,
    pub(super) aliases: Vec<DomainName>,
    pub(super) root: Root,
    pub(super) scheme: Scheme,
    pub(super) addresses: Vec<Address>,
    /// As a directive names the owner, `#1001` for an id.
    pub(super) owner: Option<String>,
    pub(super) author: Author,
}

/// A document root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Given(String),
    /// The main server's.
    Inherited(String),
}

/// How a virtual host speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https { certificate: Option<ConfiguredCertificate> },
}

/// Who wrote a virtual host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    Administrator,
    AutoSsl,
}

impl Vhost {
    /// Report something about it.
    pub(super) fn skip(&self, reason: SkipReason) -> Skip {
        skip(self.rank, &self.label, &self.place, reason)
    }

    pub(super) fn root(&self) -> &str {
        match &self.root {
            Root::Given(root) | Root::Inherited(root) => root,
        }
    }
}

/// What holds for all virtual hosts.
pub(super) struct Server<'a> {
    tree: &'a Tree,
    served: &'a Served,
    config: &'a DiscoveryConfig,
    /// The ports that speak TLS where no `SSLEngine` says otherwise.
    https_ports: HashSet<u16>,
}

/// Resolve all virtual hosts.
pub(super) fn resolve(tree: &Tree, served: &Served, config: &DiscoveryConfig) -> (Vec<Vhost>, Vec<Skip>) {
    let server = Server::new(tree, served, config);
    let mut skips = Vec::new();
    let mut vhosts = Vec::new();
    for (rank, section) in tree.vhosts.iter().enumerate() {
        vhosts.extend(server.resolve(rank, section, &mut skips));
    }
    let unseen = served.outside(tree).map(|(place, host)| skip(usize::MAX, &host.name, place, SkipReason::NotShown));
    skips.extend(unseen);
    (vhosts, skips)
}

impl<'a> Server<'a> {
    pub(super) fn new(tree: &'a Tree, served: &'a Served, config: &'a DiscoveryConfig) -> Self {
        let https_ports = all(&tree.main, "listen").filter_map(https_port).collect();
        Self { tree, served, config, https_ports }
    }

    fn resolve(&self, rank: usize, section: &Section, skips: &mut Vec<Skip>) -> Option<Vhost> {
        let Section { place, directives } = section;
        let name = all(directives, "servername").next_back().and_then(words::first).map(|name| names::host_of(&name));
        let addresses = self.served.addresses(place, name.as_deref());
        let label = name.clone().unwrap_or_else(|| joined(&addresses));
        let mut report = |reason| skips.push(skip(rank, &label, place, reason));
        if addresses.is_empty() {
            report(SkipReason::NotServed);
            return None;
        }
        let aliases = all(directives, "serveralias").flat_map(words::split);
        let (domain, aliases) = names::check(name, aliases, &mut report)?;
        if all(directives, "virtualdocumentroot").chain(all(directives, "virtualdocumentrootip")).next().is_some() {
            report(SkipReason::MassHosting);
            return None;
        }
        let root = self.root(directives);
        let (Root::Given(path) | Root::Inherited(path)) = &root;
        if !path.starts_with('/') || path.contains(|character: char| character.is_control() || character == '\u{fffd}')
        {
            report(SkipReason::BadRoot { root: path.clone() });
            return None;
        }
        let scheme = self.scheme(directives, &addresses);
        let owner = OWNERS.iter().find_map(|owner| all(directives, owner).next_back().and_then(words::first));
        let author = self.author(place);
        let place = place.clone();
        Some(Vhost { rank, place, label, domain, aliases, root, scheme, addresses, owner, author })
    }

    /// Tell who wrote a virtual host, by the file that it is in.
    pub(super) fn author(&self, place: &Place) -> Author {
        match &self.config.own_vhost_dir {
            Some(own) if Path::new(&*place.file).starts_with(own) => Author::AutoSsl,
            _ => Author::Administrator,
        }
    }

    fn root(&self, directives: &[Directive]) -> Root {
        match all(directives, "documentroot").next_back().and_then(words::first) {
            Some(path) => Root::Given(trimmed(&self.absolute(&path))),
            None => Root::Inherited(trimmed(&self.served.document_root)),
        }
    }

    /// Tell how a virtual host speaks.
    pub(super) fn scheme(&self, directives: &[Directive], addresses: &[Address]) -> Scheme {
        let main = &self.tree.main;
        let first = |name| all(directives, name).chain(all(main, name)).next();
        let certificate = first("sslcertificatefile");
        let engine = all(directives, "sslengine").next_back().or_else(|| all(main, "sslengine").next_back());
        let encrypted = match engine.and_then(words::first) {
            Some(engine) => !engine.eq_ignore_ascii_case("off"),
            None => certificate.is_some() && addresses.iter().any(|address| self.is_https_port(address.port)),
        };
        if !encrypted {
            return Scheme::Http;
        }
        let file = |arguments| words::first(arguments).filter(|file| !file.starts_with("pkcs11:"));
        let path = |file: String| PathBuf::from(self.absolute(&file));
        let key = first("sslcertificatekeyfile").and_then(file).map(path);
        let certificate = certificate.and_then(file).map(path);
        Scheme::Https { certificate: certificate.map(|certificate| ConfiguredCertificate { certificate, key }) }
    }

    fn is_https_port(&self, port: Port) -> bool {
        matches!(port, Port::Number(port) if self.https_ports.contains(&port))
    }

    fn absolute(&self, path: &str) -> String {
        Path::new(&self.served.server_root).join(path).to_string_lossy().into_owned()
    }
}

/// `Listen [address:]port [protocol]`; the protocol of port 443 is `https` where none is given.
fn https_port(arguments: &str) -> Option<u16> {
    let words = words::split(arguments);
    let port = words.first()?.rsplit(':').next()?.parse().ok()?;
    let https = words.get(1).map_or(port == 443, |protocol| protocol.eq_ignore_ascii_case("https"));
    https.then_some(port)
}

fn trimmed(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && path.starts_with('/') { "/".into() } else { trimmed.into() }
}

fn joined(addresses: &[Address]) -> String {
    addresses.iter().map(|address| address.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, reasons};
    use super::*;

    fn resolved(sample: &Sample) -> (Vec<Vhost>, Vec<String>) {
        let (vhosts, skips) = resolve(&sample.tree(), &sample.served(), &DiscoveryConfig::default());
        (vhosts, reasons(skips.into_iter().map(|(_, skipped)| skipped)))
    }

    fn one(sample: &Sample) -> Vhost {
        let (mut vhosts, skips) = resolved(sample);
        assert_eq!((vhosts.len(), skips.len()), (1, 0), "{skips:?}");
        vhosts.remove(0)
    }

    #[test]
    fn what_apache_ignores_or_hides_or_cannot_place_is_skipped() {
        let sample = Sample::new()
            .ignored("nosuch.invalid:80", &["ServerName ignored.test"])
            .hidden("*:80", "perl.test")
            .vhost("*:80", &["ServerName mass.test", "VirtualDocumentRoot /home/%0"])
            .vhost("*:80", &["ServerName odd.test", "DocumentRoot \"/srv/\u{fffd}\""]);
        assert_eq!(
            resolved(&sample).1,
            [
                "ignored.test (/c:1): apache serves it at no address",
                "mass.test (/c:3): its document root depends on the request (VirtualDocumentRoot)",
                "odd.test (/c:4): document root \"/srv/\u{fffd}\" is not an absolute path of printable characters",
                "perl.test (/c:2): apache serves it but does not show its configuration",
            ]
        );
    }

    #[test]
    fn tls_is_what_the_engine_says_or_else_the_listener() {
        let certificate = "SSLCertificateFile conf/a.pem";
        let pair = |key: Option<&str>| ConfiguredCertificate {
            certificate: "/etc/apache2/conf/a.pem".into(),
            key: key.map(Into::into),
        };
        let https = Scheme::Https { certificate: Some(pair(None)) };
        let with_key = Scheme::Https { certificate: Some(pair(Some("/etc/a.key"))) };
        let no_file = Scheme::Https { certificate: None };
        for (address, directives, scheme) in [
            ("*:443", vec!["SSLEngine on", certificate], &https),
            ("*:80", vec!["SSLEngine On", certificate, "SSLCertificateFile b.pem"], &https),
            ("*:443", vec![certificate], &https),
            ("*:443", vec![certificate, "SSLCertificateKeyFile /etc/a.key"], &with_key),
            ("*:8443", vec![certificate], &https),
            ("*:80", vec![certificate], &Scheme::Http),
            ("*:443", vec!["SSLEngine off", certificate], &Scheme::Http),
            ("*:443", vec![], &Scheme::Http),
            ("*:443", vec!["SSLEngine on"], &no_file),
            ("*:443", vec!["SSLEngine on", "SSLCertificateFile pkcs11:token=x"], &no_file),
        ] {
            let directives = [vec!["ServerName a.test"], directives].concat();
            let sample = Sample::new().main("Listen 443").main("Listen [::]:8443 https").main("Listen 80");
            assert_eq!(&one(&sample.vhost(address, &directives)).scheme, scheme, "{address} {directives:?}");
        }
        let sample = Sample::new().main("SSLEngine on").main(certificate).vhost("*:80", &["ServerName a.test"]);
        assert_eq!(one(&sample).scheme, https, "the main server's holds for all");
    }

    #[test]
    fn document_roots_are_made_absolute_and_fall_back_to_the_main_server() {
        let root = |directive| one(&Sample::new().vhost("*:80", &["ServerName a.test", directive])).root;
        assert_eq!(root("DocumentRoot \"/home/a b/\""), Root::Given("/home/a b".into()));
        assert_eq!(root("DocumentRoot htdocs"), Root::Given("/etc/apache2/htdocs".into()));
        assert_eq!(root("DocumentRoot /"), Root::Given("/".into()));
        assert_eq!(root("ServerAlias b.test"), Root::Inherited("/var/www/html".into()));
    }
}
