//! What makes clients refuse a certificate.

use super::{CertificateFacts, KeyMatch, Trust};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// A CA's clock may be ahead of ours by this much.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// What makes clients refuse a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Defect {
    /// It has ended.
    Expired,
    /// It has not begun.
    NotYetValid,
    /// Its own key issued it.
    SelfSigned,
    /// There is no chain to a root that clients trust, or not any more.
    UntrustedChain,
    /// It covers none of the website's names.
    NameMismatch,
    /// Its key is too short.
    WeakKey,
    /// Its signature is made with a broken hash.
    WeakSignature,
    /// The private key beside it is another one's.
    KeyMismatch,
    /// The CA revoked it.
    Revoked,
}

/// Each defect's code and words, in the order of the enum.
const WORDS: [(Defect, &str, &str); 9] = [
    (Defect::Expired, "expired", "the certificate has expired"),
    (Defect::NotYetValid, "not_yet_valid", "the certificate is not valid yet"),
    (Defect::SelfSigned, "self_signed", "the certificate is self-signed"),
    (Defect::UntrustedChain, "untrusted_chain", "no chain leads from the certificate to a root that clients trust"),
    (Defect::NameMismatch, "name_mismatch", "the certificate covers none of the website's names"),
    (Defect::WeakKey, "weak_key", "the certificate's key is too short"),
    (Defect::WeakSignature, "weak_signature", "the certificate is signed with a broken hash (MD5 or SHA-1)"),
    (Defect::KeyMismatch, "key_mismatch", "the private key does not belong to the certificate"),
    (Defect::Revoked, "revoked", "the CA has revoked the certificate"),
];

impl Defect {
    /// Name the defect as logs, the store and the API spell it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        WORDS[self as usize].1
    }

    /// Say the defect to people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        WORDS[self as usize].2
    }
}

/// List the defects of a certificate, whatever names it is for. Empty for nearly all, and then nothing is allocated.
#[must_use]
pub fn defects(facts: &CertificateFacts, now: Timestamp) -> Vec<Defect> {
    let validity = facts.validity;
    let broken_chain = match facts.trust {
        Trust::SelfSigned => false,
        Trust::Untrusted => true,
        // Once the certificate has ended, that is what there is to say.
        Trust::TrustedUntil(end) => now >= end && now < validity.not_after,
    };
    let found = [
        (Defect::Expired, now >= validity.not_after),
        (Defect::NotYetValid, validity.not_before.since(now) > CLOCK_SKEW_SECONDS),
        (Defect::SelfSigned, facts.trust == Trust::SelfSigned),
        (Defect::UntrustedChain, broken_chain),
        (Defect::WeakKey, facts.key.is_weak()),
        (Defect::WeakSignature, facts.signature.is_weak()),
        (Defect::KeyMismatch, facts.key_match == KeyMatch::Differs),
        (Defect::Revoked, facts.revoked_at.is_some_and(|at| at <= now)),
    ];
    found.into_iter().filter_map(|(defect, is_there)| is_there.then_some(defect)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_defect_has_its_own_code() {
        for (index, (defect, code, _)) in WORDS.iter().enumerate() {
            assert_eq!(*defect as usize, index);
            assert_eq!(serde_json::to_string(defect).unwrap(), format!("\"{code}\""));
        }
    }
}
