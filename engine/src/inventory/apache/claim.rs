//! Gives each name to one website only.

use super::super::DomainName;
use super::merge::Site;
use super::skipped::{Skip, SkipReason};
use std::collections::HashMap;

/// Take names away that another website has: a domain goes before aliases, then the first in the configuration wins. Returns
/// the website of each name.
pub(super) fn claim(sites: &mut [Site], skips: &mut Vec<Skip>) -> HashMap<DomainName, usize> {
    let domains = sites.iter().enumerate().map(|(index, site)| (site.domain.clone(), index));
    let mut claims: HashMap<DomainName, usize> = domains.collect();
    let mut lost: Vec<(usize, usize, DomainName)> = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        for alias in &site.aliases {
            let holder = *claims.entry(alias.clone()).or_insert(index);
            if holder != index {
                lost.push((index, holder, alias.clone()));
            }
        }
    }
    for (index, holder, name) in lost {
        skips.extend(report(&sites[index], &sites[holder], &name));
        sites[index].aliases.remove(&name);
    }
    claims
}

fn report(loser: &Site, holder: &Site, name: &DomainName) -> Option<Skip> {
    let vhost = naming(loser, name)?;
    let other = &naming(holder, name)?.place;
    let (file, line) = (other.file.to_string(), other.line);
    Some(vhost.skip(SkipReason::Duplicate { name: name.to_string(), file, line }))
}

fn naming<'a>(site: &'a Site, name: &DomainName) -> Option<&'a super::vhost::Vhost> {
    site.vhosts.iter().find(|vhost| vhost.domain == *name || vhost.aliases.contains(name))
}
