//! Many at once. Run with `--nocapture` to see the rate.

use std::{sync::Arc, time::Instant};

use anyhow::Result;
use testca::TestCa;
use tokio::task::JoinSet;

use crate::raw::Raw;

const PARALLEL: usize = 128;
const EACH: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_a_hundred_parallel_orders_all_succeed() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Arc::new(Raw::registered(&ca).await?);
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for task in 0..PARALLEL {
        let raw = raw.clone();
        tasks.spawn(async move {
            for number in 0..EACH {
                let name = format!("n{number}.t{task}.test");
                let order = raw.issue(&[name.as_str()]).await?;
                assert_eq!(raw.download(&order).await?.status, 200);
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let seconds = start.elapsed().as_secs_f64();
    let count = PARALLEL * EACH;
    println!("{count} certificates in {seconds:.2} s: {:.0}/s", count as f64 / seconds);
    assert_eq!(ca.journal().certificates_issued(), count as u64);
    Ok(())
}

#[test]
fn a_ca_needs_no_runtime_and_is_gone_when_dropped() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let address = ca.address();
    assert!(std::net::TcpStream::connect(address).is_ok());
    ca.stop();
    assert!(std::net::TcpStream::connect(address).is_err());
    Ok(())
}

#[test]
fn an_address_that_is_taken_is_an_error() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let error = TestCa::builder().listen(ca.address()).start().err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.starts_with(&format!("cannot listen on {}", ca.address()))));
    Ok(())
}
