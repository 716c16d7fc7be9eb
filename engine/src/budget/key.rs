//! What a limit is counted by.

use super::LimitKind;
use crate::analyze::address_of;
use crate::plan::Seed;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

/// What a bucket belongs to: with the provider's id, a row's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BucketKey {
    /// The limit.
    pub kind: LimitKind,
    /// The account, registered domain, set of names, or account and name.
    pub subject: String,
}

impl BucketKey {
    /// Name a bucket.
    #[must_use]
    pub fn new(kind: LimitKind, subject: impl Into<String>) -> Self {
        Self { kind, subject: subject.into() }
    }

    /// Name the bucket of an account's failed validations of a name.
    #[must_use]
    pub fn failed_validations(account: &str, name: &str) -> Self {
        Self::new(LimitKind::FailedValidations, format!("{account} {}", name.strip_prefix("*.").unwrap_or(name)))
    }

    /// The name that a CA's message has for the subject, where it has one: without the account.
    pub(crate) fn subject_in_words(&self) -> &str {
        match self.kind {
            LimitKind::FailedValidations => self.subject.rsplit(' ').next().unwrap_or(&self.subject),
            _ => &self.subject,
        }
    }
}

/// Find the part of a name that was bought at a registrar, by the Public Suffix List. A name without such a part stands for itself, an
/// IPv6 address for its network of 64 bits, as Let's Encrypt counts.
#[must_use]
pub fn registered_domain(name: &str) -> Cow<'_, str> {
    match address_of(name) {
        Some(IpAddr::V4(_)) => return name.into(),
        Some(IpAddr::V6(address)) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
            return format!("{network}/64").into();
        }
        None => {}
    }
    let base = name.strip_prefix("*.").unwrap_or(name);
    psl::domain_str(base).unwrap_or(base).into()
}

/// Name a set of names, whatever their order: its first name, how many more, and a hash of all.
#[must_use]
pub fn set_name<S: AsRef<str>>(names: &[S]) -> String {
    let mut sorted: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let Seed(hash) = Seed::of(&sorted.join(" "));
    format!("{} +{} {hash:016x}", sorted.first().unwrap_or(&""), sorted.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_domain_is_told_by_the_public_suffix_list() {
        assert_eq!(registered_domain("new.blog.example.co.uk"), "example.co.uk");
        assert_eq!(registered_domain("*.a.example.com"), "example.com");
        assert_eq!(registered_domain("alice.test"), "alice.test");
        assert_eq!(registered_domain("localhost"), "localhost");
    }

    #[test]
    fn addresses_are_counted_by_themselves_or_by_their_network() {
        assert_eq!(registered_domain("192.0.2.7"), "192.0.2.7");
        assert_eq!(registered_domain("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
    }

    #[test]
    fn a_set_is_the_same_in_any_order() {
        assert_eq!(set_name(&["b.test", "a.test"]), set_name(&["a.test", "b.test", "a.test"]));
        assert_ne!(set_name(&["a.test"]), set_name(&["a.test", "b.test"]));
        assert!(set_name(&["b.test", "a.test"]).starts_with("a.test +1 "));
    }
}
