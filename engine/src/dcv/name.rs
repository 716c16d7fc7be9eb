//! Whether a text is a name that certificates can have, before anything is asked about it.

use super::{Code, Finding, Settings, evidence};

/// Endings that public CAs do not issue for: special use (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476) and
/// what the root keeps for private networks.
const NOT_PUBLIC: &[&str] = &[
    "local",
    "localhost",
    "internal",
    "test",
    "example",
    "invalid",
    "onion",
    "alt",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
];

/// A checked name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// What to look up: the name without `*.`.
    pub(super) base: &'a str,
    pub(super) form: Form,
}

/// Whether a name is one host or all below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Host,
    Wildcard,
}

/// Check the form of a name in A-labels.
pub(super) fn parse<'a>(name: &'a str, settings: &Settings) -> Result<Name<'a>, Finding> {
    let (base, form) = match name.strip_prefix("*.") {
        Some(base) => (base, Form::Wildcard),
        None => (name, Form::Host),
    };
    if let Some(reason) = malformed(base) {
        return Err(Finding::new(Code::NameInvalid, format!("{}: {reason}", evidence::quoted(name))));
    }
    let ending = NOT_PUBLIC.iter().find(|ending| is_under(base, ending));
    match ending {
        Some(ending) if !settings.allow_private => {
            Err(Finding::new(Code::NameNotPublic, format!("{name} ends in .{ending}")))
        }
        _ => Ok(Name { base, form }),
    }
}

/// List a name and all above it, down to the top-level domain.
pub(super) fn climb(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent))
}

fn is_under(name: &str, ending: &str) -> bool {
    let rest = name.len().checked_sub(ending.len()).map(|start| name.split_at_checked(start));
    matches!(rest, Some(Some((front, tail))) if tail.eq_ignore_ascii_case(ending) && (front.is_empty() || front.ends_with('.')))
}

fn malformed(base: &str) -> Option<&'static str> {
    if base.len() > 253 {
        return Some("it is longer than 253 characters");
    }
    let labels: Vec<&str> = base.split('.').collect();
    if labels.len() < 2 {
        return Some("it needs at least two labels");
    }
    if labels.last().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some("its last label is a number");
    }
    labels.iter().find_map(|label| malformed_label(label))
}

fn malformed_label(label: &str) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match label {
        "" => Some("it has an empty label"),
        label if label.len() > 63 => Some("it has a label of more than 63 characters"),
        label if !label.bytes().all(allowed) => Some("it has characters other than letters, digits and hyphens"),
        label if label.starts_with('-') || label.ends_with('-') => Some("a label begins or ends with a hyphen"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str) -> Option<Code> {
        parse(name, &Settings::default()).err().map(|finding| finding.code)
    }

    #[test]
    fn only_public_host_names_pass() {
        for good in ["alice.com", "*.alice.com", "xn--bcher-kva.ch", "1.a.co.uk", "contest.com", "A.Com"] {
            assert_eq!(code(good), None, "{good}");
        }
        let long = format!("{}.com", "a".repeat(64));
        for bad in ["", "com", "a..com", "a.com.", "*.*.a.com", "a_b.com", "-a.com", "192.0.2.1", "ä.com", "*", &long]
        {
            assert_eq!(code(bad), Some(Code::NameInvalid), "{bad}");
        }
        for private in ["a.local", "a.TEST", "b.home.arpa", "x.y.internal"] {
            assert_eq!(code(private), Some(Code::NameNotPublic), "{private}");
        }
    }

    #[test]
    fn the_climb_ends_at_the_top_level_domain() {
        assert_eq!(climb("a.b.co.uk").collect::<Vec<_>>(), ["a.b.co.uk", "b.co.uk", "co.uk", "uk"]);
    }
}
