//! Requests signed by hand, so that they can be wrong.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use testca::TestCa;

use crate::client;

/// An answer, whatever it is.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{} {:?}", self.status, self.body))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The problem's kind, as in `badNonce`; empty if there is none.
    pub(crate) fn problem(&self) -> String {
        let kind = self.json().ok().and_then(|document| Some(document.get("type")?.as_str()?.to_owned()));
        kind.unwrap_or_default().trim_start_matches("urn:ietf:params:acme:error:").to_owned()
    }

    pub(crate) fn detail(&self) -> String {
        let detail = self.json().ok().and_then(|document| Some(document.get("detail")?.as_str()?.to_owned()));
        detail.unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn links(&self, relation: &str) -> Vec<String> {
        let ending = format!(">;rel=\"{relation}\"");
        let links = self.headers.get_all("link").into_iter().filter_map(|value| value.to_str().ok());
        links.filter_map(|link| Some(link.strip_prefix('<')?.strip_suffix(&ending)?.to_owned())).collect()
    }
}

/// A client that does as it is told.
pub(crate) struct Raw {
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    pub(crate) directory: Value,
    pub(crate) key: EcdsaKeyPair,
    pub(crate) kid: Option<String>,
    nonces: Mutex<Vec<String>>,
}

impl Raw {
    /// A client with a new key and no account.
    pub(crate) async fn new(ca: &TestCa) -> Result<Self> {
        let http = Client::builder(TokioExecutor::new()).build(client::connector(ca)?);
        let mut raw = Self { http, directory: Value::Null, key: new_key()?, kid: None, nonces: Mutex::default() };
        raw.directory = raw.get(&ca.directory_url()).await?.json()?;
        Ok(raw)
    }

    /// A client with an account.
    pub(crate) async fn registered(ca: &TestCa) -> Result<Self> {
        let mut raw = Self::new(ca).await?;
        let answer = raw.register(&json!({"termsOfServiceAgreed": true})).await?;
        ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
        raw.kid = Some(answer.header("location").to_owned());
        Ok(raw)
    }

    pub(crate) fn url(&self, resource: &str) -> &str {
        self.directory[resource].as_str().unwrap_or_default()
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Answer> {
        self.request(Method::GET, url, None).await
    }

    pub(crate) async fn request(&self, method: Method, url: &str, body: Option<&Value>) -> Result<Answer> {
        self.request_as(method, url, "application/jose+json", body.map(Value::to_string).unwrap_or_default()).await
    }

    pub(crate) async fn request_as(&self, method: Method, url: &str, kind: &str, body: String) -> Result<Answer> {
        let request = Request::builder().method(method).uri(url).header("content-type", kind);
        let (head, body) = self.http.request(request.body(Full::new(Bytes::from(body)))?).await?.into_parts();
        let answer =
            Answer { status: head.status.as_u16(), headers: head.headers, body: body.collect().await?.to_bytes() };
        if !answer.header("replay-nonce").is_empty() {
            self.nonces.lock().unwrap_or_else(PoisonError::into_inner).push(answer.header("replay-nonce").to_owned());
        }
        Ok(answer)
    }

    /// A nonce from an earlier answer, or a fresh one.
    pub(crate) async fn nonce(&self) -> Result<String> {
        loop {
            let kept = self.nonces.lock().unwrap_or_else(PoisonError::into_inner).pop();
            if let Some(nonce) = kept {
                return Ok(nonce);
            }
            self.request(Method::HEAD, self.url("newNonce"), None).await?;
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        jwk(&self.key)
    }

    /// The usual header of a request by the account.
    pub(crate) async fn header(&self, url: &str) -> Result<Value> {
        Ok(json!({"alg": "ES256", "kid": self.kid, "nonce": self.nonce().await?, "url": url}))
    }

    pub(crate) fn sign(&self, header: &Value, payload: Option<&Value>) -> Result<Value> {
        sign(&self.key, header, payload)
    }

    /// POST as the account, or as GET without a payload.
    pub(crate) async fn post(&self, url: &str, payload: Option<Value>) -> Result<Answer> {
        let body = self.sign(&self.header(url).await?, payload.as_ref())?;
        self.request(Method::POST, url, Some(&body)).await
    }

    /// POST with the key instead of an account.
    pub(crate) async fn post_by_key(&self, url: &str, payload: &Value) -> Result<Answer> {
        let header = json!({"alg": "ES256", "jwk": self.jwk(), "nonce": self.nonce().await?, "url": url});
        self.request(Method::POST, url, Some(&self.sign(&header, Some(payload))?)).await
    }

    pub(crate) async fn register(&self, payload: &Value) -> Result<Answer> {
        self.post_by_key(self.url("newAccount"), payload).await
    }

    pub(crate) async fn new_order(&self, names: &[&str]) -> Result<Answer> {
        self.new_order_with(names, json!({})).await
    }

    pub(crate) async fn new_order_with(&self, names: &[&str], more: Value) -> Result<Answer> {
        let identifiers = names.iter().map(|name| {
            let kind = if name.parse::<std::net::IpAddr>().is_ok() { "ip" } else { "dns" };
            json!({"type": kind, "value": name})
        });
        let mut payload = more;
        payload["identifiers"] = identifiers.collect();
        self.post(self.url("newOrder"), Some(payload)).await
    }

    /// Answer the challenge of each authorization, and return the last answer for the order.
    pub(crate) async fn respond(&self, order: &Answer, challenge: &str) -> Result<Answer> {
        let document = order.json()?;
        for url in document["authorizations"].as_array().context("no authorizations")? {
            let authorization = self.post(url.as_str().unwrap_or_default(), None).await?.json()?;
            let mut challenges = authorization["challenges"].as_array().context("no challenges")?.iter();
            let found = challenges.find(|found| found["type"] == challenge).context("no such challenge")?;
            if authorization["status"] == "pending" {
                self.post(found["url"].as_str().unwrap_or_default(), Some(json!({}))).await?;
            }
        }
        self.post(order.header("location"), None).await
    }

    pub(crate) async fn finalize(&self, order: &Answer, csr: &[u8]) -> Result<Answer> {
        let url = order.json()?["finalize"].as_str().unwrap_or_default().to_owned();
        self.post(&url, Some(json!({"csr": encode(csr)}))).await
    }

    /// Go all the way, where everything is valid, and return the final order.
    pub(crate) async fn issue(&self, names: &[&str]) -> Result<Answer> {
        self.issue_with(names, json!({})).await
    }

    pub(crate) async fn issue_with(&self, names: &[&str], more: Value) -> Result<Answer> {
        let order = self.new_order_with(names, more).await?;
        if order.status != 201 {
            return Ok(order);
        }
        self.respond(&order, "dns-01").await?;
        self.finalize(&order, &client::csr(names)?).await
    }

    /// Download the chain of a finished order.
    pub(crate) async fn download(&self, order: &Answer) -> Result<Answer> {
        let url = order.json()?["certificate"].as_str().context("the order has no certificate")?.to_owned();
        self.post(&url, None).await
    }
}

pub(crate) fn new_key() -> Result<EcdsaKeyPair> {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())?;
    Ok(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref())?)
}

pub(crate) fn jwk(key: &EcdsaKeyPair) -> Value {
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
}

pub(crate) fn sign(key: &EcdsaKeyPair, header: &Value, payload: Option<&Value>) -> Result<Value> {
    let protected = encode(header.to_string());
    let payload = payload.map(|payload| encode(payload.to_string())).unwrap_or_default();
    let signature = key.sign(&SystemRandom::new(), format!("{protected}.{payload}").as_bytes())?;
    Ok(json!({"protected": protected, "payload": payload, "signature": encode(signature)}))
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
