//! Signed requests that `instant-acme` does not offer: POST-as-GET of any URL (RFC 8555, sections 6.2 and 6.3).

use super::AcmeError;
use super::http::AcmeHttp;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use instant_acme::BodyWrapper;

/// Signs requests of one account.
pub(super) struct Signer {
    key: EcdsaKeyPair,
    account_url: String,
    new_nonce_url: String,
}

impl Signer {
    /// Sign with an account's key, an ECDSA P-256 key in PKCS#8.
    pub(super) fn new(key_pkcs8: &[u8], account_url: &str, new_nonce_url: &str) -> Result<Self, AcmeError> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key_pkcs8)
            .map_err(|error| AcmeError::Local(format!("account key: {error}")))?;
        Ok(Self { key, account_url: account_url.to_owned(), new_nonce_url: new_nonce_url.to_owned() })
    }

    /// Fetch a resource of the account.
    pub(super) async fn post_as_get(&self, http: &AcmeHttp, url: &str) -> Result<Response<Bytes>, AcmeError> {
        const TRIES: u32 = 48;
        let mut tries = 0;
        loop {
            tries += 1;
            let nonce = http.nonce(&self.new_nonce_url).await?;
            let request = Request::post(url)
                .header(http::header::CONTENT_TYPE, "application/jose+json")
                .body(BodyWrapper::from(self.sign(url, &nonce)?))
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

    fn sign(&self, url: &str, nonce: &str) -> Result<Vec<u8>, AcmeError> {
        let header = serde_json::json!({ "alg": "ES256", "kid": self.account_url, "nonce": nonce, "url": url });
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        // The payload of a POST-as-GET is empty, and so is its encoding.
        let signature = self
            .key
            .sign(&SystemRandom::new(), format!("{protected}.").as_bytes())
            .map_err(|_| AcmeError::Local("account key: cannot sign".into()))?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref());
        let body = serde_json::json!({ "protected": protected, "payload": "", "signature": signature });
        Ok(body.to_string().into_bytes())
    }
}
