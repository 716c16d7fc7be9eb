//! Reads what `-D DUMP_VHOSTS -D DUMP_RUN_CFG` prints: what Apache serves, at which addresses, and its defaults.

use super::discovered::Port;
use super::tree::{Place, Tree};
use std::collections::HashMap;

/// An address at which a virtual host is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// As Apache writes it, e.g. `*:80`.
    pub(super) text: String,
    pub(super) port: Port,
}

/// A virtual host at one of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// The `ServerName`, without scheme and port, or else what Apache takes instead.
    pub(super) name: String,
    pub(super) address: Address,
}

/// What Apache serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) server_root: String,
    pub(super) document_root: String,
    /// One place has several virtual hosts where its file is included more than once.
    hosts: HashMap<Place, Vec<Host>>,
    order: Vec<Place>,
}

impl Served {
    /// Return the addresses of a virtual host, none where Apache ignores it.
    pub(super) fn addresses(&self, place: &Place, name: Option<&str>) -> Vec<Address> {
        let hosts = self.hosts.get(place).into_iter().flatten();
        let is_same = |host: &&Host| name.is_none_or(|name| name.eq_ignore_ascii_case(&host.name));
        hosts.filter(is_same).map(|host| host.address.clone()).collect()
    }

    /// Tell whether the tree has all that is served.
    pub(super) fn is_within(&self, tree: &Tree) -> bool {
        self.outside(tree).next().is_none()
    }

    /// Return what is served and not in the tree.
    pub(super) fn outside<'a>(&'a self, tree: &'a Tree) -> impl Iterator<Item = (&'a Place, &'a Host)> {
        let places = tree.places();
        let unknown = self.order.iter().filter(move |place| !places.contains(place));
        unknown.filter_map(|place| self.hosts.get(place).and_then(|hosts| hosts.first()).map(|host| (place, host)))
    }

    fn add(&mut self, rest: &str, address: &str, port: &str) -> Result<(), String> {
        let odd = || format!("virtual host {rest:?} at {address} has no place");
        let (name, place) = rest.split_once(" (").ok_or_else(odd)?;
        let (file, line) = place.strip_suffix(')').and_then(|place| place.rsplit_once(':')).ok_or_else(odd)?;
        let place = Place { file: file.into(), line: line.parse().map_err(|_| odd())? };
        let port = if port == "*" { Port::Any } else { Port::Number(port.parse().map_err(|_| odd())?) };
        let host = Host { name: name.to_owned(), address: Address { text: address.to_owned(), port } };
        let hosts = self.hosts.entry(place.clone()).or_default();
        if hosts.is_empty() {
            self.order.push(place);
        }
        hosts.push(host);
        Ok(())
    }
}

/// Parse the print.
///
/// # Errors
/// With the reason, where a line of it is not understood or something is missing.
pub(super) fn parse(text: &str) -> Result<Served, String> {
    let mut served = Served::default();
    let (hosts, settings) = split(text)?;
    let mut heading = "";
    for line in hosts.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with(' ') {
            let (address, rest) = line.split_once(' ').ok_or_else(|| format!("line {line:?} has no virtual host"))?;
            let rest = rest.trim_start();
            if rest == "is a NameVirtualHost" {
                heading = address;
            } else {
                served.add(rest, address, address.rsplit_once(':').map_or("*", |(_, port)| port))?;
            }
        } else if let Some((port, rest)) = name_based(line) {
            served.add(rest, heading, port)?;
        }
    }
    served.server_root = setting(settings, "ServerRoot: ").ok_or("it has no ServerRoot")?;
    served.document_root = setting(settings, "Main DocumentRoot: ").ok_or("it has no Main DocumentRoot")?;
    Ok(served)
}

fn split(text: &str) -> Result<(&str, &str), String> {
    let (_, text) = text.split_once("VirtualHost configuration:").ok_or("it has no VirtualHost configuration")?;
    let settings = text.find("\nServerRoot: ").ok_or("it has no ServerRoot")?;
    Ok(text.split_at(settings + 1))
}

/// The default server is printed a second time among the others, and aliases are read elsewhere.
fn name_based(line: &str) -> Option<(&str, &str)> {
    line.trim_start().strip_prefix("port ")?.split_once(" namevhost ")
}

fn setting(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by Apache 2.4.71, shortened.
    const PRINT: &str = include_str!("samples/served.txt");

    fn place(file: &str, line: usize) -> Place {
        Place { file: file.into(), line }
    }

    fn texts(served: &Served, place: &Place, name: Option<&str>) -> Vec<(String, Port)> {
        served.addresses(place, name).into_iter().map(|address| (address.text, address.port)).collect()
    }

    #[test]
    fn every_virtual_host_has_its_addresses() {
        let served = parse(PRINT).unwrap();
        let config = |line| place("/etc/httpd.conf", line);
        assert_eq!((served.server_root.as_str(), served.document_root.as_str()), ("/etc/apache2", "/var/www/html"));
        assert_eq!(
            texts(&served, &config(47), Some("p_resent.test")),
            [("[::1]:24081".to_owned(), Port::Number(24_081)), ("*:24080".to_owned(), Port::Number(24_080))]
        );
        let site =
            place(r#"macro 'site' (defined on line 18 of "/etc/httpd.conf") used on line 39 of "/etc/httpd.conf""#, 6);
        assert_eq!(texts(&served, &site, Some("m1.test")), [("127.0.0.1:24443".to_owned(), Port::Number(24_443))]);
        assert_eq!(texts(&served, &config(34), Some("any.test")), [("*:*".to_owned(), Port::Any)]);
        assert_eq!(texts(&served, &config(57), None), [("*:24080".to_owned(), Port::Number(24_080))]);
        assert!(texts(&served, &config(57), Some("other.test")).is_empty());
        assert!(texts(&served, &config(999), None).is_empty());
    }

    #[test]
    fn what_the_tree_lacks_is_told() {
        let served = parse(PRINT).unwrap();
        assert_eq!(served.outside(&Tree::default()).count(), 6);
        assert!(!served.is_within(&Tree::default()));
    }

    #[test]
    fn something_else_is_refused() {
        assert_eq!(parse("").unwrap_err(), "it has no VirtualHost configuration");
        assert_eq!(parse("VirtualHost configuration:\n").unwrap_err(), "it has no ServerRoot");
        let odd = "VirtualHost configuration:\n*:80   a.test\nServerRoot: \"/\"\n";
        assert_eq!(parse(odd).unwrap_err(), "virtual host \"a.test\" at *:80 has no place");
    }

    #[test]
    fn no_virtual_host_is_read_as_none() {
        let print = "VirtualHost configuration:\nServerRoot: \"/etc\"\nMain DocumentRoot: \"/srv\"\n";
        assert!(parse(print).unwrap().order.is_empty());
    }
}
