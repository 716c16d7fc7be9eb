//! Accounts: creation, look-up, change, key change, deactivation, the list of orders.

use anyhow::Result;
use http::Method;
use instant_acme::NewAccount;
use serde_json::json;
use testca::{OrderList, TestCa};

use crate::{
    client,
    raw::{Raw, jwk, new_key, sign},
};

#[tokio::test]
async fn a_key_has_one_account_however_often_it_asks() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::new(&ca).await?;
    let first = raw.register(&json!({"contact": ["mailto:a@example.test"]})).await?;
    let again = raw.register(&json!({"contact": []})).await?;
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(again.json()?["contact"], json!(["mailto:a@example.test"]));
    assert_eq!(ca.journal().accounts_created(), 1);
    Ok(())
}

#[tokio::test]
async fn an_unknown_key_is_not_registered_when_only_existing_accounts_are_asked_for() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let request = NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: true };
    let error = client::builder(&ca)?.create(&request, ca.directory_url(), None).await.err();
    assert_eq!(error.as_ref().and_then(client::problem), Some("accountDoesNotExist"));
    Ok(())
}

#[tokio::test]
async fn terms_must_be_agreed_to() -> Result<()> {
    let ca = TestCa::builder().terms("https://ca.test/terms/1").start()?;
    let raw = Raw::new(&ca).await?;
    assert_eq!(raw.directory["meta"]["termsOfService"], "https://ca.test/terms/1");
    let refused = raw.register(&json!({})).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "userActionRequired"));
    assert_eq!(refused.links("terms-of-service"), ["https://ca.test/terms/1"]);
    assert_eq!(raw.register(&json!({"termsOfServiceAgreed": true})).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn contacts_are_checked() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::new(&ca).await?;
    for (contact, problem) in [
        ("tel:+1234", "unsupportedContact"),
        ("mailto:a@b.test,c@d.test", "invalidContact"),
        ("mailto:a@b.test?subject=x", "invalidContact"),
        ("mailto:nobody", "invalidContact"),
    ] {
        assert_eq!(raw.register(&json!({"contact": [contact]})).await?.problem(), problem, "{contact}");
    }
    Ok(())
}

#[tokio::test]
async fn contacts_are_changed_and_the_account_is_shown() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let account = client::register(&ca).await?;
    account.update_contacts(&["mailto:new@example.test"]).await?;
    let raw = Raw::registered(&ca).await?;
    let other = raw.post(account.id(), None).await?;
    assert_eq!((other.status, other.problem().as_str()), (403, "unauthorized"));
    let own = raw.post(raw.kid.as_deref().unwrap_or_default(), None).await?;
    assert_eq!(own.json()?["status"], "valid");
    Ok(())
}

#[tokio::test]
async fn a_deactivated_account_can_do_nothing() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.new_order(&["a.test"]).await?;
    let url = raw.kid.clone().unwrap_or_default();
    assert_eq!(raw.post(&url, Some(json!({"status": "deactivated"}))).await?.json()?["status"], "deactivated");
    let refused = raw.post(order.header("location"), None).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "unauthorized"));
    assert_eq!(raw.register(&json!({})).await?.status, 403);
    Ok(())
}

#[tokio::test]
async fn the_key_is_changed_and_the_account_stays() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let mut account = client::register(&ca).await?;
    let before = account.id().to_owned();
    let _credentials = account.update_key().await?;
    assert_eq!(account.id(), before);
    client::obtain(&account, &["a.test"]).await?;
    assert_eq!(ca.journal().accounts_created(), 1);
    Ok(())
}

#[tokio::test]
async fn a_key_change_to_a_key_that_is_taken_is_a_conflict() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let (raw, other) = (Raw::registered(&ca).await?, Raw::registered(&ca).await?);
    let url = raw.url("keyChange");
    let payload = json!({"account": raw.kid, "oldKey": raw.jwk()});
    let inner = sign(&other.key, &json!({"alg": "ES256", "jwk": other.jwk(), "url": url}), Some(&payload))?;
    let refused = raw.post(url, Some(inner)).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "conflict"));
    assert_eq!(refused.header("location"), other.kid.as_deref().unwrap_or_default());
    Ok(())
}

#[tokio::test]
async fn a_key_change_must_be_consistent() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let (url, key, stranger) = (raw.url("keyChange"), new_key()?, new_key()?);
    let right = json!({"account": raw.kid, "oldKey": raw.jwk()});
    for (header, payload) in [
        (json!({"alg": "ES256", "jwk": jwk(&key), "url": "https://elsewhere.test"}), right.clone()),
        (json!({"alg": "ES256", "kid": raw.kid, "url": url}), right.clone()),
        (json!({"alg": "ES256", "jwk": jwk(&stranger), "url": url}), right.clone()),
        (json!({"alg": "ES256", "jwk": jwk(&key), "url": url}), json!({"account": "x", "oldKey": raw.jwk()})),
        (json!({"alg": "ES256", "jwk": jwk(&key), "url": url}), json!({"account": raw.kid, "oldKey": jwk(&key)})),
    ] {
        let refused = raw.post(url, Some(sign(&key, &header, Some(&payload))?)).await?;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "malformed"), "{header} {payload}");
    }
    Ok(())
}

#[tokio::test]
async fn orders_are_listed_in_pages() -> Result<()> {
    let ca = TestCa::builder().order_list(OrderList::Pages(2)).start()?;
    let raw = Raw::registered(&ca).await?;
    for name in ["a.test", "b.test", "c.test"] {
        raw.new_order(&[name]).await?;
    }
    let account = raw.post(raw.kid.as_deref().unwrap_or_default(), None).await?.json()?;
    let first = raw.post(account["orders"].as_str().unwrap_or_default(), None).await?;
    assert_eq!(first.json()?["orders"].as_array().map(Vec::len), Some(2));
    let next = first.links("next");
    let second = raw.post(&next[0], None).await?;
    assert_eq!(second.json()?["orders"].as_array().map(Vec::len), Some(1));
    assert!(second.links("next").is_empty());
    Ok(())
}

#[tokio::test]
async fn a_ca_may_list_no_orders() -> Result<()> {
    let ca = TestCa::builder().order_list(OrderList::Absent).start()?;
    let raw = Raw::registered(&ca).await?;
    let url = raw.kid.clone().unwrap_or_default();
    assert!(raw.post(&url, None).await?.json()?.get("orders").is_none());
    assert_eq!(raw.post(&format!("{url}/orders"), None).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn accounts_can_be_forgotten() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    ca.forget_accounts();
    let refused = raw.new_order(&["a.test"]).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (400, "accountDoesNotExist"));
    assert_eq!(raw.request(Method::GET, raw.url("newNonce"), None).await?.status, 204);
    assert_eq!(raw.register(&json!({})).await?.status, 201);
    Ok(())
}
