//! Reducing names to wildcards where DNS-01 allows.

use crate::analyze::covers;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// When names are replaced by a wildcard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WildcardPolicy {
    /// Never.
    Never,
    /// Only if the names exceed the limit, and then only as many as it takes, the most saving first.
    #[default]
    OverLimit,
    /// Wherever two or more names become one.
    WhereSaving,
    /// Wherever it is possible, even for one name: names of services that come later are covered already.
    Always,
}

/// The DNS zones in which AutoSSL can write, hence answer a DNS-01 challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns01Zones {
    zones: BTreeSet<String>,
    unreachable: BTreeSet<String>,
}

impl FromIterator<String> for Dns01Zones {
    fn from_iter<I: IntoIterator<Item = String>>(zones: I) -> Self {
        Self { zones: zones.into_iter().collect(), unreachable: BTreeSet::new() }
    }
}

impl Dns01Zones {
    /// Make no wildcard below a name: it was seen that its challenge record is elsewhere.
    pub fn exclude(&mut self, name: &str) {
        self.unreachable.insert(name.to_owned());
    }

    /// Tell whether `name` lies in one of the zones. A public suffix never does: `*.co.uk` is nobody's.
    #[must_use]
    pub fn reaches(&self, name: &str) -> bool {
        if self.unreachable.contains(name) {
            return false;
        }
        let mut rest = Some(name);
        while let Some(part) = rest {
            if self.zones.contains(part) {
                return psl::domain(name.as_bytes()).is_some();
            }
            rest = part.split_once('.').map(|(_, parent)| parent);
        }
        false
    }
}

/// Replace sorted names by wildcards as the policy says; a wildcard takes the place of its first name.
///
/// Names that a wildcard of the list covers are always dropped, since a CA refuses both in one order. Every name stays covered, the
/// list never grows, and a wildcard stands for one label only.
#[must_use]
pub fn reduce(names: &[&str], policy: WildcardPolicy, limit: usize, zones: &Dns01Zones) -> Vec<String> {
    let mut reduced = without_covered(names.iter().map(|name| (*name).to_owned()).collect());
    let least = match policy {
        WildcardPolicy::Never => return reduced,
        WildcardPolicy::OverLimit if reduced.len() <= limit => return reduced,
        WildcardPolicy::OverLimit | WildcardPolicy::WhereSaving => 2,
        WildcardPolicy::Always => 1,
    };
    for (parent, _) in siblings(&reduced, zones).into_iter().filter(|(_, count)| *count >= least) {
        if policy == WildcardPolicy::OverLimit && reduced.len() <= limit {
            break;
        }
        let wildcard = format!("*.{parent}");
        if let Some(first) = reduced.iter().position(|name| covers(&wildcard, name)) {
            reduced[first] = wildcard;
            reduced = without_covered(reduced);
        }
    }
    reduced
}

/// List the parents of names that a wildcard could replace, with how many: the most first, then by the alphabet.
fn siblings(names: &[String], zones: &Dns01Zones) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, parent) in names.iter().filter(|name| !name.starts_with("*.")).filter_map(|name| name.split_once('.')) {
        *counts.entry(parent).or_default() += 1;
    }
    let reachable = counts.into_iter().filter(|(parent, _)| zones.reaches(parent));
    let mut siblings: Vec<(String, usize)> = reachable.map(|(parent, count)| (parent.to_owned(), count)).collect();
    siblings.sort_by(|(one, ones), (other, others)| others.cmp(ones).then_with(|| one.cmp(other)));
    siblings
}

fn without_covered(names: Vec<String>) -> Vec<String> {
    let wildcards: BTreeSet<String> = names.iter().filter(|name| name.starts_with("*.")).cloned().collect();
    let is_needed = |name: &String| {
        let wildcard = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        name.starts_with("*.") || wildcard.is_none_or(|wildcard| !wildcards.contains(&wildcard))
    };
    names.into_iter().filter(is_needed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::is_covered;
    use proptest::prelude::*;

    const NAMES: [&str; 5] = ["a.test", "www.a.test", "mail.a.test", "x.shop.a.test", "b.test"];

    fn zones(names: &[&str]) -> Dns01Zones {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_become_a_wildcard_only_over_the_limit_unless_the_policy_asks() {
        let with = |policy, limit| reduce(&NAMES, policy, limit, &zones(&["a.test"]));
        assert_eq!(with(WildcardPolicy::OverLimit, 5), NAMES);
        assert_eq!(with(WildcardPolicy::OverLimit, 4), ["a.test", "*.a.test", "x.shop.a.test", "b.test"]);
        assert_eq!(with(WildcardPolicy::WhereSaving, 100), ["a.test", "*.a.test", "x.shop.a.test", "b.test"]);
        assert_eq!(with(WildcardPolicy::Always, 100), ["a.test", "*.a.test", "*.shop.a.test", "b.test"]);
        assert_eq!(with(WildcardPolicy::Never, 1), NAMES);
    }

    #[test]
    fn no_wildcard_is_made_outside_the_zones_or_for_a_public_suffix() {
        assert_eq!(reduce(&NAMES, WildcardPolicy::Always, 1, &zones(&["c.test"])), NAMES);
        let british = ["a.co.uk", "b.co.uk"];
        assert_eq!(reduce(&british, WildcardPolicy::Always, 1, &zones(&["uk", "co.uk"])), british);
    }

    #[test]
    fn no_wildcard_is_made_where_the_challenge_record_is_elsewhere() {
        let mut zones = zones(&["a.test"]);
        zones.exclude("a.test");
        let reduced = reduce(&NAMES, WildcardPolicy::Always, 1, &zones);
        assert_eq!(reduced, ["a.test", "www.a.test", "mail.a.test", "*.shop.a.test", "b.test"]);
    }

    #[test]
    fn a_name_that_a_wildcard_of_the_website_covers_is_dropped_since_a_ca_refuses_both() {
        let names = ["www.a.test", "*.a.test", "a.test"];
        assert_eq!(reduce(&names, WildcardPolicy::Never, 100, &zones(&[])), ["*.a.test", "a.test"]);
    }

    #[test]
    fn over_the_limit_the_most_saving_wildcard_comes_first() {
        let names = ["1.a.test", "2.a.test", "1.b.test", "2.b.test", "3.b.test"];
        let reduced = reduce(&names, WildcardPolicy::OverLimit, 3, &zones(&["a.test", "b.test"]));
        assert_eq!(reduced, ["1.a.test", "2.a.test", "*.b.test"]);
    }

    proptest! {
        #[test]
        fn coverage_is_never_lost_and_the_list_never_grows(
            names in proptest::collection::btree_set("(\\*\\.|[xyz]\\.)?([xy]\\.)?[ab]\\.test", 1..12),
            limit in 1_usize..8, policy in 0_usize..4, own in proptest::collection::btree_set("[ab]\\.test|x\\.a\\.test", 0..3),
        ) {
            let policy = [WildcardPolicy::Never, WildcardPolicy::OverLimit, WildcardPolicy::WhereSaving, WildcardPolicy::Always][policy];
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let zones: Dns01Zones = own.into_iter().collect();
            let reduced = reduce(&names, policy, limit, &zones);
            prop_assert!(names.iter().all(|name| is_covered(name, &reduced)));
            prop_assert!(reduced.len() <= names.len());
            for name in reduced.iter().filter(|name| !names.contains(&name.as_str())) {
                prop_assert!(zones.reaches(name.strip_prefix("*.").unwrap()));
            }
        }
    }
}
