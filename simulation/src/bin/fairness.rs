//! `fairness`: how long healthy users wait beside one with thousands of broken aliases, and without that user.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use simulation::{Afterwards, Neighbours};

/// How much later a healthy user's certificate may be.
const LATER_BY: f64 = 0.1;

/// One run, names checked for real, until the last healthy user has a certificate.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Healthy users, each with one website of two names.
    #[arg(long, default_value_t = 100)]
    healthy: u32,
    /// Broken aliases of one user.
    #[arg(long, default_value_t = 5_000)]
    broken: u32,
    /// How often each is measured; the medians are compared.
    #[arg(long, default_value_t = 5)]
    times: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fairness: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Tell whether the healthy users are as early as without their neighbour.
async fn run(Arguments { healthy, broken, times }: Arguments) -> Result<bool> {
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for _ in 0..times.max(1) {
        alone.push(measure(healthy, 0).await?);
        together.push(measure(healthy, broken).await?);
    }
    let (alone, together) = (median(alone), median(together));
    let later = together / alone - 1.0;
    println!("last certificate of {healthy} healthy users, median of {}:", times.max(1));
    println!("alone                                  {alone:.2} s");
    println!("beside a user with {broken} broken aliases  {together:.2} s ({:+.1} %)", later * 100.0);
    Ok(later <= LATER_BY)
}

async fn measure(healthy: u32, broken: u32) -> Result<f64> {
    let directory = tempfile::tempdir()?;
    let neighbours = Neighbours::start(healthy, broken, directory.path()).await?;
    let (wait, _) = neighbours.secure(Afterwards::Stop).await?;
    let seconds = wait.last_healthy.as_secs_f64();
    eprintln!("{healthy} healthy, {broken} broken: {seconds:.2} s");
    Ok(seconds)
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
