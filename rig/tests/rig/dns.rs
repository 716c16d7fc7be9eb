//! The DNS server knows what it is told, and nothing else.

use std::net::Ipv4Addr;

use anyhow::Result;
use rig::Dns;

#[tokio::test]
async fn a_name_has_the_addresses_it_was_given_until_it_is_cleared() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let dns = Dns::start(&binaries, directory.path()).await?;
    dns.add_a("alice.test", Ipv4Addr::LOCALHOST).await?;
    assert_eq!(dns.lookup_a("alice.test").await?, [Ipv4Addr::LOCALHOST]);
    assert!(dns.lookup_a("bob.test").await?.is_empty(), "an unknown name must have no address");

    dns.set_cname("www.alice.test", "alice.test").await?;
    assert_eq!(dns.lookup_a("www.alice.test").await?, [Ipv4Addr::LOCALHOST]);

    dns.clear("alice.test").await?;
    assert!(dns.lookup_a("alice.test").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_name_can_be_made_to_fail() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let dns = Dns::start(&binaries, directory.path()).await?;
    dns.set_servfail("broken.test").await?;
    let error = dns.lookup_a("broken.test").await.err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("the DNS server answers with code 2"));
    dns.clear("broken.test").await?;
    assert!(dns.lookup_a("broken.test").await?.is_empty());
    Ok(())
}
