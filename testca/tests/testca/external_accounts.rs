//! External account bindings.

use anyhow::Result;
use aws_lc_rs::hmac;
use instant_acme::{ExternalAccountKey, NewAccount};
use serde_json::{Value, json};
use testca::{ExternalAccounts, TestCa};

use crate::{
    client,
    raw::{Raw, encode, jwk, new_key},
};

const SECRET: &[u8] = b"a secret of thirty-two bytes....";

fn ca() -> Result<TestCa> {
    let builder = TestCa::builder().external_accounts(ExternalAccounts::Required);
    Ok(builder.external_key("kid-1", SECRET).start()?)
}

fn binding(secret: &[u8], header: &Value, key: &Value) -> Value {
    let (protected, payload) = (encode(header.to_string()), encode(key.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), format!("{protected}.{payload}").as_bytes());
    json!({"protected": protected, "payload": payload, "signature": encode(tag)})
}

#[tokio::test]
async fn a_bound_account_is_made_and_used() -> Result<()> {
    let ca = ca()?;
    let request = NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: false };
    let key = ExternalAccountKey::new("kid-1".to_owned(), SECRET);
    let (account, _) = client::builder(&ca)?.create(&request, ca.directory_url(), Some(&key)).await?;
    client::obtain(&account, &["a.test"]).await?;
    Ok(())
}

#[tokio::test]
async fn an_account_without_a_binding_is_refused_where_one_is_required() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::new(&ca).await?;
    assert_eq!(raw.directory["meta"]["externalAccountRequired"], true);
    let refused = raw.register(&json!({})).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "externalAccountRequired"));
    Ok(())
}

#[tokio::test]
async fn wrong_bindings_are_refused() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::new(&ca).await?;
    let url = raw.url("newAccount");
    let header = |kid: &str, url: &str| json!({"alg": "HS256", "kid": kid, "url": url});
    for (binding, problem) in [
        (binding(SECRET, &header("kid-2", url), &raw.jwk()), "unauthorized"),
        (binding(b"another secret", &header("kid-1", url), &raw.jwk()), "unauthorized"),
        (binding(SECRET, &header("kid-1", "https://elsewhere.test"), &raw.jwk()), "malformed"),
        (binding(SECRET, &header("kid-1", url), &jwk(&new_key()?)), "malformed"),
        (binding(SECRET, &json!({"alg": "ES256", "kid": "kid-1", "url": url}), &raw.jwk()), "badSignatureAlgorithm"),
        (binding(SECRET, &json!({"alg": "HS256", "kid": "kid-1", "url": url, "nonce": "x"}), &raw.jwk()), "malformed"),
        (json!("not a binding"), "malformed"),
    ] {
        let refused = raw.register(&json!({"externalAccountBinding": binding})).await?;
        assert_eq!(refused.problem(), problem, "{binding}");
    }
    assert_eq!(ca.journal().accounts_created(), 0);
    Ok(())
}

#[tokio::test]
async fn a_removed_key_vouches_for_nobody() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::new(&ca).await?;
    ca.remove_external_key("kid-1");
    ca.add_external_key("kid-2", b"other");
    let header = |kid: &str| json!({"alg": "HS256", "kid": kid, "url": raw.url("newAccount")});
    let old = json!({"externalAccountBinding": binding(SECRET, &header("kid-1"), &raw.jwk())});
    assert_eq!(raw.register(&old).await?.problem(), "unauthorized");
    let new = json!({"externalAccountBinding": binding(b"other", &header("kid-2"), &raw.jwk())});
    let made = raw.register(&new).await?;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()?["externalAccountBinding"], new["externalAccountBinding"]);
    Ok(())
}
