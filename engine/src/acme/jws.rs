//! Signed requests that `instant-acme` does not offer or leaves too little say in (RFC 8555, section 6.2).

use super::http::AcmeHttp;
use super::{AcmeError, Directory};
use aws_lc_rs::digest;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use instant_acme::BodyWrapper;
use serde_json::{Value, json};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;

/// A refused nonce has changed nothing: so many times a request is sent.
const TRIES: u32 = 48;

/// Who signs a request.
#[derive(Clone, Copy)]
pub(super) enum Signatory<'a> {
    /// The account of this URL.
    Account(&'a str),
    /// A key that may have no account yet.
    Key,
}

/// A key that signs requests: an account's, which is ECDSA P-256, or a certificate's own.
pub(super) enum SigningKey {
    /// ECDSA P-256.
    P256(EcdsaKeyPair),
    /// ECDSA P-384.
    P384(EcdsaKeyPair),
    /// RSA.
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// Read a key in PKCS#8.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, AcmeError> {
        let p256 = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Self::P256);
        let p384 = || EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der).map(Self::P384);
        let rsa = || RsaKeyPair::from_pkcs8(der).map(Self::Rsa);
        let unreadable = |error| AcmeError::Local(format!("signing key: {error}"));
        p256.or_else(|_| p384()).or_else(|_| rsa()).map_err(unreadable)
    }

    /// Tell the public key as a JSON Web Key (RFC 7517; RFC 7518, section 6).
    pub(super) fn jwk(&self) -> Value {
        let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
        let elliptic = |curve: &str, key: &EcdsaKeyPair| {
            // An uncompressed point: 4, then x, then y.
            let point = &key.public_key().as_ref()[1..];
            let (x, y) = point.split_at(point.len() / 2);
            json!({ "crv": curve, "kty": "EC", "x": encode(x), "y": encode(y) })
        };
        match self {
            Self::P256(key) => elliptic("P-256", key),
            Self::P384(key) => elliptic("P-384", key),
            Self::Rsa(key) => {
                // Integers of DER have a zero in front where their highest bit is set; those of JWK have not.
                let number = |octets: &[u8]| {
                    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
                    encode(&octets[zeros..])
                };
                let public = RSAPublicKey::from_der(key.public_key().as_ref());
                let (e, n) = public.map(|(_, key)| (number(key.exponent), number(key.modulus))).unwrap_or_default();
                json!({ "e": e, "kty": "RSA", "n": n })
            }
        }
    }

    /// Tell the thumbprint of the public key (RFC 7638) in base64url.
    pub(super) fn thumbprint(&self) -> String {
        // The members of a P-256 key in the order of their names, which is what the digest is over.
        let jwk = self.jwk();
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
        BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
    }

    /// Sign a payload, `None` for the empty one of a POST-as-GET, with the members that belong into the header beside `alg`.
    pub(super) fn sign(&self, header: Value, payload: Option<&Value>) -> Result<Value, AcmeError> {
        flattened(self.algorithm(), header, payload, |input| self.signature(input))
    }

    /// Name the algorithm as JSON Web Signatures do (RFC 7518, section 3.1).
    const fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::P384(_) => "ES384",
            Self::Rsa(_) => "RS256",
        }
    }

    fn signature(&self, input: &[u8]) -> Result<Vec<u8>, AcmeError> {
        let random = SystemRandom::new();
        let signed = match self {
            Self::P256(key) | Self::P384(key) => key.sign(&random, input).map(|signature| signature.as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature).map(|()| signature)
            }
        };
        signed.map_err(|_| AcmeError::Local("signing key: cannot sign".into()))
    }

    /// Send a signed request and return the answer to it; a problem document is an error.
    pub(super) async fn post(
        &self,
        http: &AcmeHttp,
        directory: &Directory,
        signatory: Signatory<'_>,
        url: &str,
        payload: Option<&Value>,
    ) -> Result<Response<Bytes>, AcmeError> {
        http.check_url(url)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let nonce = http.nonce(&directory.new_nonce).await?;
            let header = match signatory {
                Signatory::Account(account) => json!({ "kid": account, "nonce": nonce, "url": url }),
                Signatory::Key => json!({ "jwk": self.jwk(), "nonce": nonce, "url": url }),
            };
            let request = Request::post(url)
                .header(http::header::CONTENT_TYPE, "application/jose+json")
                .body(BodyWrapper::from(self.sign(header, payload)?.to_string().into_bytes()))
                .map_err(|error| AcmeError::Protocol(error.to_string()))?;
            let response = http.send(request).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let problem: instant_acme::Problem = serde_json::from_slice(response.body())
                .map_err(|error| AcmeError::Protocol(format!("{url}: {error}")))?;
            let nonce_refused = response.status() == StatusCode::BAD_REQUEST && super::error::is_bad_nonce(&problem);
            if !nonce_refused || tries == TRIES {
                return Err(instant_acme::Error::Api(problem).into());
            }
        }
    }
}

/// Sign with a MAC key, as an external account binding is (RFC 8555, section 7.3.4).
pub(super) fn sign_with_mac(key: &[u8], header: Value, payload: &Value) -> Result<Value, AcmeError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    flattened("HS256", header, Some(payload), |input| Ok(hmac::sign(&key, input).as_ref().to_vec()))
}

/// Write a JSON Web Signature in its flattened form (RFC 7515, section 7.2.2).
fn flattened(
    algorithm: &str,
    mut header: Value,
    payload: Option<&Value>,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, AcmeError>,
) -> Result<Value, AcmeError> {
    header["alg"] = algorithm.into();
    let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    let payload = payload.map(|payload| BASE64_URL_SAFE_NO_PAD.encode(payload.to_string())).unwrap_or_default();
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(format!("{protected}.{payload}").as_bytes())?);
    Ok(json!({ "protected": protected, "payload": payload, "signature": signature }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::{KeyType, generate_key, pkcs8_of};

    #[test]
    fn keys_of_every_kind_tell_their_public_part_and_sign() {
        for (kind, algorithm, curve, signature) in [
            (KeyType::EcdsaP256, "ES256", "P-256", 64),
            (KeyType::EcdsaP384, "ES384", "P-384", 96),
            (KeyType::Rsa2048, "RS256", "", 256),
        ] {
            let key = SigningKey::from_pkcs8(&pkcs8_of(&generate_key(kind).unwrap()).unwrap()).unwrap();
            let jwk = key.jwk();
            match curve {
                "" => assert_eq!((jwk["kty"].as_str(), jwk["e"].as_str()), (Some("RSA"), Some("AQAB"))),
                _ => assert_eq!((jwk["kty"].as_str(), jwk["crv"].as_str()), (Some("EC"), Some(curve))),
            }
            let decode = |text: &Value| BASE64_URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
            let longest = if curve.is_empty() { decode(&jwk["n"]) } else { decode(&jwk["x"]) };
            assert_eq!(longest.len(), if curve.is_empty() { 256 } else { signature / 2 }, "{kind:?}");
            let signed = key.sign(json!({}), Some(&json!({ "reason": 1 }))).unwrap();
            let header: Value = serde_json::from_slice(&decode(&signed["protected"])).unwrap();
            assert_eq!((header["alg"].as_str(), decode(&signed["signature"]).len()), (Some(algorithm), signature));
        }
        assert!(SigningKey::from_pkcs8(b"no key").is_err());
    }
}
