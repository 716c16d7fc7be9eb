//! `throughput`: certificates a second from one authority, one name each, by the engine and by others. See bench/README.md.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use simulation::Client;

/// What of a bare client's speed the engine must have.
const LEAST_SHARE: f64 = 0.8;

/// The engine, a bare protocol client, lego and certbot (where they are installed), at one authority in this process.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Certificates for the engine and the bare client.
    #[arg(long, default_value_t = 400)]
    certificates: u32,
    /// Certificates for programs that are started for each.
    #[arg(long, default_value_t = 32)]
    by_programs: u32,
    /// Orders at once.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    at_once: Vec<usize>,
    /// Milliseconds until the authority answers a request
    #[arg(long, default_value_t = 0)]
    answer_after: u64,
    /// How often each is measured, in turns; the medians are compared.
    #[arg(long, default_value_t = 3)]
    times: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("throughput: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Tell whether the engine was quick enough beside the bare client each time.
async fn run(arguments: &Arguments) -> Result<bool> {
    let clients = [Client::Engine, Client::Bare, Client::Lego, Client::Certbot];
    let clients: Vec<_> = clients.into_iter().filter(|client| client.program().is_none_or(is_installed)).collect();
    let mut quick = true;
    let answer_after = Duration::from_millis(arguments.answer_after);
    println!(
        "certificates a second, median of {}; the authority answers after {answer_after:?}",
        arguments.times.max(1)
    );
    for &at_once in &arguments.at_once {
        let mut rates: Vec<Vec<f64>> = vec![Vec::new(); clients.len()];
        for _ in 0..arguments.times.max(1) {
            for (client, rates) in clients.iter().zip(&mut rates) {
                let certificates =
                    if client.program().is_some() { arguments.by_programs } else { arguments.certificates };
                let directory = tempfile::tempdir()?;
                let took = client.run(certificates, at_once.max(1), answer_after, directory.path()).await?;
                rates.push(f64::from(certificates) / took.as_secs_f64());
            }
        }
        let rates: Vec<f64> = rates.into_iter().map(median).collect();
        for (client, rate) in clients.iter().zip(&rates) {
            println!("{at_once:>3} at once  {:<22} {rate:>8.1}", client.name());
        }
        let share = rates[0] / rates[1];
        println!("{at_once:>3} at once  AutoSSL beside the bare client: {:.0} %", share * 100.0);
        quick &= share >= LEAST_SHARE;
    }
    Ok(quick)
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
