//! Certificates of every kind, read.

use super::*;
use crate::analyze::{Defect, KeyAlgorithm, KeyFacts, SignatureHash, Validation, defects};
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

/// 2026-11-25: after the fixtures were made.
const NOW: Timestamp = Timestamp(1_795_600_000);

struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

fn ca_params(name: &str, not_after_year: i32) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(not_after_year, 1, 1);
    params
}

fn root() -> Ca {
    let key = KeyPair::generate().unwrap();
    let params = ca_params("Root", 2050);
    let certificate = params.self_signed(&key).unwrap();
    Ca { pem: certificate.pem(), der: certificate.der().clone(), issuer: Issuer::new(params, key) }
}

fn intermediate(root: &Ca, not_after_year: i32) -> Ca {
    let key = KeyPair::generate().unwrap();
    let params = ca_params("Intermediate", not_after_year);
    let certificate = params.signed_by(&key, &root.issuer).unwrap();
    Ca { pem: certificate.pem(), der: certificate.der().clone(), issuer: Issuer::new(params, key) }
}

fn leaf_params(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, names[0]);
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2026, 10, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn issue(params: &CertificateParams, by: &Ca) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, &by.issuer).unwrap().pem(), key.serialize_pem())
}

fn roots(root: &Ca) -> Roots {
    Roots::from_certificates([&root.der])
}

#[test]
fn a_sound_certificate_has_all_its_facts_and_no_defect() {
    let root = root();
    let middle = intermediate(&root, 2040);
    let (pem, key) = issue(&leaf_params(&["Alice.test", "*.alice.test"]), &middle);
    let facts = facts_of(&format!("{pem}{}", middle.pem), Some(&key), &roots(&root)).unwrap();
    assert_eq!(facts.names, ["alice.test", "*.alice.test"]);
    assert_eq!(facts.issuer, "Intermediate");
    assert_eq!(facts.trust, Trust::TrustedUntil(facts.validity.not_after));
    assert_eq!(facts.key, KeyFacts { algorithm: KeyAlgorithm::Ecdsa, bits: 256 });
    assert_eq!(facts.signature, SignatureHash::Strong);
    assert_eq!(facts.key_match, KeyMatch::Matches);
    assert_eq!(facts.validation, Validation::Unstated);
    assert_eq!(facts.validity.not_before.rfc3339(), "2026-10-01T00:00:00Z");
    assert!(defects(&facts, NOW).is_empty());
    let stored = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<CertificateFacts>(&stored).unwrap(), facts);
}

#[test]
fn the_ari_id_is_the_key_identifier_and_the_serial_in_base64url() {
    let root = root();
    let mut params = leaf_params(&["a.test"]);
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x87, 0x65, 0x43, 0x21]));
    let facts = facts_of(&issue(&params, &root).0, None, &roots(&root)).unwrap();
    let (identifier, serial) = facts.ari_id.as_deref().and_then(|id| id.split_once('.')).unwrap();
    // RFC 9773, section 4.1: the leading zero octet that keeps the serial positive is part of it.
    assert_eq!(serial, "AIdlQyE");
    assert_eq!(facts.serial, "0087654321");
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(identifier).unwrap().len(), 20);
}

#[test]
fn the_policy_oid_of_an_ev_certificate_is_read() {
    let root = root();
    let mut params = leaf_params(&["a.test"]);
    // certificatePolicies with the one policy 2.23.140.1.1.
    let policies = vec![0x30, 0x09, 0x30, 0x07, 0x06, 0x05, 0x67, 0x81, 0x0c, 0x01, 0x01];
    params.custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 32], policies));
    assert_eq!(facts_of(&issue(&params, &root).0, None, &roots(&root)).unwrap().validation, Validation::Extended);
}

#[test]
fn a_chain_without_its_intermediate_is_untrusted() {
    let root = root();
    let middle = intermediate(&root, 2040);
    let facts = facts_of(&issue(&leaf_params(&["a.test"]), &middle).0, None, &roots(&root)).unwrap();
    assert_eq!(facts.trust, Trust::Untrusted);
    assert_eq!(defects(&facts, NOW), [Defect::UntrustedChain]);
}

#[test]
fn a_chain_holds_until_its_first_part_ends() {
    let root = root();
    let middle = intermediate(&root, 2026);
    let mut params = leaf_params(&["a.test"]);
    params.not_before = date_time_ymd(2025, 6, 1);
    let facts = facts_of(&format!("{}{}", issue(&params, &middle).0, middle.pem), None, &roots(&root)).unwrap();
    let Trust::TrustedUntil(end) = facts.trust else { panic!("{:?}", facts.trust) };
    assert_eq!(end.rfc3339(), "2026-01-01T00:00:00Z");
    assert!(defects(&facts, end.plus(-1)).is_empty());
    assert_eq!(defects(&facts, end), [Defect::UntrustedChain]);
    assert_eq!(defects(&facts, facts.validity.not_after), [Defect::Expired]);
}

#[test]
fn a_certificate_that_its_own_key_issued_is_self_signed_even_if_it_is_a_root() {
    let root = root();
    let facts = facts_of(&root.pem, None, &roots(&root)).unwrap();
    assert_eq!(facts.trust, Trust::SelfSigned);
}

#[test]
fn the_key_of_another_certificate_and_a_broken_key_differ() {
    let root = root();
    let (pem, _) = issue(&leaf_params(&["a.test"]), &root);
    let other = KeyPair::generate().unwrap().serialize_pem();
    for key in [other.as_str(), "not a key"] {
        let facts = facts_of(&pem, Some(key), &roots(&root)).unwrap();
        assert_eq!(facts.key_match, KeyMatch::Differs);
        assert_eq!(defects(&facts, NOW), [Defect::KeyMismatch]);
    }
}

#[test]
fn weak_keys_and_signatures_of_real_certificates_are_found() {
    let read = |pem| facts_of(pem, None, &Roots::default()).unwrap();
    let old = read(include_str!("fixtures/rsa1024_sha1.pem"));
    assert_eq!(old.key, KeyFacts { algorithm: KeyAlgorithm::Rsa, bits: 1024 });
    assert_eq!(defects(&old, NOW), [Defect::SelfSigned, Defect::WeakKey, Defect::WeakSignature]);
    let small = read(include_str!("fixtures/p192.pem"));
    assert_eq!(small.key, KeyFacts { algorithm: KeyAlgorithm::Ecdsa, bits: 192 });
    assert_eq!(defects(&small, NOW), [Defect::SelfSigned, Defect::WeakKey]);
    let pss = read(include_str!("fixtures/pss.pem"));
    assert_eq!((pss.key.bits, pss.signature), (2048, SignatureHash::Strong));
    assert_eq!(pss.names, ["pss.test"]);
}

#[test]
fn what_is_no_chain_is_refused_with_the_reason() {
    let reason = |pem: &str| facts_of(pem, None, &Roots::default()).unwrap_err().to_string();
    assert_eq!(reason(""), "the chain is empty");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(reason(broken).starts_with("certificate 1 of the chain is not X.509: "), "{}", reason(broken));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        use base64::prelude::BASE64_STANDARD;
        let text = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(&body));
        assert!(facts_of(&text, None, &Roots::default()).is_err());
    }
}
