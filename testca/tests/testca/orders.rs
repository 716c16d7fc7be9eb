//! Orders, authorizations and finalization.

use std::time::Duration;

use anyhow::Result;
use instant_acme::{ChallengeType, NewOrder};
use rcgen::{KeyPair, PKCS_ECDSA_P521_SHA512, PKCS_ED25519};
use serde_json::json;
use testca::{AuthorizationReuse, OrderReuse, TestCa, ValidationFailure, VirtualClock};

use crate::{
    client,
    raw::{Raw, encode},
};

#[tokio::test]
async fn a_certificate_for_several_names_and_a_wildcard_is_obtained() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let account = client::register(&ca).await?;
    let names = ["a.test", "*.a.test", "b.test"];
    let received = client::obtain(&account, &names).await?;
    assert_eq!(received.chain.matches("BEGIN CERTIFICATE").count(), 2);
    let issued = ca.journal().certificates();
    assert_eq!(issued[0].names, ["*.a.test", "a.test", "b.test"]);
    assert_eq!(issued[0].der, received.leaf.to_vec());
    assert_eq!((ca.journal().orders_created(), ca.journal().certificates_issued()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn refused_names_are_told_one_by_one() -> Result<()> {
    let ca = TestCa::builder().refuse_name("bank.test").start()?;
    let raw = Raw::registered(&ca).await?;
    let refused = raw.new_order(&["good.test", "bank.test", "under_score.test"]).await?;
    assert_eq!(refused.status, 400);
    let document = refused.json()?;
    let subproblems = document["subproblems"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(subproblems.len(), 2);
    assert_eq!(subproblems[0]["identifier"], json!({"type": "dns", "value": "bank.test"}));
    assert_eq!(subproblems[0]["type"], "urn:ietf:params:acme:error:rejectedIdentifier");
    assert_eq!(subproblems[1]["type"], "urn:ietf:params:acme:error:malformed");
    assert_eq!(raw.new_order(&["bank.test"]).await?.problem(), "rejectedIdentifier");
    ca.accept_name("bank.test");
    assert_eq!(raw.new_order(&["bank.test"]).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn an_order_without_usable_identifiers_is_refused() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    for (identifiers, problem) in [
        (json!([]), "malformed"),
        (json!([{"type": "dns"}]), "malformed"),
        (json!([{"type": "email", "value": "a@b.test"}]), "unsupportedIdentifier"),
        (json!([{"type": "dns", "value": "*.a.test"}, {"type": "dns", "value": "b.a.test"}]), "malformed"),
    ] {
        let refused = raw.post(raw.url("newOrder"), Some(json!({"identifiers": identifiers}))).await?;
        assert_eq!(refused.problem(), problem, "{identifiers}");
    }
    Ok(())
}

#[tokio::test]
async fn a_requested_validity_is_honoured_within_the_lifetime() -> Result<()> {
    let clock = VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?);
    let ca = TestCa::builder().clock(clock).lifetime(Duration::from_secs(30 * 86_400)).start()?;
    let raw = Raw::registered(&ca).await?;
    let wanted = json!({"notBefore": "2026-11-25T00:00:00Z", "notAfter": "2026-12-01T00:00:00Z"});
    assert_eq!(raw.issue_with(&["a.test"], wanted).await?.json()?["notAfter"], "2026-12-01T00:00:00Z");
    let issued = &ca.journal().certificates()[0];
    assert_eq!(issued.not_before.to_string(), "2026-11-25T00:00:00Z");
    assert_eq!(issued.not_after.to_string(), "2026-12-01T00:00:00Z");
    for wrong in [json!({"notAfter": "2027-06-01T00:00:00Z"}), json!({"notAfter": "soon"})] {
        assert_eq!(raw.new_order_with(&["a.test"], wrong).await?.problem(), "malformed");
    }
    Ok(())
}

#[tokio::test]
async fn validity_follows_the_virtual_clock() -> Result<()> {
    let clock = VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?);
    let ca = TestCa::builder().clock(clock.clone()).start()?;
    ca.advance(Duration::from_secs(86_400));
    clock.advance(Duration::from_secs(3600));
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    let issued = &ca.journal().certificates()[0];
    assert_eq!(issued.not_before.to_string(), "2026-11-25T01:00:00Z");
    assert_eq!(issued.not_after.to_string(), "2027-02-23T01:00:00Z");
    Ok(())
}

#[tokio::test]
async fn an_order_is_finalized_once_and_only_when_ready() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.new_order(&["a.test"]).await?;
    let csr = client::csr(&["a.test"])?;
    let early = raw.finalize(&order, &csr).await?;
    assert_eq!((early.status, early.problem().as_str()), (403, "orderNotReady"));
    assert_eq!(raw.respond(&order, "http-01").await?.json()?["status"], "ready");
    assert_eq!(raw.finalize(&order, &csr).await?.json()?["status"], "valid");
    assert_eq!(raw.finalize(&order, &csr).await?.problem(), "orderNotReady");
    assert_eq!(ca.journal().certificates_issued(), 1);
    Ok(())
}

#[tokio::test]
async fn wrong_signing_requests_are_refused() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.new_order(&["a.test", "b.test"]).await?;
    raw.respond(&order, "http-01").await?;
    let names = ["a.test", "b.test"];
    let mut tampered = client::csr(&names)?;
    if let Some(last) = tampered.last_mut() {
        *last ^= 1;
    }
    for csr in [
        client::csr(&["a.test"])?,
        client::csr(&["a.test", "b.test", "c.test"])?,
        client::csr_with(&names, &KeyPair::generate_for(&PKCS_ED25519)?)?,
        client::csr_with(&names, &KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512)?)?,
        tampered,
        b"no request at all".to_vec(),
    ] {
        let refused = raw.finalize(&order, &csr).await?;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "badCSR"), "{}", refused.detail());
    }
    assert_eq!(raw.finalize(&order, &client::csr(&names)?).await?.json()?["status"], "valid");
    Ok(())
}

#[tokio::test]
async fn an_order_is_processed_for_as_long_as_it_is_told() -> Result<()> {
    let clock = VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?);
    let ca = TestCa::builder().clock(clock.clone()).processing(Duration::from_secs(20)).start()?;
    let raw = Raw::registered(&ca).await?;
    let processing = raw.issue(&["a.test"]).await?;
    assert_eq!(processing.json()?["status"], "processing");
    assert_eq!(processing.header("retry-after"), "20");
    assert!(processing.json()?.get("certificate").is_none());
    clock.advance(Duration::from_secs(19));
    let order = raw.post(processing.header("location"), None).await?;
    assert_eq!((order.json()?["status"].as_str(), order.header("retry-after")), (Some("processing"), "1"));
    clock.advance(Duration::from_secs(1));
    let order = raw.post(processing.header("location"), None).await?;
    assert_eq!((order.json()?["status"].as_str(), order.header("retry-after")), (Some("valid"), ""));
    assert_eq!(raw.download(&order).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_failed_authorization_invalidates_the_order() -> Result<()> {
    let ca = TestCa::builder().start()?;
    ca.fail_validation("b.test", ValidationFailure::dns("NXDOMAIN looking up A for b.test"));
    let raw = Raw::registered(&ca).await?;
    let order = raw.new_order(&["a.test", "b.test"]).await?;
    let after = raw.respond(&order, "http-01").await?.json()?;
    assert_eq!(after["status"], "invalid");
    let failed = raw.post(after["authorizations"][1].as_str().unwrap_or_default(), None).await?.json()?;
    assert_eq!(failed["status"], "invalid");
    assert_eq!(failed["challenges"][0]["error"]["type"], "urn:ietf:params:acme:error:dns");
    ca.heal_validation("b.test");
    assert_eq!(raw.issue(&["a.test", "b.test"]).await?.json()?["status"], "valid");
    assert_eq!(ca.journal().failed_validations("b.test").len(), 1);
    Ok(())
}

#[tokio::test]
async fn valid_authorizations_are_used_again_until_they_expire() -> Result<()> {
    let clock = VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?);
    let ca = TestCa::builder().clock(clock.clone()).authorization_reuse(AuthorizationReuse::UntilExpiry).start()?;
    let account = client::register(&ca).await?;
    client::obtain(&account, &["a.test"]).await?;
    let status = async |names: &[&str]| -> Result<String> {
        let identifiers = client::identifiers(names);
        let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
        Ok(format!("{:?}", order.state().status))
    };
    assert_eq!(status(&["a.test"]).await?, "Ready");
    assert_eq!(status(&["a.test", "b.test"]).await?, "Pending");
    assert_eq!(status(&["*.a.test"]).await?, "Pending");
    clock.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(status(&["a.test"]).await?, "Pending");
    Ok(())
}

#[tokio::test]
async fn authorizations_are_not_used_again_unless_the_ca_does_so() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    assert_eq!(raw.new_order(&["a.test"]).await?.json()?["status"], "pending");
    Ok(())
}

#[tokio::test]
async fn a_deactivated_authorization_is_not_used_again() -> Result<()> {
    let ca = TestCa::builder().authorization_reuse(AuthorizationReuse::UntilExpiry).start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.issue(&["a.test"]).await?.json()?;
    let url = order["authorizations"][0].as_str().unwrap_or_default();
    let off = json!({"status": "deactivated"});
    assert_eq!(raw.post(url, Some(off.clone())).await?.json()?["status"], "deactivated");
    assert_eq!(raw.post(url, Some(off)).await?.problem(), "malformed");
    assert_eq!(raw.new_order(&["a.test"]).await?.json()?["status"], "pending");
    Ok(())
}

#[tokio::test]
async fn an_unfinished_order_is_given_again_where_the_ca_does_so() -> Result<()> {
    let ca = TestCa::builder().order_reuse(OrderReuse::Unfinished).start()?;
    let raw = Raw::registered(&ca).await?;
    let first = raw.new_order(&["a.test", "b.test"]).await?;
    let again = raw.new_order(&["b.test", "a.test"]).await?;
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(ca.journal().orders_created(), 1);
    raw.issue(&["a.test", "b.test"]).await?;
    assert_ne!(raw.new_order(&["a.test", "b.test"]).await?.header("location"), first.header("location"));
    Ok(())
}

#[tokio::test]
async fn an_order_expires() -> Result<()> {
    let clock = VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?);
    let ca = TestCa::builder().clock(clock.clone()).start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.new_order(&["a.test"]).await?;
    clock.advance(Duration::from_secs(7 * 86_400));
    let document = raw.post(order.header("location"), None).await?.json()?;
    assert_eq!(document["status"], "invalid");
    let url = document["authorizations"][0].as_str().unwrap_or_default();
    assert_eq!(raw.post(url, None).await?.json()?["status"], "expired");
    Ok(())
}

#[tokio::test]
async fn what_belongs_to_another_account_is_not_shown() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let (raw, stranger) = (Raw::registered(&ca).await?, Raw::registered(&ca).await?);
    let order = raw.issue(&["a.test"]).await?;
    let document = order.json()?;
    for url in [&document["authorizations"][0], &document["certificate"], &json!(order.header("location"))] {
        let refused = stranger.post(url.as_str().unwrap_or_default(), None).await?;
        assert_eq!((refused.status, refused.problem().as_str()), (403, "unauthorized"), "{url}");
    }
    let csr = json!({"csr": encode(client::csr(&["a.test"])?)});
    let finalize = document["finalize"].as_str().unwrap_or_default();
    assert_eq!(stranger.post(finalize, Some(csr)).await?.problem(), "unauthorized");
    Ok(())
}

#[tokio::test]
async fn a_wildcard_is_proven_by_dns_alone_and_an_address_without() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let account = client::register(&ca).await?;
    let identifiers = client::identifiers(&["*.a.test"]);
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let authorization = authorization?;
        assert!(authorization.wildcard);
        assert_eq!(authorization.identifier().to_string(), "*.a.test");
        let offered: Vec<&ChallengeType> = authorization.challenges.iter().map(|challenge| &challenge.r#type).collect();
        assert_eq!(offered, [&ChallengeType::Dns01]);
    }
    let raw = Raw::registered(&ca).await?;
    let order = raw.new_order(&["192.0.2.7"]).await?;
    raw.respond(&order, "http-01").await?;
    assert_eq!(raw.finalize(&order, &client::csr(&["192.0.2.7"])?).await?.json()?["status"], "valid");
    Ok(())
}
