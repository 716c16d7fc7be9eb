//! Pebble starts, counts, forgets everything at a restart, and is gone when its owner is.

use std::time::Duration;

use anyhow::{Context, Result};
use rig::Pebble;

use crate::acme::{Challenges, Customer};

#[tokio::test]
async fn a_restarted_pebble_keeps_its_address_and_has_a_new_root() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let mut pebble = Pebble::builder(directory.path()).always_valid().start(&binaries).await?;
    let (url, root) = (pebble.directory_url(), pebble.issuer_roots_pem().await?);
    assert!(root.contains("BEGIN CERTIFICATE"));

    pebble.stop().await?;
    assert!(!pebble.is_alive());
    assert!(pebble.issuer_roots_pem().await.is_err(), "a stopped server must not answer");

    pebble.restart().await?;
    assert_eq!(pebble.directory_url(), url);
    assert_ne!(pebble.issuer_roots_pem().await?, root);
    Ok(())
}

#[tokio::test]
async fn orders_and_certificates_are_counted_over_a_restart() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let builder = Pebble::builder(directory.path()).always_valid().nonce_reject(0).authz_reuse(0);
    let mut pebble = builder.certificate_validity(Duration::from_hours(144)).start(&binaries).await?;
    let challenges = Challenges::start().await?;
    for round in 1..=2 {
        let customer = Customer::register(&pebble, &pebble.directory_url(), pebble.tls_root_pem_path()).await?;
        customer.order(&["alice.test", "www.alice.test"], &challenges).await?;
        assert_eq!(pebble.orders_created()?, round);
        assert_eq!(pebble.certificates_issued()?, round);
        pebble.restart().await?;
    }
    assert_eq!(pebble.challenge_failures()?, 0);
    Ok(())
}

#[tokio::test]
async fn a_failed_challenge_is_counted() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let dns = rig::Dns::start(&binaries, directory.path()).await?;
    let pebble = Pebble::builder(directory.path()).dns(dns.address()).nonce_reject(0).start(&binaries).await?;
    let challenges = Challenges::start().await?;
    let customer = Customer::register(&pebble, &pebble.directory_url(), pebble.tls_root_pem_path()).await?;
    assert!(customer.order(&["nowhere.test"], &challenges).await.is_err());
    crate::wait_until("the failure is logged", async || pebble.challenge_failures().is_ok_and(|count| count == 1))
        .await?;
    assert_eq!((pebble.orders_created()?, pebble.certificates_issued()?), (1, 0));
    Ok(())
}

#[tokio::test]
async fn a_pebble_that_cannot_start_shows_its_name_and_its_log() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let builder = Pebble::builder(directory.path()).external_account("kid-1", "this is not base64url!");
    let error = builder.start(&binaries).await.err().context("it started")?.to_string();
    assert!(error.starts_with("pebble: it ended with exit status: 1"), "{error}");
    assert!(error.contains("external account"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_given_port_that_is_taken_is_an_error() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let error = Pebble::builder(directory.path()).port(port).start(&binaries).await.err().context("it started")?;
    assert!(error.to_string().contains("address already in use"), "{error}");
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_pebble() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let pebble = Pebble::builder(directory.path()).start(&binaries).await?;
    assert_eq!(crate::processes_of(directory.path())?.len(), 1);
    drop(pebble);
    assert!(crate::processes_of(directory.path())?.is_empty());
    Ok(())
}
