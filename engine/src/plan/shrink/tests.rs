//! What becomes of certificates some of whose names fail.

use super::*;
use crate::plan::samples::{DAY, START, certificate};
use proptest::prelude::*;

fn failing(name: &str) -> FailingName<'_> {
    FailingName { name, persistence: Persistence::Recent }
}

fn gone(name: &str) -> FailingName<'_> {
    FailingName { name, persistence: Persistence::MovedAway }
}

fn order(names: &[&str], lost: &[&str]) -> Shrink {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Shrink::Order { names: owned(names), lost: owned(lost) }
}

const NAMES: [&str; 2] = ["a.test", "b.test"];

#[test]
fn a_failing_name_is_left_out_of_a_new_certificate() {
    let result = shrink(&NAMES, &[failing("b.test")], None, Dueness::Due, START);
    assert_eq!(result, order(&["a.test"], &[]));
    assert_eq!(result.code(), None);
}

#[test]
fn when_every_name_fails_that_is_a_total_dcv_failure() {
    let all = [failing("a.test"), failing("b.test")];
    for live in [None, Some(&certificate(&NAMES, 90))] {
        let result = shrink(&NAMES, &all, live, Dueness::Due, START.plus(89 * DAY));
        assert_eq!(result.code(), Some("total_dcv_failure"));
    }
}

#[test]
fn a_live_certificate_keeps_a_failing_name_until_three_days_before_its_end() {
    let live = certificate(&NAMES, 90);
    let on = |at| shrink(&NAMES, &[failing("b.test")], Some(&live), Dueness::Due, at);
    let until = START.plus(87 * DAY);
    assert_eq!(on(START.plus(60 * DAY)), Shrink::Deferred { until, names: vec!["b.test".into()] });
    assert_eq!(on(until.plus(-1)).code(), Some("renewal_deferred"));
    assert_eq!(on(until), order(&["a.test"], &["b.test"]));
    assert_eq!(on(until).code(), Some("reduced_coverage"));
}

#[test]
fn a_short_lived_certificate_is_reduced_a_quarter_of_its_lifetime_before_its_end() {
    let before_end = |days| (START.plus(days * DAY)).since(reduce_from(certificate(&NAMES, days).validity));
    assert_eq!(before_end(6), 6 * DAY / 4);
    assert_eq!(before_end(12), 3 * DAY);
    assert_eq!(before_end(398), 3 * DAY);
}

#[test]
fn a_name_that_fails_and_was_never_secured_does_not_hold_up_a_renewal() {
    let live = certificate(&["a.test"], 90);
    let result = shrink(&NAMES, &[failing("b.test")], Some(&live), Dueness::Due, START.plus(60 * DAY));
    assert_eq!(result, order(&["a.test"], &[]));
}

#[test]
fn nothing_is_ordered_when_only_secured_names_would_be_in_it() {
    let live = certificate(&["a.test"], 90);
    let result = shrink(&NAMES, &[failing("b.test")], Some(&live), Dueness::NotDue, START);
    assert_eq!(result.code(), Some("no_unsecured_domain_passed_dcv"));
}

#[test]
fn adding_a_name_waits_too_while_a_secured_name_fails() {
    let live = certificate(&["a.test"], 90);
    let result = shrink(&NAMES, &[failing("a.test")], Some(&live), Dueness::NotDue, START);
    assert_eq!(result.code(), Some("renewal_deferred"));
}

#[test]
fn a_name_that_moved_away_holds_nothing_up_but_is_told() {
    let live = certificate(&NAMES, 90);
    let result = shrink(&NAMES, &[gone("b.test")], Some(&live), Dueness::Due, START.plus(60 * DAY));
    assert_eq!(result, order(&["a.test"], &["b.test"]));
    assert_eq!(result.code(), Some("reduced_coverage"));
}

#[test]
fn an_expired_certificate_has_nothing_to_lose() {
    let live = certificate(&NAMES, 90);
    let result = shrink(&NAMES, &[failing("b.test")], Some(&live), Dueness::Due, START.plus(90 * DAY));
    assert_eq!(result, order(&["a.test"], &[]));
}

proptest! {
    #[test]
    fn coverage_never_shrinks_silently(
        covered in proptest::collection::btree_set("[a-f]\\.test", 1..6), wanted in proptest::collection::btree_set("[a-f]\\.test", 1..6),
        broken in proptest::collection::btree_map("[a-f]\\.test", any::<bool>(), 0..6), lifetime in 6_i64..398, share in 0_i64..100, due: bool,
    ) {
        let live = certificate(&covered.iter().map(String::as_str).collect::<Vec<_>>(), lifetime);
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let broken: Vec<FailingName<'_>> = broken.iter().map(|(name, left)| if *left { gone(name) } else { failing(name) }).collect();
        let now = START.plus(lifetime * DAY * share / 100);
        let dueness = if due { Dueness::Due } else { Dueness::NotDue };
        let result = shrink(&wanted, &broken, Some(&live), dueness, now);
        if let Shrink::Order { names, lost } = &result {
            prop_assert!(!names.is_empty());
            for name in wanted.iter().filter(|name| covered.contains(**name) && !names.iter().any(|kept| kept == *name)) {
                prop_assert!(lost.iter().any(|other| other == name));
                let moved = broken.iter().any(|other| other.name == *name && other.persistence == Persistence::MovedAway);
                prop_assert!(moved || now >= reduce_from(live.validity));
            }
        }
        if let Shrink::Deferred { until, names } = &result {
            prop_assert!(*until > now && *until < live.validity.not_after && !names.is_empty());
        }
    }
}
