//! Requests themselves: nonces, signatures, methods, content types, unknown paths.

use anyhow::Result;
use http::Method;
use serde_json::json;
use testca::{Endpoint, ProblemKind, TestCa};

use crate::raw::{Raw, encode, jwk, new_key, sign};

#[tokio::test]
async fn every_answer_brings_a_nonce_and_names_the_directory() -> Result<()> {
    let ca = TestCa::builder().website("https://ca.test").caa_identities(&["ca.test", "ca.example"]).start()?;
    let raw = Raw::new(&ca).await?;
    for (method, url, status) in [
        (Method::GET, ca.directory_url(), 200),
        (Method::HEAD, raw.url("newNonce").to_owned(), 200),
        (Method::GET, raw.url("newNonce").to_owned(), 204),
        (Method::GET, ca.directory_url() + "/unknown", 404),
    ] {
        let answer = raw.request(method, &url, None).await?;
        assert_eq!(answer.status, status, "{url}");
        assert!(!answer.header("replay-nonce").is_empty(), "{url}");
        assert_eq!(answer.links("index"), [ca.directory_url()]);
    }
    assert_eq!(raw.directory["meta"]["website"], "https://ca.test");
    assert_eq!(raw.directory["meta"]["caaIdentities"], json!(["ca.test", "ca.example"]));
    Ok(())
}

#[tokio::test]
async fn a_nonce_is_good_for_one_request() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let url = raw.kid.clone().unwrap_or_default();
    let body = raw.sign(&raw.header(&url).await?, None)?;
    assert_eq!(raw.request(Method::POST, &url, Some(&body)).await?.status, 200);
    let again = raw.request(Method::POST, &url, Some(&body)).await?;
    assert_eq!((again.status, again.problem().as_str()), (400, "badNonce"));
    assert!(!again.header("replay-nonce").is_empty());
    assert_eq!(ca.journal().problems(ProblemKind::BadNonce), 1);
    Ok(())
}

#[tokio::test]
async fn wrongly_signed_requests_are_refused() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let url = raw.kid.clone().unwrap_or_default();
    let (kid, jwk_of) = (json!(url), raw.jwk());
    for (header, status, problem) in [
        (json!({"alg": "ES256", "kid": kid, "url": "https://elsewhere.test"}), 403, "unauthorized"),
        (json!({"alg": "ES256", "kid": kid}), 403, "unauthorized"),
        (json!({"alg": "none", "kid": kid, "url": url}), 400, "badSignatureAlgorithm"),
        (json!({"alg": "HS256", "kid": kid, "url": url}), 400, "badSignatureAlgorithm"),
        (json!({"alg": "ES384", "kid": kid, "url": url}), 400, "badSignatureAlgorithm"),
        (json!({"alg": "ES256", "kid": kid, "jwk": jwk_of, "url": url}), 400, "malformed"),
        (json!({"alg": "ES256", "jwk": jwk_of, "url": url}), 400, "malformed"),
        (json!({"alg": "ES256", "url": url}), 400, "malformed"),
        (json!({"alg": "ES256", "kid": format!("{url}0"), "url": url}), 400, "accountDoesNotExist"),
        (json!({"alg": "ES256", "kid": kid, "url": url, "crit": ["b64"]}), 400, "malformed"),
    ] {
        let mut header = header;
        header["nonce"] = json!(raw.nonce().await?);
        let refused = raw.request(Method::POST, &url, Some(&raw.sign(&header, None)?)).await?;
        assert_eq!((refused.status, refused.problem().as_str()), (status, problem), "{header}");
        if problem == "badSignatureAlgorithm" {
            assert!(refused.json()?["algorithms"].is_array());
        }
    }
    let other_key = sign(&new_key()?, &raw.header(&url).await?, None)?;
    assert_eq!(raw.request(Method::POST, &url, Some(&other_key)).await?.problem(), "malformed");
    Ok(())
}

#[tokio::test]
async fn accounts_are_made_with_a_key_of_their_own_and_a_good_one() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let url = raw.url("newAccount");
    let by_account = raw.post(url, Some(json!({}))).await?;
    assert_eq!(by_account.problem(), "malformed");
    let weak = json!({"kty": "RSA", "n": encode([0xff; 128]), "e": "AQAB"});
    let header = json!({"alg": "RS256", "jwk": weak, "nonce": raw.nonce().await?, "url": url});
    let refused = raw.request(Method::POST, url, Some(&raw.sign(&header, Some(&json!({})))?)).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (400, "badPublicKey"));
    let other = json!({"alg": "ES256", "jwk": jwk(&new_key()?), "nonce": raw.nonce().await?, "url": url});
    let refused = raw.request(Method::POST, url, Some(&raw.sign(&other, Some(&json!({})))?)).await?;
    assert_eq!(refused.problem(), "malformed");
    Ok(())
}

#[tokio::test]
async fn methods_and_content_types_are_checked() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let get = raw.get(raw.url("newOrder")).await?;
    assert_eq!((get.status, get.problem().as_str(), get.header("allow")), (405, "malformed", "POST"));
    let post = raw.request(Method::POST, &ca.directory_url(), None).await?;
    assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD"));
    let url = raw.url("newOrder");
    let body = raw.sign(&raw.header(url).await?, Some(&json!({})))?;
    let json = raw.request_as(Method::POST, url, "application/json", body.to_string()).await?;
    assert_eq!((json.status, json.problem().as_str()), (415, "malformed"));
    let garbage = raw.request_as(Method::POST, url, "application/jose+json", "garbage".to_owned()).await?;
    assert_eq!((garbage.status, garbage.problem().as_str()), (400, "malformed"));
    Ok(())
}

#[tokio::test]
async fn what_is_read_is_asked_for_with_an_empty_payload() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.issue(&["a.test"]).await?;
    for url in [order.header("location"), order.json()?["certificate"].as_str().unwrap_or_default()] {
        assert_eq!(raw.post(url, Some(json!({}))).await?.problem(), "malformed", "{url}");
    }
    Ok(())
}

#[tokio::test]
async fn good_nonces_are_refused_as_often_as_asked_for() -> Result<()> {
    let ca = TestCa::builder().nonce_rejection(0.5).seed(3).start()?;
    let raw = Raw::new(&ca).await?;
    let mut refused = 0;
    for _ in 0..40 {
        refused += usize::from(raw.register(&json!({})).await?.problem() == "badNonce");
    }
    assert!((10..30).contains(&refused), "{refused} of 40");
    Ok(())
}

#[tokio::test]
async fn the_journal_tells_each_request() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    raw.new_order(&["b.test", "a.test"]).await?;
    raw.new_order(&["a_b.test"]).await?;
    let requests = ca.journal().requests(Endpoint::NewOrder);
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].line, "POST /acme/new-order");
    assert_eq!(requests[0].account, raw.kid);
    assert_eq!(
        (requests[0].names.as_slice(), requests[0].status),
        (&["a.test".to_owned(), "b.test".to_owned()][..], Some(201))
    );
    assert_eq!((requests[1].problem, requests[1].status), (Some(ProblemKind::Malformed), Some(400)));
    ca.journal().forget();
    assert!(ca.journal().all_requests().is_empty());
    Ok(())
}
