//! Certificate profiles.

use anyhow::Result;
use instant_acme::{ChallengeType, NewOrder};
use serde_json::json;
use testca::{Profile, TestCa};

use crate::{client, raw::Raw};

fn ca() -> Result<TestCa> {
    let builder = TestCa::builder().profile(Profile::classic());
    Ok(builder.profile(Profile::tlsserver()).profile(Profile::shortlived()).start()?)
}

#[tokio::test]
async fn each_profile_has_its_lifetime_and_the_first_is_the_usual_one() -> Result<()> {
    let ca = ca()?;
    let account = client::register(&ca).await?;
    assert_eq!(account.profiles().count(), 3);
    let identifiers = client::identifiers(&["a.test"]);
    for profile in ["tlsserver", "shortlived"] {
        let mut order = account.new_order(&NewOrder::new(&identifiers).profile(profile)).await?;
        assert_eq!(order.state().profile.as_deref(), Some(profile));
        client::complete(&mut order, &["a.test"], ChallengeType::Http01, |_, _| {}).await?;
    }
    client::obtain(&account, &["a.test"]).await?;
    let issued = ca.journal().certificates();
    let hours = |at: usize| issued[at].not_after.duration_since(issued[at].not_before).as_hours();
    assert_eq!((hours(0), hours(1), hours(2)), (45 * 24, 160, 90 * 24));
    assert_eq!(issued[2].profile, "classic");
    Ok(())
}

#[tokio::test]
async fn an_unknown_profile_and_too_many_names_are_refused() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    let refused = raw.new_order_with(&["a.test"], json!({"profile": "gold"})).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (400, "invalidProfile"));
    let names: Vec<String> = (0..26).map(|number| format!("n{number}.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let refused = raw.new_order_with(&names, json!({"profile": "shortlived"})).await?;
    assert_eq!(refused.problem(), "malformed");
    assert_eq!(raw.new_order(&names).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn addresses_need_a_profile_for_them() -> Result<()> {
    let ca = ca()?;
    let raw = Raw::registered(&ca).await?;
    assert_eq!(raw.new_order(&["192.0.2.7"]).await?.problem(), "unsupportedIdentifier");
    assert_eq!(raw.new_order_with(&["192.0.2.7"], json!({"profile": "shortlived"})).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn a_ca_without_profiles_shows_none() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    assert!(raw.directory["meta"].get("profiles").is_none());
    assert_eq!(raw.new_order_with(&["a.test"], json!({"profile": "classic"})).await?.problem(), "invalidProfile");
    Ok(())
}
