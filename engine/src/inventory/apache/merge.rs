//! Makes websites of virtual hosts: one with and one without TLS are most often the same website.
//!
//! Virtual hosts with the same `ServerName` are one website. So are one that is only without TLS and one that is only with it
//! where the `ServerName` of either is a name of the other. An alias that both happen to have is not enough: the first
//! keeps it, see `claim`.

use super::super::DomainName;
use super::claim::claim;
use super::skipped::{Skip, SkipReason};
use super::vhost::{Author, Scheme, Vhost};
use std::collections::{BTreeSet, HashMap};

/// All virtual hosts of a website.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) domain: DomainName,
    pub(super) aliases: BTreeSet<DomainName>,
    /// In the order of the configuration; the first is not AutoSSL's.
    pub(super) vhosts: Vec<Vhost>,
}

impl Site {
    /// Return what the administrator wrote.
    pub(super) fn written(&self) -> impl Iterator<Item = &Vhost> {
        self.vhosts.iter().filter(|vhost| vhost.author == Author::Administrator)
    }

    fn is_http_only(&self) -> bool {
        self.vhosts.iter().all(|vhost| vhost.scheme == Scheme::Http)
    }

    fn is_https_only(&self) -> bool {
        self.vhosts.iter().all(|vhost| vhost.scheme != Scheme::Http)
    }

    fn names(&self) -> impl Iterator<Item = &DomainName> {
        std::iter::once(&self.domain).chain(&self.aliases)
    }

    fn add(&mut self, vhost: Vhost) {
        self.aliases.extend(vhost.aliases.iter().filter(|alias| **alias != self.domain).cloned());
        self.vhosts.push(vhost);
    }
}

/// Merge virtual hosts, in the order of the configuration; no name is in two of the websites.
pub(super) fn merge(vhosts: Vec<Vhost>) -> (Vec<Site>, Vec<Skip>) {
    let (own, written): (Vec<_>, Vec<_>) = vhosts.into_iter().partition(|vhost| vhost.author == Author::AutoSsl);
    let mut skips = Vec::new();
    let mut sites = pair(group(written, &mut skips));
    let claims = claim(&mut sites, &mut skips);
    for vhost in own {
        match claims.get(&vhost.domain) {
            Some(site) => sites[*site].vhosts.push(vhost),
            None => skips.push(vhost.skip(SkipReason::OwnOnly)),
        }
    }
    sites.iter_mut().for_each(|site| site.vhosts.sort_by_key(|vhost| vhost.rank));
    (sites, skips)
}

fn group(vhosts: Vec<Vhost>, skips: &mut Vec<Skip>) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    let mut known: HashMap<DomainName, usize> = HashMap::new();
    for vhost in vhosts {
        let site = *known.entry(vhost.domain.clone()).or_insert(sites.len());
        match sites.get_mut(site) {
            Some(site) => {
                skips.extend(hidden(&vhost, site));
                site.add(vhost);
            }
            None => {
                let mut site = Site { domain: vhost.domain.clone(), aliases: BTreeSet::new(), vhosts: Vec::new() };
                site.add(vhost);
                sites.push(site);
            }
        }
    }
    sites
}

/// Report a virtual host whose `ServerName` another one with the same address answers: Apache asks only the first.
fn hidden(vhost: &Vhost, site: &Site) -> Option<Skip> {
    let shares = |other: &&Vhost| other.addresses.iter().any(|address| vhost.addresses.contains(address));
    let other = site.vhosts.iter().find(shares)?;
    let (file, line) = (other.place.file.to_string(), other.place.line);
    Some(vhost.skip(SkipReason::Duplicate { name: vhost.domain.to_string(), file, line }))
}

fn pair(sites: Vec<Site>) -> Vec<Site> {
    let mut by_domain: HashMap<DomainName, usize> = HashMap::new();
    let mut by_name: HashMap<DomainName, usize> = HashMap::new();
    for (index, site) in sites.iter().enumerate().filter(|(_, site)| site.is_http_only()) {
        by_domain.insert(site.domain.clone(), index);
        for name in site.names() {
            by_name.entry(name.clone()).or_insert(index);
        }
    }
    let mut sites: Vec<Option<Site>> = sites.into_iter().map(Some).collect();
    let mut paired = vec![false; sites.len()];
    for index in 0..sites.len() {
        let Some(https) = sites[index].as_ref().filter(|site| site.is_https_only()) else { continue };
        let named = by_name.get(&https.domain).into_iter();
        let mut candidates = named.chain(https.aliases.iter().filter_map(|alias| by_domain.get(alias)));
        let Some(partner) = candidates.find(|site| !paired[**site]).copied() else { continue };
        paired[partner] = true;
        if let (Some(https), Some(http)) = (sites[index].take(), sites[partner].as_mut()) {
            http.aliases.extend(https.names().filter(|name| **name != http.domain).cloned());
            http.vhosts.extend(https.vhosts);
        }
    }
    sites.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::super::config::DiscoveryConfig;
    use super::super::discovered::Discovered;
    use super::super::sample::{Sample, reasons};
    use super::super::vhost::resolve;

    const HTTPS: [&str; 2] = ["SSLEngine on", "SSLCertificateFile /c.pem"];
    const ROOT: &str = "DocumentRoot /home/alice/www";

    fn http(sample: Sample, names: &[&str]) -> Sample {
        sample.vhost("*:80", names).with_last(&[ROOT])
    }

    fn https(sample: Sample, names: &[&str]) -> Sample {
        sample.vhost("*:443", names).with_last(&[ROOT]).with_last(&HTTPS)
    }

    /// Write each website as its names and `+tls` where it has TLS.
    fn websites(discovered: &Discovered) -> Vec<String> {
        let websites = discovered.users.iter().flat_map(|user| &user.websites);
        let write = |website: &super::super::DiscoveredWebsite| {
            let names = std::iter::once(&website.domain).chain(&website.aliases).map(|name| name.as_str());
            let tls = website.is_served_over_https().then_some("+tls");
            let plain = website.is_served_over_http(80).then_some("+http");
            names.chain(plain).chain(tls).collect::<Vec<_>>().join(" ")
        };
        websites.map(write).collect()
    }

    fn discover(sample: &Sample) -> Discovered {
        let config = DiscoveryConfig { own_vhost_dir: Some("/autossl".into()), ..DiscoveryConfig::default() };
        sample.discover(&config)
    }

    #[test]
    fn both_virtual_hosts_of_a_name_are_one_website_with_the_aliases_of_both() {
        let sample = http(Sample::new(), &["ServerName b.test", "ServerAlias www.b.test"]);
        let sample = https(sample, &["ServerName b.test", "ServerAlias mail.b.test"]);
        let discovered = discover(&http(sample, &["ServerName a.test"]));
        assert_eq!(websites(&discovered), ["a.test +http", "b.test mail.b.test www.b.test +http +tls"]);
        assert!(discovered.skipped.is_empty());
        let website = &discovered.users[0].websites[1];
        let certificate = website.certificate.as_ref().map(|configured| configured.certificate.as_path());
        assert_eq!(certificate, Some(std::path::Path::new("/c.pem")));
    }

    #[test]
    fn a_plain_and_a_tls_virtual_host_merge_where_one_names_the_other() {
        let sample = https(Sample::new(), &["ServerName www.a.test", "ServerAlias a.test"]);
        let sample = http(sample, &["ServerName a.test"]);
        let sample = http(sample, &["ServerName b.test", "ServerAlias www.b.test"]);
        let discovered = discover(&https(sample, &["ServerName www.b.test"]));
        assert_eq!(websites(&discovered), ["a.test www.a.test +http +tls", "b.test www.b.test +http +tls"]);
        assert!(discovered.skipped.is_empty());
    }

    #[test]
    fn a_shared_alias_merges_nothing_and_the_first_keeps_it() {
        let sample = http(Sample::new(), &["ServerName a.test", "ServerAlias shared.test b.test"]);
        let discovered =
            discover(&https(http(sample, &["ServerName b.test"]), &["ServerName c.test", "ServerAlias shared.test"]));
        assert_eq!(websites(&discovered), ["a.test shared.test +http", "b.test +http", "c.test +tls"]);
        assert_eq!(
            reasons(discovered.skipped),
            [
                "a.test (/c:1): b.test belongs to the virtual host at /c:2 already",
                "c.test (/c:3): shared.test belongs to the virtual host at /c:1 already",
            ]
        );
    }

    #[test]
    fn a_second_virtual_host_of_a_name_and_address_is_reported() {
        let sample = http(http(Sample::new(), &["ServerName a.test"]), &["ServerName a.test", "ServerAlias x.a.test"]);
        let discovered = discover(&sample.vhost("192.0.2.1:80", &["ServerName a.test", ROOT]));
        assert_eq!(websites(&discovered), ["a.test x.a.test +http"]);
        assert_eq!(reasons(discovered.skipped), ["a.test (/c:2): a.test belongs to the virtual host at /c:1 already"]);
    }

    #[test]
    fn virtual_hosts_that_autossl_wrote_add_tls_but_neither_names_nor_websites() {
        let own = DiscoveryConfig { own_vhost_dir: Some("/c".into()), ..DiscoveryConfig::default() };
        let sample = https(Sample::new(), &["ServerName gone.test"]);
        let discovered = sample.discover(&own);
        assert!(discovered.users.is_empty());
        assert_eq!(reasons(discovered.skipped), ["gone.test (/c:1): only AutoSSL's own virtual host is left of it"]);

        let names = ["ServerName a.test", "ServerAlias old.a.test"];
        let sample = http(https(Sample::new(), &names), &names[..1]);
        let (mut vhosts, _) = resolve(&sample.tree(), &sample.served(), &DiscoveryConfig::default());
        vhosts[0].author = super::Author::AutoSsl;
        let (sites, skips) = super::merge(vhosts);
        assert_eq!((sites.len(), sites[0].vhosts.len(), sites[0].aliases.len(), skips.len()), (1, 2, 0, 0));
    }
}
