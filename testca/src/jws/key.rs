//! Public keys as JWK (RFC 7517) or as in certificates, their thumbprints (RFC 7638), and signatures made with them.

use aws_lc_rs::{
    digest,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
        RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use serde_json::Value;
use x509_parser::{public_key::PublicKey, x509::SubjectPublicKeyInfo};

use super::{decode, encode};
use crate::problem::{Problem, ProblemKind};

/// Curve, algorithm, bytes of a coordinate, object identifier.
const CURVES: [(&str, &str, usize, &str); 3] = [
    ("P-256", "ES256", 32, "1.2.840.10045.3.1.7"),
    ("P-384", "ES384", 48, "1.3.132.0.34"),
    ("P-521", "ES512", 66, "1.3.132.0.35"),
];

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// ECDSA; the point is uncompressed.
    Ec { curve: &'static str, point: Vec<u8> },
    /// RSA, modulus and exponent without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// Ed25519.
    Ed25519(Vec<u8>),
}

impl Key {
    pub(crate) fn from_jwk(jwk: &Value) -> Result<Self, Problem> {
        let text =
            |name: &str| jwk.get(name).and_then(Value::as_str).ok_or_else(|| bad(format!("the JWK has no {name}")));
        let part = |name: &str| decode(text(name)?, name);
        let key = match text("kty")? {
            "EC" => {
                let wanted = text("crv")?;
                let curve = CURVES.iter().find(|curve| curve.0 == wanted);
                let &(curve, _, length, _) =
                    curve.ok_or_else(|| bad(format!("the curve {wanted} is not supported")))?;
                let (x, y) = (part("x")?, part("y")?);
                if x.len() != length || y.len() != length {
                    return Err(bad(format!("a coordinate on {curve} has {length} bytes")));
                }
                Self::Ec { curve, point: [&[4][..], &x, &y].concat() }
            }
            "RSA" => Self::Rsa { n: trimmed(&part("n")?), e: trimmed(&part("e")?) },
            "OKP" if text("crv")? == "Ed25519" => Self::Ed25519(part("x")?),
            other => return Err(bad(format!("keys of type {other} are not supported"))),
        };
        key.check_strength()?;
        Ok(key)
    }

    /// Read the key of a certificate or of a signing request. Public CAs take neither P-521 nor Ed25519 there.
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, Problem> {
        let key = match spki.parsed() {
            Ok(PublicKey::EC(point)) => {
                let oid = spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
                let oid = oid.map(|oid| oid.to_id_string()).unwrap_or_default();
                let curve = CURVES[..2].iter().find(|curve| curve.3 == oid);
                let &(curve, ..) = curve.ok_or_else(|| bad(format!("the curve {oid} is not supported")))?;
                Self::Ec { curve, point: point.data().to_vec() }
            }
            Ok(PublicKey::RSA(rsa)) => Self::Rsa { n: trimmed(rsa.modulus), e: trimmed(rsa.exponent) },
            _ => return Err(bad("only ECDSA and RSA keys are certified")),
        };
        key.check_strength()?;
        Ok(key)
    }

    /// Check `signature`, where `algorithm` must be the one that goes with the key.
    pub(crate) fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<(), Problem> {
        if algorithm != self.algorithm() {
            let detail = format!("the key needs {}, not {algorithm}", self.algorithm());
            return Err(Problem::new(ProblemKind::BadSignatureAlgorithm, detail));
        }
        let verified = match self {
            Self::Ec { curve, point } => {
                let algorithm: &'static dyn VerificationAlgorithm = match *curve {
                    "P-256" => &ECDSA_P256_SHA256_FIXED,
                    "P-384" => &ECDSA_P384_SHA384_FIXED,
                    _ => &ECDSA_P521_SHA512_FIXED,
                };
                UnparsedPublicKey::new(algorithm, point).verify(message, signature)
            }
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::Ed25519(x) => UnparsedPublicKey::new(&ED25519, x).verify(message, signature),
        };
        verified.map_err(|_| Problem::malformed("the signature does not verify").with_status(400))
    }

    /// The thumbprint of RFC 7638: SHA-256, base64url.
    pub(crate) fn thumbprint(&self) -> String {
        let jwk = match self {
            Self::Ec { curve, point } => {
                let (x, y) = point[1..].split_at((point.len() - 1) / 2);
                format!(r#"{{"crv":"{curve}","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y))
            }
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
            Self::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(x)),
        };
        encode(digest::digest(&digest::SHA256, jwk.as_bytes()))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Ec { curve, .. } => CURVES.iter().find(|row| row.0 == *curve).map_or("ES256", |row| row.1),
            Self::Rsa { .. } => "RS256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    fn check_strength(&self) -> Result<(), Problem> {
        match self {
            Self::Rsa { n, .. } if !(256..=512).contains(&n.len()) => {
                Err(bad(format!("an RSA key has 2048 to 4096 bits, not {}", n.len() * 8)))
            }
            // A compressed point would make thumbprints ambiguous; nobody sends one.
            Self::Ec { point, .. } if point.first() != Some(&4) || point.len() % 2 == 0 => {
                Err(bad("a point on a curve is uncompressed"))
            }
            Self::Ed25519(x) if x.len() != 32 => Err(bad("an Ed25519 key has 32 bytes")),
            _ => Ok(()),
        }
    }
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::BadPublicKey, detail)
}

fn trimmed(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE\
                 CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q\
                 vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6\
                 WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = Key::from_jwk(&json!({"kty": "RSA", "n": n, "e": "AQAB"})).unwrap();
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn weak_and_strange_keys_are_refused() {
        for jwk in [
            json!({"kty": "RSA", "n": encode([0xff; 128]), "e": "AQAB"}),
            json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
            json!({"kty": "oct", "k": "AA"}),
        ] {
            assert_eq!(Key::from_jwk(&jwk).unwrap_err().kind, ProblemKind::BadPublicKey, "{jwk}");
        }
    }
}
