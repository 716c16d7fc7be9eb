//! What one website needs.

use super::*;
use crate::analyze::{CertificateFacts, Trust};
use crate::plan::level::Turn;
use crate::plan::samples::{DAY, START, certificate};

const NAMES: [&str; 2] = ["a.test", "www.a.test"];

fn with(facts: &CertificateFacts, origin: Origin, day: i64) -> Need {
    let current = Current { facts, origin, window: None, serving: Serving::Proved, turn: Turn::Drawn };
    need(&NAMES, Some(current), ForeignCertificates::LeaveAlone, START.plus(day * DAY))
}

fn class(need: &Need) -> Option<PriorityClass> {
    match need {
        Need::Certificate { class, .. } => Some(*class),
        _ => None,
    }
}

#[test]
fn a_website_without_a_certificate_needs_one_and_one_without_names_nothing() {
    let none = ForeignCertificates::LeaveAlone;
    assert_eq!(class(&need(&NAMES, None, none, START)), Some(PriorityClass::New));
    assert_eq!(need(&[], None, none, START), Need::Rest(RestReason::NoNames));
}

#[test]
fn a_certificate_goes_from_secured_to_renewal_to_expiring_to_expired() {
    let facts = certificate(&NAMES, 90);
    let on = |day| class(&with(&facts, Origin::CurrentProvider, day));
    assert_eq!((on(1), on(44)), (None, None));
    assert_eq!((on(60), on(82)), (Some(PriorityClass::Renewal), Some(PriorityClass::Renewal)));
    assert_eq!((on(83), on(89)), (Some(PriorityClass::Expiring), Some(PriorityClass::Expiring)));
    assert_eq!(on(90), Some(PriorityClass::Expired));
}

#[test]
fn a_certificate_that_takes_turns_is_due_at_its_turn_and_at_its_last_moment() {
    let facts = certificate(&NAMES, 90);
    let on = |turn, day| {
        let current =
            Current { facts: &facts, origin: Origin::CurrentProvider, window: None, serving: Serving::Proved, turn };
        need(&NAMES, Some(current), ForeignCertificates::LeaveAlone, START.plus(day * DAY))
    };
    let Need::Rest(rest) = on(Turn::Waits, 59) else { panic!("others come first") };
    assert_eq!(rest.words(), "secured until 2027-04-15 08:00, renewal by 2027-03-16 08:00");
    assert_eq!(class(&on(Turn::Waits, 60)), Some(PriorityClass::Renewal));
    let Need::Certificate { because, dueness, .. } = on(Turn::Come, 31) else { panic!("its turn has come") };
    assert_eq!((because.words().as_str(), dueness), ("its turn to be renewed has come", Dueness::Due));
}

#[test]
fn a_missing_name_counts_as_new_and_is_named() {
    let need = with(&certificate(&["a.test"], 90), Origin::CurrentProvider, 1);
    let Need::Certificate { class, because, dueness } = need else { panic!("{need:?}") };
    assert_eq!((class, dueness), (PriorityClass::New, Dueness::NotDue));
    assert_eq!(because.words(), "missing from the certificate: www.a.test");
}

#[test]
fn an_untrusted_chain_is_replaced_unless_the_chosen_provider_would_give_another_such() {
    let facts = CertificateFacts { trust: Trust::Untrusted, ..certificate(&NAMES, 90) };
    assert_eq!(class(&with(&facts, Origin::CurrentProvider, 1)), None);
    assert_eq!(class(&with(&facts, Origin::OtherProvider, 1)), Some(PriorityClass::Expired));
}

#[test]
fn a_revoked_certificate_is_replaced_at_once() {
    let facts = CertificateFacts { revoked_at: Some(START), ..certificate(&NAMES, 90) };
    assert_eq!(class(&with(&facts, Origin::CurrentProvider, 1)), Some(PriorityClass::Expired));
}

#[test]
fn a_foreign_certificate_is_left_alone_or_replaced_as_the_option_says() {
    let facts = certificate(&["a.test"], 90);
    let on = |day, option| {
        let current = Current {
            facts: &facts,
            origin: Origin::Foreign,
            window: None,
            serving: Serving::Unproved,
            turn: Turn::Drawn,
        };
        need(&NAMES, Some(current), option, START.plus(day * DAY))
    };
    let kept = Need::Rest(RestReason::Kept(KeepReason::ForeignLeftAlone));
    assert_eq!(on(89, ForeignCertificates::LeaveAlone), kept);
    let valid = Need::Rest(RestReason::Kept(KeepReason::ForeignStillValid));
    assert_eq!(on(1, ForeignCertificates::ReplaceDomainValidated), valid);
    assert_eq!(class(&on(87, ForeignCertificates::ReplaceDomainValidated)), Some(PriorityClass::Expiring));
    assert_eq!(class(&on(91, ForeignCertificates::ReplaceDomainValidated)), Some(PriorityClass::Expired));
}

#[test]
fn a_sound_certificate_that_no_service_presents_is_installed_again() {
    let facts = certificate(&NAMES, 90);
    let current = Current {
        facts: &facts,
        origin: Origin::CurrentProvider,
        window: None,
        serving: Serving::Unproved,
        turn: Turn::Drawn,
    };
    assert_eq!(need(&NAMES, Some(current), ForeignCertificates::LeaveAlone, START), Need::Install);
}
