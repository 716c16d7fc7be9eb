//! The order in which names compete for the places in a certificate.
//!
//! 1. Names that a sound certificate of the website covers already.
//! 2. The primary name, its `www.` and its `mail.`, in this order.
//! 3. Addon domains, then their `www.`, then their `mail.`.
//! 4. Fewer dots.
//! 5. Names of known services, in the order of [`SERVICES`]; all others after them.
//! 6. Shorter names.
//! 7. The alphabet, which makes the order total: no two different names are ever equal.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// First labels that people and mail programs connect to without being told, the most used first.
pub const SERVICES: [&str; 12] = [
    "www",
    "mail",
    "webmail",
    "autodiscover",
    "autoconfig",
    "imap",
    "smtp",
    "pop",
    "webdisk",
    "cpanel",
    "cpcalendars",
    "cpcontacts",
];

/// What a name is to its website.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameRole {
    /// The website's primary name.
    Primary,
    /// A domain of its own that leads to the same website.
    Addon,
    /// Any other name.
    #[default]
    Alias,
}

/// Whether a sound certificate of the website covers a name now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameSecurity {
    /// It does.
    Secured,
    /// It does not.
    #[default]
    Unsecured,
}

/// A name that wants to be in a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Candidate<'a> {
    /// The name, as A-labels in lower case.
    pub name: &'a str,
    /// What it is to its website.
    pub role: NameRole,
    /// Whether it is secured now.
    pub security: NameSecurity,
}

/// Sort names into the order above and drop repetitions.
#[must_use]
pub fn sort<'a>(candidates: &[Candidate<'a>]) -> Vec<&'a str> {
    let named =
        |role| candidates.iter().filter(move |candidate| candidate.role == role).map(|candidate| candidate.name);
    let primaries: BTreeSet<&str> = named(NameRole::Primary).collect();
    let addons: BTreeSet<&str> = named(NameRole::Addon).collect();
    let mut keyed: Vec<_> =
        candidates.iter().map(|candidate| (key(candidate, &primaries, &addons), candidate.name)).collect();
    keyed.sort_unstable();
    let mut seen = BTreeSet::new();
    keyed.into_iter().map(|(_, name)| name).filter(|name| seen.insert(*name)).collect()
}

fn key(
    candidate: &Candidate<'_>,
    primaries: &BTreeSet<&str>,
    addons: &BTreeSet<&str>,
) -> (NameSecurity, u8, usize, usize, usize) {
    let name = candidate.name;
    let dots = name.bytes().filter(|byte| *byte == b'.').count();
    let service = name.split_once('.').and_then(|(label, _)| SERVICES.iter().position(|known| *known == label));
    (candidate.security, rank(name, primaries, addons), dots, service.unwrap_or(SERVICES.len()), name.len())
}

fn rank(name: &str, primaries: &BTreeSet<&str>, addons: &BTreeSet<&str>) -> u8 {
    let below = |label: &str| name.strip_prefix(label);
    let steps = [(primaries, 0), (addons, 3)];
    for (domains, first) in steps {
        if domains.contains(name) {
            return first;
        }
        if below("www.").is_some_and(|rest| domains.contains(rest)) {
            return first + 1;
        }
        if below("mail.").is_some_and(|rest| domains.contains(rest)) {
            return first + 2;
        }
    }
    6
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(name: &str) -> Candidate<'_> {
        let role = match name {
            "zebra.test" => NameRole::Primary,
            "addon.test" => NameRole::Addon,
            _ => NameRole::Alias,
        };
        let security = if name.starts_with("old") { NameSecurity::Secured } else { NameSecurity::Unsecured };
        Candidate { name, role, security }
    }

    #[test]
    fn names_are_sorted_by_every_rule_in_its_turn() {
        let wanted = [
            "old.deep.below.zebra.test",
            "zebra.test",
            "www.zebra.test",
            "mail.zebra.test",
            "addon.test",
            "www.addon.test",
            "mail.addon.test",
            "b.test",
            "www.b.test",
            "webmail.zebra.test",
            "autodiscover.zebra.test",
            "webdisk.zebra.test",
            "a.zebra.test",
            "c.zebra.test",
            "shop.zebra.test",
            "www.shop.zebra.test",
        ];
        let mut given: Vec<Candidate<'_>> = wanted.iter().map(|name| candidate(name)).collect();
        given.reverse();
        assert_eq!(sort(&given), wanted);
    }

    proptest! {
        #[test]
        fn the_order_does_not_depend_on_the_order_in_which_names_are_given(
            names in proptest::collection::vec("(www\\.|mail\\.|old\\.|[ab]\\.)?(zebra|addon|b)\\.test", 0..12), turn in 0_usize..12,
        ) {
            let given: Vec<Candidate<'_>> = names.iter().map(|name| candidate(name)).collect();
            let mut turned = given.clone();
            turned.rotate_left(turn.min(given.len()));
            let sorted = sort(&given);
            prop_assert_eq!(&sorted, &sort(&turned));
            prop_assert_eq!(sorted.iter().collect::<BTreeSet<_>>().len(), sorted.len());
            prop_assert!(names.iter().all(|name| sorted.contains(&name.as_str())));
        }
    }
}
