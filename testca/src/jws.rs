//! Signed requests: the flattened JSON form of JWS that ACME uses (RFC 7515; RFC 8555, section 6.2).
//! Which key a request must be signed with is decided in `protocol/authentication.rs`.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use crate::problem::{Problem, ProblemKind};

mod key;

pub(crate) use key::Key;

/// The signature algorithms that account keys may use.
pub(crate) const ALGORITHMS: [&str; 5] = ["ES256", "ES384", "ES512", "RS256", "EdDSA"];

/// A JWS whose signature is not checked yet.
pub(crate) struct Jws {
    pub(crate) header: Header,
    protected: String,
    payload: String,
    signature: Vec<u8>,
}

/// The protected header.
#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) nonce: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) kid: Option<String>,
    pub(crate) jwk: Option<Value>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Flattened {
    protected: String,
    payload: String,
    signature: String,
    header: Option<Value>,
    signatures: Option<Value>,
}

impl Jws {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let jws: Flattened = serde_json::from_slice(body)
            .map_err(|error| Problem::malformed(format!("the body is not a JWS in flattened JSON form: {error}")))?;
        if jws.header.is_some() || jws.signatures.is_some() {
            return Err(Problem::malformed("a JWS has one signature and no unprotected header"));
        }
        let header: Header = serde_json::from_slice(&decode(&jws.protected, "protected header")?)
            .map_err(|error| Problem::malformed(format!("the protected header is wrong: {error}")))?;
        if header.crit.is_some() {
            return Err(Problem::malformed("no critical extension is supported"));
        }
        let signature = decode(&jws.signature, "signature")?;
        Ok(Self { header, protected: jws.protected, payload: jws.payload, signature })
    }

    /// Refuse what no account key may be used with, `none` and HMAC above all.
    pub(crate) fn check_algorithm(&self) -> Result<(), Problem> {
        if ALGORITHMS.contains(&self.header.alg.as_str()) {
            return Ok(());
        }
        let detail = format!("the signature algorithm {} is not one of {}", self.header.alg, ALGORITHMS.join(", "));
        Err(Problem::new(ProblemKind::BadSignatureAlgorithm, detail))
    }

    /// Check the signature and return the payload.
    pub(crate) fn verify(&self, key: &Key) -> Result<Vec<u8>, Problem> {
        key.verify(&self.header.alg, &self.signing_input(), &self.signature)?;
        decode(&self.payload, "payload")
    }

    /// Check an HMAC, as external account bindings have, and return the payload.
    pub(crate) fn verify_hmac(&self, secret: &[u8]) -> Result<Vec<u8>, Problem> {
        use aws_lc_rs::hmac;
        let algorithm = match self.header.alg.as_str() {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            other => {
                let detail = format!("an external account binding is signed by HMAC, not {other}");
                return Err(Problem::new(ProblemKind::BadSignatureAlgorithm, detail));
            }
        };
        hmac::verify(&hmac::Key::new(algorithm, secret), &self.signing_input(), &self.signature)
            .map_err(|_| Problem::unauthorized("the external account binding has a wrong HMAC"))?;
        decode(&self.payload, "payload")
    }

    fn signing_input(&self) -> Vec<u8> {
        format!("{}.{}", self.protected, self.payload).into_bytes()
    }
}

pub(crate) fn decode(text: &str, what: &str) -> Result<Vec<u8>, Problem> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Problem::malformed(format!("the {what} is not base64url without padding")))
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
