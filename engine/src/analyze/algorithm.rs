//! Keys and signatures, and which of them clients no longer accept.

use serde::{Deserialize, Serialize};
use x509_parser::oid_registry::Oid;
use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// What kind of public key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAlgorithm {
    /// RSA.
    Rsa,
    /// ECDSA on a curve of the stated bits.
    Ecdsa,
    /// Ed25519 or Ed448.
    Edwards,
    /// DSA, which no client accepts.
    Dsa,
    /// One that was unknown when this was written.
    Other,
}

/// A public key's kind and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyFacts {
    /// What kind it is.
    pub algorithm: KeyAlgorithm,
    /// The modulus' or the curve's bits; 0 where unknown.
    pub bits: u32,
}

/// What a signature is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureHash {
    /// MD2 or MD5: broken.
    Md5,
    /// SHA-1: broken.
    Sha1,
    /// SHA-2 or SHA-3 of at least 224 bits, or a scheme that brings its own.
    Strong,
    /// One that was unknown when this was written.
    Other,
}

/// The least bits of each kind of key; a kind that is missing is never weak.
const LEAST_BITS: [(KeyAlgorithm, u32); 3] =
    [(KeyAlgorithm::Rsa, 2048), (KeyAlgorithm::Ecdsa, 256), (KeyAlgorithm::Dsa, u32::MAX)];

/// Curves by OID. P-192 and P-224 are here to be recognised as weak.
const CURVES: [(&str, u32); 8] = [
    ("1.2.840.10045.3.1.1", 192),
    ("1.3.132.0.33", 224),
    ("1.2.840.10045.3.1.7", 256),
    ("1.3.132.0.10", 256),
    ("1.3.132.0.34", 384),
    ("1.3.132.0.35", 521),
    ("1.3.132.0.31", 192),
    ("1.3.132.0.32", 224),
];

/// Key kinds by the OID of the key's algorithm where the key itself does not say.
const EDWARDS: [(&str, u32); 2] = [("1.3.101.112", 256), ("1.3.101.113", 456)];

/// Signature algorithms and hash functions by OID.
const HASHES: [(&str, SignatureHash); 24] = [
    ("1.2.840.113549.2.5", SignatureHash::Md5),
    ("1.2.840.113549.1.1.2", SignatureHash::Md5),
    ("1.2.840.113549.1.1.4", SignatureHash::Md5),
    ("1.3.14.3.2.26", SignatureHash::Sha1),
    ("1.3.14.3.2.29", SignatureHash::Sha1),
    ("1.2.840.113549.1.1.5", SignatureHash::Sha1),
    ("1.2.840.10045.4.1", SignatureHash::Sha1),
    ("1.2.840.10040.4.3", SignatureHash::Sha1),
    ("2.16.840.1.101.3.4.2.1", SignatureHash::Strong),
    ("2.16.840.1.101.3.4.2.2", SignatureHash::Strong),
    ("2.16.840.1.101.3.4.2.3", SignatureHash::Strong),
    ("1.2.840.113549.1.1.11", SignatureHash::Strong),
    ("1.2.840.113549.1.1.12", SignatureHash::Strong),
    ("1.2.840.113549.1.1.13", SignatureHash::Strong),
    ("1.2.840.113549.1.1.14", SignatureHash::Strong),
    ("1.2.840.10045.4.3.1", SignatureHash::Strong),
    ("1.2.840.10045.4.3.2", SignatureHash::Strong),
    ("1.2.840.10045.4.3.3", SignatureHash::Strong),
    ("1.2.840.10045.4.3.4", SignatureHash::Strong),
    ("2.16.840.1.101.3.4.3.1", SignatureHash::Strong),
    ("2.16.840.1.101.3.4.3.2", SignatureHash::Strong),
    ("1.3.101.112", SignatureHash::Strong),
    ("1.3.101.113", SignatureHash::Strong),
    ("2.16.840.1.101.3.4.3.17", SignatureHash::Strong),
];

impl KeyFacts {
    /// Tell whether clients refuse keys of this kind and size: RSA below 2048 bits, curves below 256, any DSA.
    #[must_use]
    pub fn is_weak(self) -> bool {
        LEAST_BITS.iter().any(|(algorithm, bits)| *algorithm == self.algorithm && self.bits < *bits)
    }
}

impl SignatureHash {
    /// Tell whether clients refuse such signatures.
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1)
    }
}

/// Read the kind and size of a public key.
pub(super) fn key_facts(key: &SubjectPublicKeyInfo<'_>) -> KeyFacts {
    let named = |algorithm, bits| KeyFacts { algorithm, bits };
    match key.parsed() {
        // A modulus' size is that of its highest bit: a leading zero octet says nothing.
        Ok(PublicKey::RSA(rsa)) => named(KeyAlgorithm::Rsa, bit_length(rsa.modulus)),
        Ok(PublicKey::EC(_)) => named(KeyAlgorithm::Ecdsa, curve_bits(&key.algorithm)),
        Ok(PublicKey::DSA(_)) => named(KeyAlgorithm::Dsa, 0),
        _ => match look_up(&EDWARDS, &key.algorithm.algorithm) {
            Some(bits) => named(KeyAlgorithm::Edwards, bits),
            None => named(KeyAlgorithm::Other, 0),
        },
    }
}

/// Read what a signature is made with; for RSASSA-PSS (RFC 4055) that stands in the parameters.
pub(super) fn signature_hash(algorithm: &AlgorithmIdentifier<'_>) -> SignatureHash {
    let found = match SignatureAlgorithm::try_from(algorithm) {
        Ok(SignatureAlgorithm::RSASSA_PSS(params)) => look_up(&HASHES, params.hash_algorithm_oid()),
        _ => look_up(&HASHES, &algorithm.algorithm),
    };
    found.unwrap_or(SignatureHash::Other)
}

fn curve_bits(algorithm: &AlgorithmIdentifier<'_>) -> u32 {
    let curve = algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    // A curve that is spelled out instead of named is refused everywhere, which 0 bits say.
    curve.map_or(0, |oid| look_up(&CURVES, &oid).unwrap_or(256))
}

fn bit_length(big_endian: &[u8]) -> u32 {
    let digits = &big_endian[big_endian.iter().take_while(|octet| **octet == 0).count()..];
    let whole = u32::try_from(digits.len()).unwrap_or(u32::MAX / 8) * 8;
    digits.first().map_or(0, |octet| whole - octet.leading_zeros())
}

fn look_up<T: Copy>(table: &[(&str, T)], oid: &Oid<'_>) -> Option<T> {
    let text = oid.to_id_string();
    table.iter().find(|(known, _)| *known == text).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_rsa_keys_and_small_curves_and_any_dsa_are_weak() {
        let weak = |algorithm, bits| KeyFacts { algorithm, bits }.is_weak();
        assert!(weak(KeyAlgorithm::Rsa, 1024) && weak(KeyAlgorithm::Rsa, 2047) && !weak(KeyAlgorithm::Rsa, 2048));
        assert!(weak(KeyAlgorithm::Ecdsa, 192) && weak(KeyAlgorithm::Ecdsa, 224) && !weak(KeyAlgorithm::Ecdsa, 256));
        assert!(weak(KeyAlgorithm::Dsa, 4096) && !weak(KeyAlgorithm::Edwards, 256) && !weak(KeyAlgorithm::Other, 0));
    }

    #[test]
    fn a_modulus_is_measured_from_its_highest_bit() {
        assert_eq!(bit_length(&[0, 0x80, 0]), 16);
        assert_eq!(bit_length(&[0x7f, 0]), 15);
        assert_eq!(bit_length(&[]), 0);
    }

    #[test]
    fn signatures_with_md5_or_sha_1_are_weak() {
        let hash = |text: &str| {
            let parts: Vec<u64> = text.split('.').map(|part| part.parse().unwrap()).collect();
            look_up(&HASHES, &Oid::from(&parts).unwrap())
        };
        assert!(hash("1.2.840.113549.1.1.5").unwrap().is_weak());
        assert!(hash("1.2.840.10045.4.1").unwrap().is_weak());
        assert!(hash("1.2.840.113549.1.1.4").unwrap().is_weak());
        assert!(!hash("1.2.840.10045.4.3.2").unwrap().is_weak());
        assert_eq!(hash("1.2.3.4"), None);
    }
}
