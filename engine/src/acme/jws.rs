//! Signed requests that `instant-acme` does not offer or leaves too little say in (RFC 8555, section 6.2).

use super::http::AcmeHttp;
use super::{AcmeError, Directory};
use aws_lc_rs::digest;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use instant_acme::BodyWrapper;
use serde_json::{Value, json};

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

/// An account's key: ECDSA P-256.
pub(super) struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    /// Read a key in PKCS#8.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, AcmeError> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        key.map(Self).map_err(|error| AcmeError::Local(format!("account key: {error}")))
    }

    /// Tell the public key as a JSON Web Key (RFC 7517).
    pub(super) fn jwk(&self) -> Value {
        // An uncompressed point: 4, then x, then y.
        let point = self.0.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
        json!({ "crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y) })
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
        let unable = |_| AcmeError::Local("account key: cannot sign".into());
        flattened("ES256", header, payload, |input| {
            Ok(self.0.sign(&SystemRandom::new(), input).map_err(unable)?.as_ref().to_vec())
        })
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
