//! Coverage by certificates and moments.

use super::*;
use crate::analyze::{KeyAlgorithm, KeyFacts, KeyMatch, SignatureHash, Trust, Validation, Validity};
use proptest::prelude::*;

const DAY: i64 = 86_400;
const START: Timestamp = Timestamp(1_800_000_000);

fn facts(names: &[&str]) -> CertificateFacts {
    let not_after = START.plus(90 * DAY);
    CertificateFacts {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        validity: Validity { not_before: START, not_after },
        issuer: "CA".into(),
        serial: "01".into(),
        ari_id: None,
        validation: Validation::Domain,
        trust: Trust::TrustedUntil(not_after),
        key: KeyFacts { algorithm: KeyAlgorithm::Ecdsa, bits: 256 },
        signature: SignatureHash::Strong,
        key_match: KeyMatch::Matches,
        revoked_at: None,
    }
}

const NAMES: [&str; 2] = ["a.test", "www.a.test"];

fn on_day(facts: &CertificateFacts, day: i64) -> (Coverage, Vec<Defect>) {
    let analysis = analyze(Some(facts), &NAMES, START.plus(day * DAY));
    (analysis.coverage, analysis.defects)
}

#[test]
fn a_website_is_secured_by_a_sound_certificate_for_all_its_names() {
    assert_eq!(on_day(&facts(&["a.test", "*.a.test"]), 1), (Coverage::Secured, vec![]));
}

#[test]
fn a_website_without_a_certificate_is_unsecured_and_misses_every_name() {
    let analysis = analyze(None, &NAMES, START);
    assert_eq!((analysis.coverage, analysis.missing.as_slice()), (Coverage::Unsecured, &NAMES[..]));
}

#[test]
fn a_website_with_a_missing_name_is_incomplete() {
    let certificate = facts(&["a.test"]);
    let analysis = analyze(Some(&certificate), &NAMES, START);
    assert_eq!((analysis.coverage, analysis.missing.as_slice()), (Coverage::Incomplete, &["www.a.test"][..]));
}

#[test]
fn a_certificate_for_none_of_the_names_is_a_mismatch() {
    assert_eq!(on_day(&facts(&["b.test"]), 1), (Coverage::Defective, vec![Defect::NameMismatch]));
}

#[test]
fn a_certificate_is_expired_from_its_last_moment_on() {
    assert_eq!(on_day(&facts(&NAMES), 90), (Coverage::Defective, vec![Defect::Expired]));
    let last = analyze(Some(&facts(&NAMES)), &NAMES, START.plus(90 * DAY - 1)).coverage;
    assert_eq!(last, Coverage::Secured);
}

#[test]
fn a_certificate_from_the_future_is_not_valid_yet_but_a_fast_clock_of_the_ca_is_forgiven() {
    let certificate = facts(&NAMES);
    let defects = |seconds| analyze(Some(&certificate), &NAMES, START.plus(seconds)).defects;
    assert_eq!(defects(-301), [Defect::NotYetValid]);
    assert!(defects(-300).is_empty());
}

#[test]
fn a_revocation_counts_from_its_moment() {
    let mut certificate = facts(&NAMES);
    certificate.revoked_at = Some(START.plus(2 * DAY));
    assert_eq!(on_day(&certificate, 1), (Coverage::Secured, vec![]));
    assert_eq!(on_day(&certificate, 2), (Coverage::Defective, vec![Defect::Revoked]));
}

#[test]
fn every_defect_is_listed_not_only_the_first() {
    let mut certificate = facts(&["b.test"]);
    certificate.key.bits = 192;
    certificate.signature = SignatureHash::Sha1;
    certificate.key_match = KeyMatch::Differs;
    certificate.trust = Trust::Untrusted;
    let all = [
        Defect::Expired,
        Defect::UntrustedChain,
        Defect::NameMismatch,
        Defect::WeakKey,
        Defect::WeakSignature,
        Defect::KeyMismatch,
    ];
    assert_eq!(on_day(&certificate, 91).1, all);
}

proptest! {
    #[test]
    fn coverage_agrees_with_the_defects_and_the_missing_names(
        covered in proptest::collection::vec("[a-c]\\.test|\\*\\.[ab]\\.test|[xy]\\.[ab]\\.test", 0..5),
        wanted in proptest::collection::vec("[a-c]\\.test|[xy]\\.[ab]\\.test", 0..5),
        day in -2_i64..100,
    ) {
        let certificate = facts(&covered.iter().map(String::as_str).collect::<Vec<_>>());
        let names: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let analysis = analyze(Some(&certificate), &names, START.plus(day * DAY));
        prop_assert_eq!(analysis.coverage == Coverage::Defective, !analysis.defects.is_empty());
        prop_assert_eq!(analysis.coverage == Coverage::Secured, analysis.defects.is_empty() && analysis.missing.is_empty());
        prop_assert!(analysis.missing.iter().all(|name| !is_covered(name, &covered)));
    }
}
