//! `services`: certificates of thousands of websites in Apache, Dovecot and Exim: time and memory. See bench/README.md.

use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use simulation::Services;

/// Real services on loopback, which are given all certificates at once, one service after the other.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Websites, each with a certificate for three names, of which mail servers present one.
    #[arg(long, value_delimiter = ',', default_value = "500,5000")]
    websites: Vec<u32>,
}

#[tokio::main]
async fn main() -> ExitCode {
    for websites in Arguments::parse().websites {
        if let Err(error) = measure(websites).await {
            eprintln!("services: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn measure(websites: u32) -> Result<()> {
    // Services' workers pass through it as their own users.
    let directory = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir()?;
    let began = Instant::now();
    let services = Services::start(websites, directory.path()).await?;
    println!("{websites} websites, issued in {:.1} s", began.elapsed().as_secs_f64());
    println!("service    names  doors  installed and proved  for a name  memory");
    for one in services.install().await? {
        let seconds = one.installed.as_secs_f64();
        let each = seconds * 1_000.0 / f64::from(one.names * one.doors);
        println!(
            "{:<8} {:>7} {:>6} {seconds:>19.1} s {each:>8.2} ms  {} to {} MiB",
            one.service, one.names, one.doors, one.memory_before, one.memory_after
        );
    }
    let (kept, renewed) = services.keep_and_renew().await?;
    println!(
        "a run with nothing new takes {:.2} s, one that renews all {:.1} s",
        kept.as_secs_f64(),
        renewed.as_secs_f64()
    );
    println!();
    Ok(())
}
