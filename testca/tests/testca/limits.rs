//! Rate limits, on a clock that stands still until it is moved.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use testca::{Limit, Limits, TestCa, ValidationFailure, VirtualClock};

use crate::raw::{Answer, Raw};

const HOUR: Duration = Duration::from_secs(3600);

fn ca(limits: Limits) -> Result<(TestCa, VirtualClock)> {
    let clock = VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?);
    Ok((TestCa::builder().limits(limits).clock(clock.clone()).start()?, clock))
}

fn limit(burst: u32) -> Option<Limit> {
    Some(Limit::new(burst, HOUR))
}

fn assert_limited(answer: &Answer, retry_after: &str, detail: &str) {
    assert_eq!((answer.status, answer.problem().as_str()), (429, "rateLimited"), "{}", answer.text());
    assert_eq!(answer.header("retry-after"), retry_after);
    assert!(answer.detail().starts_with(detail), "{}", answer.detail());
}

#[tokio::test]
async fn new_accounts_are_limited_by_address() -> Result<()> {
    let (ca, clock) = ca(Limits { accounts_per_address: limit(2), ..Limits::none() })?;
    let first = Raw::registered(&ca).await?;
    Raw::registered(&ca).await?;
    let third = Raw::new(&ca).await?;
    let detail = "too many new accounts (2) from 127.0.0.1 in the last 1h0m0s, retry after 2026-11-24 00:30:00 UTC";
    assert_limited(&third.register(&json!({})).await?, "1800", detail);
    assert_eq!(first.register(&json!({})).await?.status, 200, "looking up is not limited");
    clock.advance(HOUR / 2);
    assert_eq!(third.register(&json!({})).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn new_orders_are_limited_by_account() -> Result<()> {
    let (ca, clock) = ca(Limits { orders_per_account: limit(3), ..Limits::none() })?;
    let raw = Raw::registered(&ca).await?;
    for name in ["a.test", "b.test", "c.test"] {
        assert_eq!(raw.new_order(&[name]).await?.status, 201);
    }
    assert_limited(&raw.new_order(&["d.test"]).await?, "1200", "too many new orders (3) from this account");
    assert_eq!(Raw::registered(&ca).await?.new_order(&["d.test"]).await?.status, 201);
    clock.advance(HOUR / 3);
    assert_eq!(raw.new_order(&["d.test"]).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn certificates_are_limited_by_registered_domain_for_everyone() -> Result<()> {
    let (ca, clock) = ca(Limits { certificates_per_domain: limit(2), ..Limits::none() })?;
    let (raw, other) = (Raw::registered(&ca).await?, Raw::registered(&ca).await?);
    raw.issue(&["a.example.test", "b.example.test"]).await?;
    other.issue(&["c.example.test"]).await?;
    let detail = "too many certificates (2) already issued for \"example.test\" in the last 1h0m0s";
    assert_limited(&raw.new_order(&["d.example.test"]).await?, "1800", detail);
    assert_eq!(raw.issue(&["c.example.test"]).await?.json()?["status"], "valid", "the same names are a renewal");
    assert_eq!(raw.new_order(&["example.net"]).await?.status, 201);
    clock.advance(HOUR / 2);
    assert_eq!(raw.new_order(&["d.example.test"]).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn certificates_are_limited_by_exact_set_of_names() -> Result<()> {
    let (ca, _) = ca(Limits { certificates_per_name_set: limit(2), ..Limits::none() })?;
    let raw = Raw::registered(&ca).await?;
    for _ in 0..2 {
        assert_eq!(raw.issue(&["a.test", "b.test"]).await?.json()?["status"], "valid");
    }
    let detail = "too many certificates (2) already issued for this exact set of identifiers: a.test,b.test";
    assert_limited(&raw.new_order(&["b.test", "a.test"]).await?, "1800", detail);
    assert_eq!(raw.new_order(&["a.test"]).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn failed_authorizations_are_limited_by_account_and_name() -> Result<()> {
    let (ca, clock) = ca(Limits { failed_authorizations: limit(2), ..Limits::none() })?;
    ca.fail_validation("a.test", ValidationFailure::connection("connection refused"));
    let raw = Raw::registered(&ca).await?;
    for _ in 0..2 {
        assert_eq!(raw.respond(&raw.new_order(&["a.test"]).await?, "http-01").await?.json()?["status"], "invalid");
    }
    let detail = "too many failed authorizations (2) for \"a.test\"";
    assert_limited(&raw.new_order(&["a.test", "b.test"]).await?, "1800", detail);
    assert_eq!(raw.new_order(&["b.test"]).await?.status, 201);
    clock.advance(HOUR / 2);
    assert_eq!(raw.new_order(&["a.test", "b.test"]).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn requests_are_limited_by_the_second() -> Result<()> {
    let (ca, clock) = ca(Limits::none().with_requests_per_second(5))?;
    let raw = Raw::new(&ca).await?;
    for _ in 0..4 {
        assert_eq!(raw.get(&ca.directory_url()).await?.status, 200);
    }
    assert_limited(&raw.get(&ca.directory_url()).await?, "1", "too many requests (5) from 127.0.0.1 in the last 1s");
    clock.advance(Duration::from_secs(1));
    assert_eq!(raw.get(&ca.directory_url()).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn those_of_lets_encrypt_let_fifty_certificates_through_in_a_week() -> Result<()> {
    let (ca, clock) = ca(Limits::lets_encrypt())?;
    let raw = Raw::registered(&ca).await?;
    for number in 0..50 {
        let name = format!("n{number}.example.test");
        assert_eq!(raw.issue(&[name.as_str()]).await?.json()?["status"], "valid");
    }
    let detail = "too many certificates (50) already issued for \"example.test\" in the last 168h0m0s, \
                  retry after 2026-11-24 03:21:36 UTC";
    assert_limited(&raw.new_order(&["one-more.example.test"]).await?, "12096", detail);
    clock.advance(Duration::from_secs(12_096));
    assert_eq!(raw.new_order(&["one-more.example.test"]).await?.status, 201);
    Ok(())
}
