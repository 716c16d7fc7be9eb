//! The CA as a program, for demos and for clients in other languages. State is in memory and gone at the end.

use std::{fs, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::TcpListener;

mod arguments;
mod fault_request;
mod management;

use arguments::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("testca: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let ca = arguments.builder()?.start()?;
    let directory = arguments.directory()?;
    for (file, pem) in [
        ("testca-tls-root.pem", ca.tls_root_pem()),
        ("testca-issuer-root.pem", ca.issuer_root_pem()),
        ("testca-alternate-root.pem", ca.alternate_root_pem()),
    ] {
        let path = directory.join(file);
        fs::write(&path, pem).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("directory: {}", ca.directory_url());
    println!("HTTPS root: {}", directory.join("testca-tls-root.pem").display());
    println!("issuer root: {}", directory.join("testca-issuer-root.pem").display());
    let stop = async { tokio::signal::ctrl_c().await.context("cannot wait for a signal") };
    let Some(address) = arguments.management else { return stop.await };
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    println!("management: http://{}", listener.local_addr()?);
    tokio::select! {
        stopped = stop => stopped,
        served = management::serve(listener, &ca) => served,
    }
}
