//! Whether AutoSSL works for a name.

use super::Exclusions;
use crate::analyze::address_of;
use crate::inventory::Addresses;
use serde::{Deserialize, Serialize};

/// Who left a single name out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameExclusion {
    /// Nobody.
    #[default]
    None,
    /// The user whose name it is.
    ByUser,
    /// The administrator or a reseller.
    ByAdministrator,
}

/// Whether AutoSSL works for a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameEligibility {
    /// It does.
    Eligible,
    /// The user left it out.
    ExcludedByUser,
    /// The administrator or a reseller left it out.
    ExcludedByAdministrator,
    /// This pattern of the server leaves it out.
    ExcludedByPattern(String),
    /// No public CA issues for it: a private address, a single label, or a public suffix such as `co.uk`.
    NotPublic,
}

impl NameEligibility {
    /// Tell whether AutoSSL works for the name.
    #[must_use]
    pub fn is_eligible(&self) -> bool {
        *self == Self::Eligible
    }

    /// Name the reason as logs and the API spell it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::ExcludedByUser => "excluded_by_user",
            Self::ExcludedByAdministrator => "excluded_by_administrator",
            Self::ExcludedByPattern(_) => "excluded_by_pattern",
            Self::NotPublic => "not_public",
        }
    }

    /// Say why to people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Eligible => "AutoSSL works for the name".into(),
            Self::ExcludedByUser => "the user excluded it".into(),
            Self::ExcludedByAdministrator => "the administrator excluded it".into(),
            Self::ExcludedByPattern(pattern) => format!("the server's exclusion {pattern} matches it"),
            Self::NotPublic => "no public CA issues for it".into(),
        }
    }
}

/// Decide whether AutoSSL works for a name. The nearest decision is named where several leave it out; `addresses` are those that the
/// provider may give certificates for.
#[must_use]
pub fn name_eligibility(
    name: &str,
    exclusion: NameExclusion,
    server: &Exclusions,
    addresses: Addresses,
) -> NameEligibility {
    match exclusion {
        NameExclusion::ByUser => NameEligibility::ExcludedByUser,
        NameExclusion::ByAdministrator => NameEligibility::ExcludedByAdministrator,
        NameExclusion::None => match server.find(name) {
            Some(pattern) => NameEligibility::ExcludedByPattern(pattern.as_str().into()),
            None if is_public(name, addresses) => NameEligibility::Eligible,
            None => NameEligibility::NotPublic,
        },
    }
}

fn is_public(name: &str, addresses: Addresses) -> bool {
    if let Some(address) = address_of(name) {
        return addresses.refusal(address).is_none();
    }
    let base = name.strip_prefix("*.").unwrap_or(name);
    // A numeric last label is that of a mistyped address, never of a name (RFC 3696, section 2).
    let is_number = base.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number || base.contains(':') || !base.contains('.') {
        return false;
    }
    // A suffix that its owner listed, e.g. github.io, is a name like others; one of a registry is not.
    let is_registry_suffix =
        psl::suffix(base.as_bytes()).is_some_and(|suffix| suffix == base && suffix.typ() == Some(psl::Type::Icann));
    !is_registry_suffix
}

#[cfg(test)]
mod tests {
    use super::super::Pattern;
    use super::*;

    fn decide(name: &str, exclusion: NameExclusion) -> NameEligibility {
        let server = Exclusions(vec![Pattern::parse("*.internal.test").unwrap()]);
        name_eligibility(name, exclusion, &server, Addresses::PublicOnly)
    }

    #[test]
    fn a_name_is_left_out_by_its_user_the_administrator_or_a_pattern() {
        assert_eq!(decide("a.test", NameExclusion::None), NameEligibility::Eligible);
        assert_eq!(decide("a.test", NameExclusion::ByUser), NameEligibility::ExcludedByUser);
        assert_eq!(decide("a.test", NameExclusion::ByAdministrator), NameEligibility::ExcludedByAdministrator);
        let by_pattern = decide("x.internal.test", NameExclusion::None);
        assert_eq!(by_pattern.words(), "the server's exclusion *.internal.test matches it");
        assert_eq!(decide("x.internal.test", NameExclusion::ByUser), NameEligibility::ExcludedByUser);
    }

    #[test]
    fn what_no_public_ca_issues_for_is_left_out() {
        for name in ["localhost", "192.0.2.1", "2001:db8::1", "192.0.2", "co.uk", "*.co.uk"] {
            assert_eq!(decide(name, NameExclusion::None), NameEligibility::NotPublic, "{name}");
        }
        for name in ["a.co.uk", "*.a.test", "github.io", "xn--bcher-kva.example", "9.9.9.9", "2620:fe::fe"] {
            assert_eq!(decide(name, NameExclusion::None), NameEligibility::Eligible, "{name}");
        }
        let private = name_eligibility("10.0.0.1", NameExclusion::None, &Exclusions::default(), Addresses::Anywhere);
        assert_eq!(private, NameEligibility::Eligible, "a certificate authority of one's own");
    }
}
