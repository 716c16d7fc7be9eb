//! Each scripted fault, as a client feels it.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;
use testca::{Endpoint, Fault, Problem, ProblemKind, Rule, TestCa, VirtualClock};
use tokio::time::timeout;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::{client, raw::Raw};

async fn ca_and_client() -> Result<(TestCa, Raw)> {
    let ca = TestCa::builder().clock(VirtualClock::starting_at("2026-11-24T00:00:00Z".parse()?)).start()?;
    let raw = Raw::registered(&ca).await?;
    Ok((ca, raw))
}

#[tokio::test]
async fn a_hanging_request_gets_no_answer_and_changes_nothing() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::Hang))?;
    assert!(timeout(Duration::from_millis(300), raw.new_order(&["a.test"])).await.is_err());
    let met = &ca.journal().requests(Endpoint::NewOrder)[0];
    assert_eq!((met.status, met.fault), (None, Some("hang")));
    assert_eq!(ca.journal().orders_created(), 0);
    assert_eq!(raw.new_order(&["a.test"]).await?.status, 201, "others are answered meanwhile");
    Ok(())
}

#[tokio::test]
async fn a_reset_connection_has_changed_nothing() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::Reset))?;
    assert!(raw.new_order(&["a.test"]).await.is_err());
    assert_eq!(ca.journal().orders_created(), 0);
    assert_eq!(raw.new_order(&["a.test"]).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::AnswerLost))?;
    assert!(raw.new_order(&["a.test"]).await.is_err());
    assert_eq!(ca.journal().orders_created(), 1);

    ca.faults().add(Rule::on(Endpoint::Finalize, Fault::AnswerLost))?;
    let order = raw.new_order(&["b.test"]).await?;
    raw.respond(&order, "http-01").await?;
    assert!(raw.finalize(&order, &client::csr(&["b.test"])?).await.is_err());
    assert_eq!(ca.journal().certificates_issued(), 1);
    let found = raw.post(order.header("location"), None).await?;
    assert_eq!(found.json()?["status"], "valid");
    assert_eq!(raw.download(&found).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_load_balancer_answers_with_pages() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    let page = |status, retry_after: Option<&str>| Fault::Page { status, retry_after: retry_after.map(str::to_owned) };
    let date = "Tue, 24 Nov 2026 01:00:00 GMT";
    for (fault, status, retry_after) in [
        (page(429, Some("30")), 429, "30"),
        (page(503, Some(date)), 503, date),
        (page(500, None), 500, ""),
        (Fault::unavailable(), 503, ""),
    ] {
        ca.faults().add(Rule::on(Endpoint::Directory, fault))?;
        let answer = raw.get(&ca.directory_url()).await?;
        assert_eq!((answer.status, answer.header("retry-after")), (status, retry_after));
        assert_eq!(answer.header("content-type"), "text/html");
        assert!(answer.header("replay-nonce").is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn any_problem_can_be_answered() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    let problem = Problem::new(ProblemKind::ServerInternal, "the database is away").with_retry_after(7);
    ca.faults().add(Rule::on(Endpoint::Finalize, Fault::Refusal(problem.with_instance("https://ca.test/x"))))?;
    let refused = raw.issue(&["a.test"]).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (500, "serverInternal"));
    assert_eq!((refused.header("retry-after"), &refused.json()?["instance"]), ("7", &json!("https://ca.test/x")));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    Ok(())
}

#[tokio::test]
async fn bodies_can_be_too_long_or_cut_off() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::Oversized(8 * 1024 * 1024)))?;
    assert_eq!(raw.new_order(&["a.test"]).await?.body.len(), 8 * 1024 * 1024);
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::MalformedJson))?;
    let cut = raw.new_order(&["a.test"]).await?;
    assert_eq!(cut.status, 201);
    assert!(cut.json().is_err());
    Ok(())
}

#[tokio::test]
async fn nonces_can_go_bad() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::BadNonce).times(2))?;
    for _ in 0..2 {
        let refused = raw.new_order(&["a.test"]).await?;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "badNonce"));
    }
    assert_eq!(raw.new_order(&["a.test"]).await?.status, 201);
    // A client that tries again gets through a third of bad nonces.
    ca.faults().add(Rule::on(Endpoint::Order, Fault::BadNonce).forever().with_probability(0.3))?;
    client::obtain(&client::register(&ca).await?, &["b.test"]).await?;
    Ok(())
}

#[tokio::test]
async fn an_account_can_vanish_and_terms_can_change() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::AccountVanished))?;
    let refused = raw.new_order(&["a.test"]).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (400, "accountDoesNotExist"));
    let terms = "https://ca.test/terms/2";
    ca.change_terms(terms);
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::TermsChanged(terms.to_owned())))?;
    let refused = raw.new_order(&["a.test"]).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "userActionRequired"));
    assert_eq!(refused.links("terms-of-service"), [terms]);
    assert_eq!(raw.get(&ca.directory_url()).await?.json()?["meta"]["termsOfService"], terms);
    Ok(())
}

#[tokio::test]
async fn an_order_can_become_invalid_without_a_reason() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    for endpoint in [Endpoint::Order, Endpoint::Challenge, Endpoint::Finalize] {
        ca.faults().add(Rule::on(endpoint, Fault::OrderInvalid))?;
        let order = raw.new_order(&["a.test"]).await?;
        raw.respond(&order, "http-01").await?;
        raw.finalize(&order, &client::csr(&["a.test"])?).await?;
        let after = raw.post(order.header("location"), None).await?.json()?;
        assert_eq!(after["status"], "invalid", "{endpoint}");
        assert!(after.get("error").is_none());
        let authorization = raw.post(after["authorizations"][0].as_str().unwrap_or_default(), None).await?.json()?;
        assert_eq!(authorization["status"], "valid");
    }
    assert_eq!(ca.journal().certificates_issued(), 0);
    Ok(())
}

#[tokio::test]
async fn a_certificate_can_be_for_another_key_or_other_names_or_expired() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    let wrong_names = Fault::WrongNames(vec!["other.test".to_owned()]);
    for fault in [Fault::WrongKey, wrong_names, Fault::ExpiredCertificate] {
        ca.faults().add(Rule::on(Endpoint::Finalize, fault))?;
        let order = raw.new_order(&["a.test"]).await?;
        raw.respond(&order, "http-01").await?;
        let pair = rcgen::KeyPair::generate()?;
        raw.finalize(&order, &client::csr_with(&["a.test"], &pair)?).await?;
        let issued = ca.journal().certificates().pop().context("nothing was issued")?;
        let (_, certificate) = X509Certificate::from_der(&issued.der)?;
        let own_key = certificate.public_key().subject_public_key.data[..] == *pair.public_key_raw();
        let flaws = (own_key, issued.names == ["a.test"], issued.not_after > ca.now());
        let fault = ca.journal().requests(Endpoint::Finalize).pop().and_then(|request| request.fault);
        match fault {
            Some("wrong-key") => assert_eq!(flaws, (false, true, true)),
            Some("wrong-names") => assert_eq!(flaws, (true, false, true)),
            _ => assert_eq!((fault, flaws), (Some("expired-certificate"), (true, true, false))),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_chain_can_be_reversed_or_incomplete_and_the_alternate_missing() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    let order = raw.issue(&["a.test"]).await?;
    let right = raw.download(&order).await?;
    ca.faults().add(Rule::on(Endpoint::Certificate, Fault::ChainReversed))?;
    let reversed = raw.download(&order).await?.text();
    assert_ne!(reversed, right.text());
    assert_eq!(reversed.len(), right.text().len());
    ca.faults().add(Rule::on(Endpoint::Certificate, Fault::ChainIncomplete))?;
    assert_eq!(raw.download(&order).await?.text().matches("BEGIN").count(), 1);
    ca.faults().add(Rule::on(Endpoint::Certificate, Fault::AlternateMissing))?;
    assert_eq!(raw.post(&right.links("alternate")[0], None).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_text_of_an_answer_can_be_another() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    let elsewhere = "https://elsewhere.test/x";
    ca.faults().add(Rule::on(Endpoint::Directory, Fault::altered("newOrder", elsewhere)))?;
    let directory = raw.get(&ca.directory_url()).await?.json()?;
    assert_eq!((&directory["newOrder"], &directory["newNonce"]), (&json!(elsewhere), &raw.directory["newNonce"]));

    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::altered("location", elsewhere)))?;
    assert_eq!(raw.new_order(&["a.test"]).await?.header("location"), elsewhere);
    ca.faults().add(Rule::on(Endpoint::NewOrder, Fault::altered("authorizations", elsewhere)))?;
    assert_eq!(raw.new_order(&["b.test"]).await?.json()?["authorizations"], json!([elsewhere]));

    let order = raw.new_order(&["c.test"]).await?.json()?;
    ca.faults().add(Rule::on(Endpoint::Authorization, Fault::altered("url", elsewhere)))?;
    let authorization = raw.post(order["authorizations"][0].as_str().unwrap_or_default(), None).await?.json()?;
    assert_eq!(authorization["challenges"][0]["url"], elsewhere);

    let issued = raw.issue(&["d.test"]).await?;
    ca.faults().add(Rule::on(Endpoint::Certificate, Fault::altered("link", elsewhere)))?;
    let chain = raw.download(&issued).await?;
    assert_eq!((chain.status, chain.links("alternate")), (200, vec![elsewhere.to_owned()]));
    Ok(())
}

#[tokio::test]
async fn renewal_information_can_be_nonsense() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    raw.issue(&["a.test"]).await?;
    let url = format!("{}/{}", raw.url("renewalInfo"), ca.journal().certificates()[0].certificate_id);
    ca.faults().add(Rule::on(Endpoint::RenewalInfo, Fault::WindowReversed))?;
    let window = raw.get(&url).await?.json()?;
    let field = |name: &str| window["suggestedWindow"][name].as_str().unwrap_or_default().to_owned();
    assert!(field("end") < field("start"));
    ca.faults().add(Rule::on(Endpoint::RenewalInfo, Fault::NoRetryAfter))?;
    assert_eq!(raw.get(&url).await?.header("retry-after"), "");
    Ok(())
}

#[tokio::test]
async fn a_removed_fault_acts_no_more() -> Result<()> {
    let (ca, raw) = ca_and_client().await?;
    let id = ca.faults().add(Rule::on(Endpoint::Directory, Fault::unavailable()).forever())?;
    for _ in 0..3 {
        assert_eq!(raw.get(&ca.directory_url()).await?.status, 503);
    }
    assert_eq!(ca.faults().remove(id), Some(3));
    assert_eq!(raw.get(&ca.directory_url()).await?.status, 200);
    Ok(())
}
