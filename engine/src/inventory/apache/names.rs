//! Checks the names of a virtual host.

use super::super::DomainName;
use super::skipped::SkipReason;
use std::collections::HashSet;

/// Check the names; none is a reason to have no website.
pub(super) fn check(
    name: Option<String>,
    aliases: impl Iterator<Item = String>,
    report: &mut impl FnMut(SkipReason),
) -> Option<(DomainName, Vec<DomainName>)> {
    let mut domain = match name.as_deref().map(DomainName::parse) {
        None => Err(SkipReason::Unnamed),
        Some(Err(error)) => Err(SkipReason::BadName(error)),
        Some(Ok(name)) if is_wildcard(&name) => Err(SkipReason::WildcardName { name: name.into_string() }),
        Some(Ok(name)) => Ok(name),
    }
    .map_err(&mut *report)
    .ok();
    let mut names: Vec<DomainName> = Vec::new();
    let mut seen = HashSet::new();
    for alias in aliases {
        match DomainName::parse(&alias) {
            Err(error) => report(SkipReason::BadName(error)),
            Ok(alias) if domain.is_none() && !is_wildcard(&alias) => domain = Some(alias),
            Ok(alias) if seen.insert(alias.clone()) => names.push(alias),
            Ok(_) => {}
        }
    }
    let domain = domain?;
    names.retain(|name| *name != domain);
    Some((domain, names))
}

fn is_wildcard(name: &DomainName) -> bool {
    name.as_str().starts_with("*.")
}

/// `ServerName` may have a scheme and a port.
pub(super) fn host_of(name: &str) -> String {
    let host = name.split_once("://").map_or(name, |(_, host)| host);
    let without_port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    without_port.map_or(host, |(host, _)| host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::config::DiscoveryConfig;
    use super::super::sample::{Sample, reasons};
    use super::super::vhost::{Vhost, resolve};
    use super::*;

    fn resolved(sample: &Sample) -> (Vec<Vhost>, Vec<String>) {
        let (vhosts, skips) = resolve(&sample.tree(), &sample.served(), &DiscoveryConfig::default());
        (vhosts, reasons(skips.into_iter().map(|(_, skipped)| skipped)))
    }

    #[test]
    fn names_lose_scheme_port_case_and_doubles() {
        let sample =
            Sample::new().vhost("*:80", &["ServerName HTTP://Alice.Test:8080", "ServerAlias www.alice.test a.b.test"]);
        let (vhosts, skips) =
            resolved(&sample.with_last(&["ServerAlias WWW.alice.test. alice.test *.wild.alice.test"]));
        let ([vhost], []) = (&vhosts[..], &skips[..]) else { panic!("{vhosts:?} {skips:?}") };
        assert_eq!(vhost.domain.as_str(), "alice.test");
        let aliases: Vec<&str> = vhost.aliases.iter().map(DomainName::as_str).collect();
        assert_eq!(aliases, ["www.alice.test", "a.b.test", "*.wild.alice.test"]);
    }

    #[test]
    fn what_is_no_domain_name_is_skipped_with_its_reason() {
        let sample = Sample::new()
            .vhost("*:80", &["DocumentRoot /srv"])
            .vhost("*:80", &["ServerName localhost"])
            .vhost("*:80", &["ServerName _default_", "ServerAlias 192.0.2.1 * w?b.alice.test"])
            .vhost("*:80", &["ServerName *.alice.test", "ServerAlias *.alice.test"])
            .vhost("*:80", &["ServerName bad_name.test", "ServerAlias *.good.test good.test"]);
        let (vhosts, skips) = resolved(&sample);
        assert_eq!(vhosts.len(), 1);
        assert_eq!((vhosts[0].label.as_str(), vhosts[0].domain.as_str()), ("bad_name.test", "good.test"));
        assert_eq!(
            skips,
            [
                "*:80 (/c:1): it has no ServerName",
                "localhost (/c:2): domain \"localhost\": it needs at least two labels",
                "_default_ (/c:3): domain \"_default_\": label \"_default_\" has a character that is not allowed: '_'",
                "_default_ (/c:3): domain \"192.0.2.1\": it is an IP address",
                "_default_ (/c:3): domain \"*\": a wildcard must be the whole leftmost label",
                "_default_ (/c:3): domain \"w?b.alice.test\": label \"w?b\" has a character that is not allowed: '?'",
                "*.alice.test (/c:4): its ServerName *.alice.test is a wildcard, which matches nothing",
                "bad_name.test (/c:5): domain \"bad_name.test\": label \"bad_name\" has a character that is not allowed: '_'",
            ]
        );
    }
}
