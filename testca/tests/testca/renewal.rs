//! Renewal information and replacement (RFC 9773).

use std::time::Duration;

use anyhow::{Context, Result};
use instant_acme::{CertificateIdentifier, ChallengeType, NewOrder};
use jiff::Timestamp;
use serde_json::json;
use testca::{Limit, Limits, TestCa, ValidationFailure, VirtualClock};

use crate::{client, raw::Raw};

fn ca() -> Result<TestCa> {
    Ok(TestCa::builder().clock(VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?)).start()?)
}

fn last_id(ca: &TestCa) -> Result<String> {
    Ok(ca.journal().certificates().last().context("nothing was issued")?.certificate_id.clone())
}

async fn window(raw: &Raw, id: &str) -> Result<(Timestamp, Timestamp)> {
    let answer = raw.get(&format!("{}/{id}", raw.url("renewalInfo"))).await?;
    let window = &answer.json()?["suggestedWindow"];
    let time = |field: &str| Ok::<_, anyhow::Error>(window[field].as_str().context("no time")?.parse()?);
    Ok((time("start")?, time("end")?))
}

#[tokio::test]
async fn a_renewal_is_suggested_and_replaces_the_certificate() -> Result<()> {
    let ca = ca()?;
    let account = client::register(&ca).await?;
    let received = client::obtain(&account, &["a.test", "b.test"]).await?;
    let id = CertificateIdentifier::try_from(&received.leaf).map_err(anyhow::Error::msg)?;
    assert_eq!(id.to_string(), last_id(&ca)?);
    let (info, _) = account.renewal_info(&id).await?;
    assert_eq!(info.suggested_window.start.to_string(), "2027-01-23 0:00:00.0 +00:00:00");

    let identifiers = client::identifiers(&["b.test", "c.test"]);
    let mut order = account.new_order(&NewOrder::new(&identifiers).replaces(id.clone())).await?;
    client::complete(&mut order, &["b.test", "c.test"], ChallengeType::Http01, |_, _| {}).await?;
    assert_eq!(ca.journal().certificates()[1].replaces, Some(id.to_string()));
    let error = account.new_order(&NewOrder::new(&identifiers).replaces(id)).await.err();
    assert_eq!(error.as_ref().and_then(client::problem), Some("alreadyReplaced"));
    Ok(())
}

#[tokio::test]
async fn the_usual_window_lies_at_two_thirds_of_the_lifetime() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    let (start, end) = window(&raw, &last_id(&ca)?).await?;
    assert_eq!(start.to_string(), "2027-01-23T00:00:00Z");
    assert_eq!(end.duration_since(start).as_hours(), 45);
    let answer = raw.get(&format!("{}/{}", raw.url("renewalInfo"), last_id(&ca)?)).await?;
    assert_eq!(answer.header("retry-after"), "21600");
    Ok(())
}

#[tokio::test]
async fn the_window_can_be_moved_with_an_explanation() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    let id = last_id(&ca)?;
    let (start, end) = ("2026-12-01T00:00:00Z".parse()?, "2026-12-02T00:00:00Z".parse()?);
    ca.set_renewal_window(&id, start, end, Some("https://ca.test/incident/7"))?;
    assert_eq!(window(&raw, &id).await?, (start, end));
    let answer = raw.get(&format!("{}/{id}", raw.url("renewalInfo"))).await?;
    assert_eq!(answer.json()?["explanationURL"], "https://ca.test/incident/7");
    ca.renew_now(&ca.journal().certificates()[0].serial, None)?;
    assert!(window(&raw, &id).await?.1 < ca.now());
    assert!(ca.renew_now("unknown", None).is_err());
    Ok(())
}

#[tokio::test]
async fn all_certificates_can_be_called_back_at_once() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    for name in ["a.test", "b.test"] {
        raw.issue(&[name]).await?;
    }
    assert_eq!(ca.renew_all_now(None), 2);
    for issued in ca.journal().certificates() {
        assert!(window(&raw, &issued.certificate_id).await?.1 < ca.now());
    }
    Ok(())
}

#[tokio::test]
async fn a_revoked_certificate_is_to_be_renewed_at_once() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    ca.revoke(&last_id(&ca)?, 4)?;
    assert!(window(&raw, &last_id(&ca)?).await?.1 < ca.now());
    Ok(())
}

#[tokio::test]
async fn unknown_and_malformed_certificates_have_no_renewal_information() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    for (id, status) in [("nodot", 400), ("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", 404)] {
        let answer = raw.get(&format!("{}/{id}", raw.url("renewalInfo"))).await?;
        assert_eq!((answer.status, answer.problem().as_str()), (status, "malformed"), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_replacement_is_refused() -> Result<()> {
    let ca = ca()?;
    let (raw, stranger) = (Raw::registered(&ca).await?, Raw::registered(&ca).await?);
    raw.issue(&["a.test"]).await?;
    let id = json!({"replaces": last_id(&ca)?});
    let other_account = stranger.new_order_with(&["a.test"], id.clone()).await?;
    assert_eq!((other_account.status, other_account.problem().as_str()), (403, "unauthorized"));
    assert_eq!(raw.new_order_with(&["b.test"], id).await?.problem(), "malformed");
    assert_eq!(raw.new_order_with(&["a.test"], json!({"replaces": "x.y"})).await?.problem(), "malformed");
    Ok(())
}

#[tokio::test]
async fn an_order_that_failed_replaces_nothing() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    let replaces = json!({"replaces": last_id(&ca)?});
    let order = raw.new_order_with(&["a.test"], replaces.clone()).await?;
    assert_eq!(order.json()?["replaces"], replaces["replaces"]);
    let refused = raw.new_order_with(&["a.test"], replaces.clone()).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "alreadyReplaced"));
    ca.fail_validation("a.test", ValidationFailure::connection("refused"));
    raw.respond(&order, "http-01").await?;
    assert_eq!(raw.new_order_with(&["a.test"], replaces).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn suggested_renewals_are_exempt_from_all_limits() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    let none = Some(Limit::new(0, Duration::from_secs(3600)));
    ca.set_limits(Limits {
        orders_per_account: none,
        certificates_per_domain: none,
        certificates_per_name_set: none,
        failed_authorizations: none,
        ..Limits::none()
    });
    assert_eq!(raw.new_order(&["a.test"]).await?.problem(), "rateLimited");
    let order = raw.issue_with(&["a.test"], json!({"replaces": last_id(&ca)?})).await?;
    assert_eq!(order.json()?["status"], "valid");
    Ok(())
}
