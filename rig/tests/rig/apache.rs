//! Apache serves, survives a graceful restart, passes challenges on, and takes its workers with it.

use std::{net::Ipv4Addr, process::Command};

use anyhow::{Context, Result};
use rig::{Apache, ChallengeAnswer, Dns, Pebble, Website, http_get, https_get, served_certificate};

use crate::acme::{Challenges, Customer};

#[tokio::test]
async fn a_website_is_served_and_an_unknown_name_gets_the_default_certificate() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let website = Website::new("alice.test").alias("www.alice.test");
    let apache = Apache::builder(directory.path().join("apache")).website(website).start(&binaries).await?;
    for name in ["alice.test", "www.alice.test"] {
        let answer = http_get(apache.http_address(), name, "/").await?;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("<h1>alice.test</h1>"), "{}", answer.text());
    }
    assert!(apache.document_root("alice.test").join("index.html").is_file());
    let unknown = served_certificate(apache.https_address(), "unknown.test").await?;
    assert_eq!(unknown, served_certificate(apache.https_address(), "alice.test").await?);
    Ok(())
}

#[tokio::test]
async fn a_graceful_restart_brings_in_a_new_virtual_host_and_a_certificate() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let challenges = Challenges::start().await?;
    let dns = Dns::start(&binaries, directory.path()).await?;
    let apache = Apache::builder(directory.path())
        .website(Website::new("alice.test"))
        .challenge_backend(challenges.address())
        .start(&binaries)
        .await?;
    let pebble =
        Pebble::builder(directory.path()).dns(dns.address()).http_port(apache.http_port()).start(&binaries).await?;
    dns.add_a("alice.test", Ipv4Addr::LOCALHOST).await?;
    let customer = Customer::register(&pebble, &pebble.directory_url(), pebble.tls_root_pem_path()).await?;
    let issued = customer.order(&["alice.test"], &challenges).await?;

    let certificate = directory.path().join("alice.pem");
    std::fs::write(&certificate, issued.pem)?;
    let host = format!(
        "<VirtualHost 127.0.0.1:{}>\nServerName alice.test\nDocumentRoot \"{}\"\n\
         SSLEngine on\nSSLCertificateFile \"{}\"\n</VirtualHost>\n",
        apache.https_port(),
        apache.document_root("alice.test").display(),
        certificate.display()
    );
    std::fs::write(apache.vhost_dir().join("alice.conf"), host)?;
    run(&apache.test_command())?;
    run(&apache.graceful_command())?;
    let roots = pebble.issuer_roots_pem().await?;
    crate::wait_until("the new certificate is served", async || {
        https_get(apache.https_address(), "alice.test", &roots).await.is_ok_and(|status| status == 200)
    })
    .await?;
    assert!(apache.is_alive());
    Ok(())
}

#[tokio::test]
async fn each_name_answers_challenges_as_it_was_told() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let challenges = Challenges::start().await?;
    let website = Website::new("alice.test")
        .alias_answering("gone.alice.test", ChallengeAnswer::NotFound)
        .alias_answering("moved.alice.test", ChallengeAnswer::Redirect("http://elsewhere.test/".to_owned()))
        .alias_answering("app.alice.test", ChallengeAnswer::Page);
    let apache = Apache::builder(directory.path())
        .website(website)
        .challenge_backend(challenges.address())
        .start(&binaries)
        .await?;
    let ask = async |name: &str| http_get(apache.http_address(), name, "/.well-known/acme-challenge/token").await;
    challenges.publish("token", "key authorization");
    assert_eq!(ask("alice.test").await?.text(), "key authorization");
    assert_eq!(ask("unknown.test").await?.text(), "key authorization");
    assert_eq!(ask("gone.alice.test").await?.status, 404);
    let moved = ask("moved.alice.test").await?;
    let location = moved.headers.get("location").context("no Location")?;
    assert_eq!((moved.status, location.to_str()?), (302, "http://elsewhere.test/token"));
    assert!(ask("app.alice.test").await?.text().contains("<h1>alice.test</h1>"));
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_apache() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let apache = Apache::builder(directory.path()).start(&binaries).await?;
    assert!(crate::processes_of(directory.path())?.len() > 1, "the workers are processes of their own");
    drop(apache);
    crate::wait_until("the workers are gone", async || {
        crate::processes_of(directory.path()).is_ok_and(|left| left.is_empty())
    })
    .await
}

#[tokio::test]
async fn a_killed_parent_takes_its_workers_with_it_and_can_be_restarted() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let mut apache = Apache::builder(directory.path()).start(&binaries).await?;
    let pid = std::fs::read_to_string(apache.pid_file())?;
    run(&["kill".to_owned(), "-KILL".to_owned(), pid.trim().to_owned()])?;
    crate::wait_until("the death is noticed", async || !apache.is_alive()).await?;
    crate::wait_until("the workers are gone", async || {
        crate::processes_of(directory.path()).is_ok_and(|left| left.is_empty())
    })
    .await?;
    apache.restart().await?;
    assert!(apache.is_alive());
    Ok(())
}

fn run(command: &[String]) -> Result<()> {
    let [program, arguments @ ..] = command else { anyhow::bail!("no command") };
    let output = Command::new(program).args(arguments).output()?;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
