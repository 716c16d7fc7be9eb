//! Which certificates of others may be replaced.

use super::*;
use crate::analyze::Trust;
use crate::plan::samples::{DAY, START, certificate};
use proptest::prelude::*;

fn foreign(validation: Validation) -> CertificateFacts {
    CertificateFacts { validation, ..certificate(&["a.test"], 90) }
}

fn with(current: &CertificateFacts, option: ForeignCertificates, at: Timestamp) -> Replacement {
    replacement_of(current, Origin::Foreign, option, Offer::CaIssued, at)
}

const END: Timestamp = START.plus(90 * DAY);

#[test]
fn with_the_option_off_a_foreign_certificate_is_left_alone_even_if_expired() {
    let left_alone = Replacement::Keep(KeepReason::ForeignLeftAlone);
    for at in [START, END.plus(-DAY), END.plus(DAY)] {
        assert_eq!(with(&foreign(Validation::Domain), ForeignCertificates::default(), at), left_alone);
    }
}

#[test]
fn with_the_option_on_a_foreign_certificate_is_replaced_if_invalid() {
    let mut untrusted = foreign(Validation::Domain);
    untrusted.trust = Trust::Untrusted;
    let result = with(&untrusted, ForeignCertificates::ReplaceDomainValidated, START);
    assert_eq!(result, Replacement::Replace(ReplaceReason::Invalid(vec![Defect::UntrustedChain])));
    let expired = with(&foreign(Validation::Domain), ForeignCertificates::ReplaceDomainValidated, END);
    assert_eq!(expired, Replacement::Replace(ReplaceReason::Invalid(vec![Defect::Expired])));
}

#[test]
fn with_the_option_on_a_foreign_certificate_is_replaced_if_it_expires_within_3_days() {
    let at = |moment| with(&foreign(Validation::Domain), ForeignCertificates::ReplaceDomainValidated, moment);
    assert_eq!(at(END.plus(-3 * DAY - 1)), Replacement::Keep(KeepReason::ForeignStillValid));
    assert_eq!(at(END.plus(-3 * DAY)), Replacement::Replace(ReplaceReason::Expiring(END)));
    assert_eq!(at(replaceable_from(&foreign(Validation::Domain))), at(END.plus(-3 * DAY)));
}

#[test]
fn an_expiring_or_invalid_ev_or_ov_certificate_is_not_unexpectedly_replaced_by_a_dv_one() {
    for validation in [Validation::Extended, Validation::Organization, Validation::Individual] {
        for at in [END.plus(-DAY), END] {
            let result = with(&foreign(validation), ForeignCertificates::ReplaceDomainValidated, at);
            assert_eq!(result, Replacement::Keep(KeepReason::Vetted(validation)));
            let confirmed = with(&foreign(validation), ForeignCertificates::ReplaceAll, at);
            assert!(matches!(confirmed, Replacement::Replace(_)));
        }
        let valid = with(&foreign(validation), ForeignCertificates::ReplaceAll, START);
        assert_eq!(valid, Replacement::Keep(KeepReason::ForeignStillValid));
    }
}

#[test]
fn a_self_signed_certificate_never_replaces_a_valid_one_not_even_our_own() {
    let better = Replacement::Keep(KeepReason::BetterThanSelfSigned);
    for origin in [Origin::CurrentProvider, Origin::OtherProvider, Origin::Foreign] {
        let current = foreign(Validation::Domain);
        let offer = |at| replacement_of(&current, origin, ForeignCertificates::ReplaceAll, Offer::SelfSigned, at);
        assert_eq!(offer(END.plus(-1)), better);
        assert!(matches!(offer(END), Replacement::Replace(_)));
    }
}

#[test]
fn autossls_own_certificate_may_be_replaced_whatever_the_option() {
    let own = |origin| {
        replacement_of(&certificate(&["a.test"], 90), origin, ForeignCertificates::LeaveAlone, Offer::CaIssued, START)
    };
    assert_eq!(own(Origin::CurrentProvider), Replacement::Replace(ReplaceReason::Own));
    assert_eq!(own(Origin::OtherProvider), Replacement::Replace(ReplaceReason::Own));
}

#[test]
fn why_a_certificate_is_kept_is_said_in_words() {
    assert_eq!(
        KeepReason::Vetted(Validation::Extended).words(),
        "the certificate is extended validation (EV); replacing such needs a confirmation of its own"
    );
}

proptest! {
    #[test]
    fn a_valid_foreign_certificate_with_more_than_three_days_left_is_never_replaced(
        left in 3 * DAY + 1..90 * DAY, option in 0_usize..3, kind in 0_usize..5, self_signed: bool,
    ) {
        use Validation::{Domain, Extended, Individual, Organization, Unstated};
        let option = [ForeignCertificates::LeaveAlone, ForeignCertificates::ReplaceDomainValidated, ForeignCertificates::ReplaceAll][option];
        let current = foreign([Domain, Individual, Organization, Extended, Unstated][kind]);
        let offer = if self_signed { Offer::SelfSigned } else { Offer::CaIssued };
        let result = replacement_of(&current, Origin::Foreign, option, offer, END.plus(-left));
        prop_assert!(matches!(result, Replacement::Keep(_)));
    }
}
