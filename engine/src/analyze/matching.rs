//! Which names a certificate's names cover (RFC 9525, section 6.3).

use std::net::IpAddr;

/// Read the address that a website's name is; `None` for a domain name.
#[must_use]
pub fn address_of(name: &str) -> Option<IpAddr> {
    name.parse().ok()
}

/// Tell whether one of a certificate's names covers `name`.
///
/// A wildcard stands for exactly one label, the leftmost. Both are A-labels in lower case; a name that is itself a wildcard is
/// covered by the same wildcard only, an address by itself only.
#[must_use]
pub fn covers(covering: &str, name: &str) -> bool {
    if covering == name {
        return true;
    }
    let Some(parent) = covering.strip_prefix("*.") else { return false };
    let is_below =
        name.split_once('.').is_some_and(|(label, rest)| rest == parent && !label.is_empty() && label != "*");
    is_below && address_of(name).is_none()
}

/// Tell whether any of a certificate's names covers `name`.
#[must_use]
pub fn is_covered<S: AsRef<str>>(name: &str, by: &[S]) -> bool {
    by.iter().any(|covering| covers(covering.as_ref(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_one_label_and_not_its_parent() {
        assert!(covers("*.a.test", "w.a.test"));
        assert!(!covers("*.a.test", "a.test"));
        assert!(!covers("*.a.test", "x.w.a.test"));
        assert!(!covers("*.a.test", ".a.test"));
        assert!(!covers("*.a.test", "w.ba.test"));
    }

    #[test]
    fn an_address_is_covered_by_itself_only() {
        assert!(covers("192.0.2.7", "192.0.2.7") && covers("2001:db8::1", "2001:db8::1"));
        assert!(!covers("*.0.2.7", "192.0.2.7") && !covers("192.0.2.7", "192.0.2.70"));
    }

    #[test]
    fn a_wildcard_is_covered_by_itself_only() {
        assert!(covers("*.a.test", "*.a.test"));
        assert!(!covers("*.test", "*.a.test"));
        assert!(!covers("w.a.test", "*.a.test"));
    }
}
