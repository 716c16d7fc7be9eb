//! One certificate for each host: every name becomes a website of its own, with the same document root.
//!
//! A name that fails then touches no other, at the price of more orders. Everything else stays as it is for websites.

use super::rules;
use crate::store::{ImportedWebsite, Inventory, OwnedWebsite, Replaces};
use std::collections::{BTreeMap, BTreeSet};

/// Make each name of each website a website.
#[must_use]
pub fn per_host(mut inventory: Inventory) -> Inventory {
    for user in &mut inventory.users {
        user.websites = std::mem::take(&mut user.websites).into_iter().flat_map(hosts).collect();
    }
    inventory
}

/// Do the same to what is stored; `None` where nothing is to be changed.
#[must_use]
pub(crate) fn regroup(stored: Vec<OwnedWebsite>) -> Option<Inventory> {
    let together = stored.iter().filter(|owned| !owned.website.aliases.is_empty());
    let wanted: BTreeSet<String> = together.map(|owned| owned.user.clone()).collect();
    let mut users: BTreeMap<String, Vec<ImportedWebsite>> = BTreeMap::new();
    for owned in stored.into_iter().filter(|owned| wanted.contains(&owned.user)) {
        users.entry(owned.user).or_default().extend(hosts(owned.website));
    }
    let users: Vec<_> = users.into_iter().map(|(name, websites)| rules::user_with(name, websites)).collect();
    (!users.is_empty()).then(|| Inventory { packages: Vec::new(), users, replaces: Replaces::Websites })
}

fn hosts(website: ImportedWebsite) -> impl Iterator<Item = ImportedWebsite> {
    let ImportedWebsite { domain, aliases, document_root, source, configured_certificate } = website;
    let host = move |domain| ImportedWebsite {
        domain,
        aliases: Vec::new(),
        document_root: document_root.clone(),
        source,
        configured_certificate: configured_certificate.clone(),
    };
    std::iter::once(domain).chain(aliases).map(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn website(domain: &str, aliases: &[&str]) -> ImportedWebsite {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        ImportedWebsite { domain: domain.into(), aliases, document_root: "/srv".into(), ..ImportedWebsite::default() }
    }

    fn stored(user: &str, domain: &str, aliases: &[&str]) -> OwnedWebsite {
        OwnedWebsite { user: user.into(), website: website(domain, aliases) }
    }

    #[test]
    fn each_name_becomes_a_website_with_the_same_document_root() {
        let alice = rules::user_with("alice".into(), vec![website("a.test", &["www.a.test"])]);
        let hosts = per_host(Inventory { users: vec![alice], ..Inventory::default() });
        assert_eq!(hosts.users[0].websites, [website("a.test", &[]), website("www.a.test", &[])]);
    }

    #[test]
    fn only_users_with_websites_of_several_names_are_changed() {
        assert_eq!(regroup(vec![stored("alice", "a.test", &[])]), None);
        let all =
            [stored("alice", "a.test", &[]), stored("bob", "b.test", &["www.b.test"]), stored("bob", "c.test", &[])];
        let inventory = regroup(all.to_vec()).unwrap();
        assert_eq!(inventory.users.len(), 1);
        let domains: Vec<_> = inventory.users[0].websites.iter().map(|website| website.domain.as_str()).collect();
        assert_eq!((inventory.users[0].name.as_str(), domains), ("bob", vec!["b.test", "www.b.test", "c.test"]));
    }
}
