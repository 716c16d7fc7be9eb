//! The proxy is transparent until it is told to spoil a request, and then spoils just that one.

use anyhow::{Context, Result};
use rig::{
    Pebble,
    faults::{Fault, Proxy},
};

use crate::acme::{Challenges, Customer};

#[tokio::test]
async fn orders_go_through_the_proxy_and_chosen_requests_fail() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let pebble = Pebble::builder(directory.path()).always_valid().nonce_reject(0).start(&binaries).await?;
    let challenges = Challenges::start().await?;
    let proxy = Proxy::in_front_of(&pebble).await?;
    let customer = Customer::register(&pebble, &proxy.directory_url(), proxy.tls_root_pem_path()).await?;
    customer.order(&["alice.test"], &challenges).await?;
    let certificates = proxy.requests().iter().filter(|request| request.starts_with("POST /certZ/")).count();
    assert_eq!(certificates, 1, "all URLs must lead through the proxy: {:?}", proxy.requests());

    proxy.inject_nth("/order-plz", 2, Fault::problem(429, "rateLimited", "slow down").header("Retry-After", "60"));
    customer.order(&["bob.test"], &challenges).await?;
    let error = customer.order(&["carol.test"], &challenges).await.err().context("the second order succeeded")?;
    assert!(format!("{error:#}").contains("slow down"), "{error:#}");
    customer.order(&["carol.test"], &challenges).await?;
    assert_eq!(pebble.orders_created()?, 3);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_leaves_the_order_at_the_ca() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let pebble = Pebble::builder(directory.path()).always_valid().nonce_reject(0).start(&binaries).await?;
    let challenges = Challenges::start().await?;
    let proxy = Proxy::in_front_of(&pebble).await?;
    let customer = Customer::register(&pebble, &proxy.directory_url(), proxy.tls_root_pem_path()).await?;
    proxy.inject_always("/order-plz", Fault::LoseAnswer);
    assert!(customer.order(&["alice.test"], &challenges).await.is_err());
    assert_eq!(pebble.orders_created()?, 1);
    proxy.inject_always("/order-plz", Fault::CloseConnection);
    proxy.heal();
    customer.order(&["alice.test"], &challenges).await?;
    Ok(())
}

#[tokio::test]
async fn a_broken_ca_answers_html_or_closes_or_says_nothing() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let proxy = Proxy::start(directory.path(), Fault::status(500, "text/html", "<h1>Oops</h1>")).await?;
    let roots = std::fs::read_to_string(proxy.tls_root_pem_path())?;
    assert_eq!(rig::https_get(proxy.address(), "localhost", &roots).await?, 500);

    proxy.heal();
    proxy.inject_always("/", Fault::CloseConnection);
    assert!(rig::https_get(proxy.address(), "localhost", &roots).await.is_err());

    proxy.heal();
    proxy.inject_always("/", Fault::NoAnswer);
    let unanswered = tokio::select! {
        answer = rig::https_get(proxy.address(), "localhost", &roots) => answer.is_err(),
        arrived = crate::wait_until("the request arrives", async || proxy.requests().len() == 3) => arrived.is_ok(),
    };
    assert!(unanswered);
    Ok(())
}
