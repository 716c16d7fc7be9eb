//! Which virtual hosts Apache has for names already, beside those that AutoSSL wrote.

use crate::config::ApacheConfig;
use crate::error::error_line;
use crate::inventory::apache::{DiscoveryConfig, Host, Speech, hosts};
use std::collections::HashMap;

/// Where websites are in the clear, as far as they may be at several ports.
const HTTP: u16 = 80;

/// The administrator's virtual hosts, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    hosts: Vec<Host>,
    plain: Names,
    tls: Names,
}

/// Which host answers for a name: the first that has it, as in Apache.
#[derive(Clone, Debug, Default)]
struct Names {
    exact: HashMap<String, usize>,
    /// What stands after the `*` of aliases with one in front.
    below: Vec<(String, usize)>,
}

impl Hosts {
    /// Ask Apache; `None` where the configuration says not to.
    ///
    /// # Errors
    /// Where Apache cannot be asked, e.g. since its configuration is broken.
    pub(crate) async fn ask(config: &ApacheConfig) -> Result<Option<Self>, String> {
        if config.command.is_empty() {
            return Ok(None);
        }
        let discovery = DiscoveryConfig {
            command: config.command.clone(),
            own_vhost_dir: Some(config.vhost_dir.clone()),
            ..DiscoveryConfig::default()
        };
        let hosts = hosts(&discovery).await.map_err(|error| error_line(&error))?;
        Ok(Some(Self::new(hosts, port_of(&config.listen))))
    }

    /// Sort hosts; those over TLS count only where they are at `tls_port`, if that is known.
    pub(super) fn new(hosts: Vec<Host>, tls_port: Option<u16>) -> Self {
        let (mut plain, mut tls) = (Names::default(), Names::default());
        let usual_first =
            [true, false].into_iter().flat_map(|usual| hosts.iter().enumerate().map(move |it| (usual, it)));
        for (usual, (index, host)) in usual_first.filter(|(_, (_, host))| !host.is_ours) {
            match &host.speech {
                Speech::Plain if host.is_at(HTTP) == usual => plain.add(host, index),
                Speech::Tls(_) if usual && tls_port.is_none_or(|port| host.is_at(port)) => tls.add(host, index),
                Speech::Plain | Speech::Tls(_) => {}
            }
        }
        Self { hosts, plain, tls }
    }

    /// Find the host that answers for a name in the clear.
    pub(super) fn plain(&self, name: &str) -> Option<&Host> {
        let index = self.plain.exact.get(name).copied().or_else(|| self.plain.wild(name))?;
        self.hosts.get(index)
    }

    /// Find the host of the administrator's that has a name over TLS. One that has it only by a wildcard is none: which of two counts
    /// that both match is a matter of their order, and the handshakes show it.
    pub(crate) fn tls(&self, name: &str) -> Option<&Host> {
        self.hosts.get(*self.tls.exact.get(name)?)
    }

    /// List all hosts.
    pub(crate) fn all(&self) -> &[Host] {
        &self.hosts
    }
}

impl Names {
    fn add(&mut self, host: &Host, index: usize) {
        for name in &host.names {
            self.exact.entry(name.clone()).or_insert(index);
            if let Some(below) = name.strip_prefix('*') {
                self.below.push((below.to_owned(), index));
            }
        }
    }

    fn wild(&self, name: &str) -> Option<usize> {
        self.below.iter().find(|(below, _)| name.ends_with(below)).map(|(_, index)| *index)
    }
}

/// The port of an address as `<VirtualHost>` takes it; `None` for every port.
pub(super) fn port_of(address: &str) -> Option<u16> {
    address.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::apache::Port;

    fn host(names: &[&str], port: u16, speech: Speech) -> Host {
        Host {
            file: "/etc/x.conf".into(),
            line: usize::from(port),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            addresses: vec![format!("*:{port}")],
            ports: vec![Port::Number(port)],
            speech,
            is_ours: false,
            body: Vec::new(),
        }
    }

    #[test]
    fn the_first_host_that_has_a_name_answers_for_it_and_port_80_counts_before_others() {
        let hosts = Hosts::new(
            vec![
                host(&["a.test"], 8080, Speech::Plain),
                host(&["x.test", "a.test", "*.a.test"], 80, Speech::Plain),
                host(&["a.test", "b.test"], 80, Speech::Plain),
                Host { is_ours: true, ..host(&["a.test"], 443, Speech::Tls(None)) },
                host(&["b.test"], 8443, Speech::Tls(None)),
                host(&["b.test", "*.b.test"], 443, Speech::Tls(Some("/x.pem".into()))),
            ],
            Some(443),
        );
        assert_eq!(hosts.plain("a.test").unwrap().names[0], "x.test");
        assert_eq!(hosts.plain("shop.a.test").unwrap().names[0], "x.test");
        assert_eq!(hosts.plain("b.test").unwrap().names[0], "a.test");
        assert_eq!(hosts.plain("c.test"), None);
        assert_eq!(hosts.tls("a.test"), None, "what AutoSSL wrote is not the administrator's");
        assert_eq!(hosts.tls("b.test").unwrap().line, 443);
        assert_eq!((hosts.tls("*.b.test").is_some(), hosts.tls("shop.b.test")), (true, None));
    }
}
