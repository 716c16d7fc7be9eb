//! From the names that want to be secured to the certificates that are ordered.

use super::{Candidate, Dns01Zones, WildcardPolicy, reduce, sort};
use serde::{Deserialize, Serialize};

/// How names become certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NamePolicy {
    /// The names that the provider allows in one certificate; 0 counts as 1.
    pub limit: usize,
    /// When names are replaced by a wildcard.
    pub wildcards: WildcardPolicy,
}

impl Default for NamePolicy {
    /// 100 names, as Let's Encrypt's profile `classic` allows.
    fn default() -> Self {
        Self { limit: 100, wildcards: WildcardPolicy::default() }
    }
}

/// What is ordered, and what found no place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The names of each certificate, the most important first.
    pub certificates: Vec<Vec<String>>,
    /// The names for which the provider's limit left no place, the most important first; to be reported.
    pub cut_off: Vec<String>,
}

/// Sort names, reduce them to wildcards, and cut them to the limit.
#[must_use]
pub fn select(candidates: &[Candidate<'_>], policy: &NamePolicy, zones: &Dns01Zones) -> Selection {
    let limit = policy.limit.max(1);
    let mut names = reduce(&sort(candidates), policy.wildcards, limit, zones);
    if names.is_empty() {
        return Selection::default();
    }
    let cut_off = names.split_off(limit.min(names.len()));
    Selection { certificates: vec![names], cut_off }
}

#[cfg(test)]
mod tests {
    use super::super::{NameRole, NameSecurity};
    use super::*;
    use proptest::prelude::*;

    fn candidates<'a>(names: &'a [&'a str]) -> Vec<Candidate<'a>> {
        let role = |index| if index == 0 { NameRole::Primary } else { NameRole::Alias };
        let candidate =
            |(index, name): (usize, &&'a str)| Candidate { name, role: role(index), security: NameSecurity::Unsecured };
        names.iter().enumerate().map(candidate).collect()
    }

    fn policy(limit: usize) -> NamePolicy {
        NamePolicy { limit, wildcards: WildcardPolicy::OverLimit }
    }

    const NAMES: [&str; 4] = ["a.test", "longer.a.test", "www.a.test", "b.a.test"];

    #[test]
    fn what_the_limit_cuts_off_is_reported() {
        let selection = select(&candidates(&NAMES), &policy(3), &Dns01Zones::default());
        assert_eq!(selection.certificates, [["a.test", "www.a.test", "b.a.test"]]);
        assert_eq!(selection.cut_off, ["longer.a.test"]);
    }

    #[test]
    fn a_wildcard_saves_names_from_being_cut_off() {
        let zones = ["a.test".to_owned()].into_iter().collect();
        let selection = select(&candidates(&NAMES), &policy(3), &zones);
        assert_eq!(selection.certificates, [["a.test", "*.a.test"]]);
        assert!(selection.cut_off.is_empty());
    }

    #[test]
    fn without_names_nothing_is_ordered() {
        assert_eq!(select(&[], &NamePolicy::default(), &Dns01Zones::default()), Selection::default());
    }

    proptest! {
        #[test]
        fn no_certificate_exceeds_the_limit_and_no_name_gets_lost(
            names in proptest::collection::btree_set("([xyz]\\.)?[ab]\\.test", 0..9), limit in 0_usize..5,
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let selection = select(&candidates(&names), &policy(limit), &Dns01Zones::default());
            prop_assert!(selection.certificates.iter().all(|names| (1..=limit.max(1)).contains(&names.len())));
            let mut all: Vec<&str> = selection.certificates.iter().flatten().chain(&selection.cut_off).map(String::as_str).collect();
            all.sort_unstable();
            prop_assert_eq!(all, names);
        }
    }
}
