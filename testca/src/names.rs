//! Identifiers in orders: which the CA issues for, and how they are written.

use std::{collections::BTreeSet, net::IpAddr};

use serde_json::{Value, json};

use crate::problem::{Problem, ProblemKind};

/// A name or an address that a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Identifier {
    /// A domain name, in lower case, perhaps with `*.` in front.
    Dns(String),
    /// An address (RFC 8738).
    Ip(IpAddr),
}

impl Identifier {
    /// Tell names from addresses.
    pub(crate) fn of(text: &str) -> Self {
        match text.parse() {
            Ok(address) => Self::Ip(address),
            Err(_) => Self::Dns(text.to_ascii_lowercase()),
        }
    }

    /// Read one of an order's identifiers. The checks of what it may be are in [`refusal`](Self::refusal).
    pub(crate) fn from_json(value: &Value) -> Result<Self, Problem> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let (Some(kind), Some(value)) = (text("type"), text("value")) else {
            return Err(Problem::malformed("an identifier has a type and a value, both text"));
        };
        match kind {
            "dns" => Ok(Self::Dns(value.to_ascii_lowercase())),
            "ip" => value.parse().map(Self::Ip).map_err(|_| Problem::malformed(format!("{value} is not an address"))),
            other => {
                let detail = format!("identifiers of type {other} are not supported");
                Err(Problem::new(ProblemKind::UnsupportedIdentifier, detail))
            }
        }
    }

    /// The name in its order: with the `*.` of a wildcard.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Dns(name) => name.clone(),
            Self::Ip(address) => address.to_string(),
        }
    }

    /// The name in its authorization, which has no wildcard label (RFC 8555, section 7.1.4).
    pub(crate) fn base(&self) -> String {
        match self {
            Self::Dns(name) => name.strip_prefix("*.").unwrap_or(name).to_owned(),
            Self::Ip(address) => address.to_string(),
        }
    }

    pub(crate) fn is_wildcard(&self) -> bool {
        matches!(self, Self::Dns(name) if name.starts_with("*."))
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Dns(name) => json!({"type": "dns", "value": name}),
            Self::Ip(address) => json!({"type": "ip", "value": address.to_string()}),
        }
    }

    /// What certificates per registered domain are counted by: `example.co.uk`, or the address itself.
    pub(crate) fn registered_domain(&self) -> String {
        let base = self.base();
        match self {
            Self::Dns(_) => psl::domain_str(&base).map_or_else(|| base.clone(), str::to_owned),
            Self::Ip(_) => base,
        }
    }

    /// Say why the CA would never issue for this name, if so.
    pub(crate) fn refusal(&self) -> Option<Problem> {
        let Self::Dns(name) = self else { return None };
        let base = self.base();
        let malformed = |why: &str| Some(Problem::malformed(format!("cannot issue for \"{name}\": {why}")));
        if base.is_empty() || base.len() > 253 {
            return malformed("a name has 1 to 253 characters");
        }
        if base.contains('*') {
            return malformed("a wildcard is the whole first label and nothing else");
        }
        if !base.split('.').all(is_label) {
            return malformed("it has a label that is empty, too long, or not of letters, digits and inner hyphens");
        }
        let rejected = |why: &str| {
            Some(Problem::new(ProblemKind::RejectedIdentifier, format!("cannot issue for \"{name}\": {why}")))
        };
        if !base.contains('.') {
            return rejected("it needs at least one dot");
        }
        if psl::domain_str(&base).is_none() {
            return rejected("it is a public suffix");
        }
        None
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// One text for a set of names, whatever their order.
pub(crate) fn set_key(identifiers: &BTreeSet<Identifier>) -> String {
    identifiers.iter().map(Identifier::text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_refused_and_plain_ones_are_not() {
        for name in ["", "a..test", "-a.test", "a_b.test", "a.*.test", "*a.test", "localhost", "co.uk", "*.com"] {
            assert!(Identifier::of(name).refusal().is_some(), "{name}");
        }
        for name in ["a.test", "*.a.test", "xn--bcher-kva.example", "192.0.2.7", "2001:db8::1"] {
            assert_eq!(Identifier::of(name).refusal(), None, "{name}");
        }
    }

    #[test]
    fn domains_are_counted_by_the_public_suffix_list() {
        assert_eq!(Identifier::of("*.www.example.co.uk").registered_domain(), "example.co.uk");
        assert_eq!(Identifier::of("shop.alice.test").registered_domain(), "alice.test");
        assert_eq!(Identifier::of("192.0.2.7").registered_domain(), "192.0.2.7");
    }
}
