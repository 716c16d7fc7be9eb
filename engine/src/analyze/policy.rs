//! How a CA validated a subject, by the policy OIDs that the CA/Browser Forum reserves (Baseline Requirements, section 7.1.6.1).

use super::Validation;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;

/// Reserved OIDs, the strongest first: a certificate that claims several is what its strongest says.
const RESERVED: [(&str, Validation); 4] = [
    ("2.23.140.1.1", Validation::Extended),
    ("2.23.140.1.2.2", Validation::Organization),
    ("2.23.140.1.2.3", Validation::Individual),
    ("2.23.140.1.2.1", Validation::Domain),
];

impl Validation {
    /// Tell whether somebody paid for more than control of a name.
    #[must_use]
    pub const fn is_vetted(self) -> bool {
        matches!(self, Self::Individual | Self::Organization | Self::Extended)
    }

    /// Name the kind as people know it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Domain => "domain validated (DV)",
            Self::Individual => "individual validated (IV)",
            Self::Organization => "organization validated (OV)",
            Self::Extended => "extended validation (EV)",
            Self::Unstated => "of no stated validation",
        }
    }
}

/// Read how the subject was validated.
pub(super) fn validation(certificate: &X509Certificate<'_>) -> Validation {
    let stated = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::CertificatePolicies(policies) => Some(policies),
        _ => None,
    });
    let oids: Vec<String> = stated.flat_map(|all| all.iter().map(|policy| policy.policy_id.to_id_string())).collect();
    of_oids(&oids)
}

fn of_oids(oids: &[String]) -> Validation {
    let strongest = RESERVED.iter().find(|(reserved, _)| oids.iter().any(|oid| oid == reserved));
    strongest.map_or(Validation::Unstated, |(_, validation)| *validation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_validation_is_told_by_policy_oid() {
        let of = |oids: &[&str]| of_oids(&oids.iter().map(|oid| (*oid).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["2.23.140.1.2.1", "1.3.6.1.4.1.44947.1.1.1"]), Validation::Domain);
        assert_eq!(of(&["2.23.140.1.2.2"]), Validation::Organization);
        assert_eq!(of(&["2.23.140.1.2.3"]), Validation::Individual);
        assert_eq!(of(&["2.23.140.1.2.1", "2.23.140.1.1"]), Validation::Extended);
        assert_eq!(of(&["2.23.140.1.10"]), Validation::Unstated);
    }

    #[test]
    fn only_domain_validation_is_not_vetted() {
        let vetted = [Validation::Individual, Validation::Organization, Validation::Extended];
        assert!(vetted.iter().all(|validation| validation.is_vetted()));
        assert!(!Validation::Domain.is_vetted() && !Validation::Unstated.is_vetted());
    }
}
