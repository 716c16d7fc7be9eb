//! `simulation`: live through months of a hosting server and print what came of it. See docs/simulation.md.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use simulation::{Fleet, Setting};

/// How far a day may be from even.
const EVEN_WITHIN: f64 = 0.1;

/// The engine and a certificate authority with Let's Encrypt's limits, on one virtual clock.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Websites, each with one name.
    #[arg(long, default_value_t = 10_000)]
    websites: u32,
    /// Days to live through.
    #[arg(long, default_value_t = 180)]
    days: u32,
    /// How long certificates are valid, in days.
    #[arg(long, default_value_t = 90)]
    lifetime: u32,
    /// Let the authority tell when to renew (RFC 9773).
    #[arg(long)]
    renewal_information: bool,
    /// Orders that the authority accepts in three hours.
    #[arg(long, default_value_t = 300)]
    orders_in_3_hours: u32,
    /// Stop after so many seconds of real time; the figures say how far it came.
    #[arg(long)]
    at_most: Option<u64>,
    /// Where database, keys and logs are kept while it runs.
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Write the figures here, too, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("simulation: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Remove the logs of a day: those of half a year would be more than all the rest.
fn prune(logs: &Path) -> Result<()> {
    for run in std::fs::read_dir(logs).context("cannot list the logs")? {
        std::fs::remove_dir_all(run?.path()).context("cannot prune the logs")?;
    }
    Ok(())
}

/// Tell whether nothing expired, no limit was hit, and days were even.
async fn run(arguments: Arguments) -> Result<bool> {
    let parent = arguments.directory.unwrap_or_else(std::env::temp_dir);
    let directory = tempfile::tempdir_in(&parent).with_context(|| format!("cannot write to {}", parent.display()))?;
    let setting = Setting {
        websites: arguments.websites,
        lifetime_days: arguments.lifetime,
        renewal_information: arguments.renewal_information,
        orders_in_3_hours: arguments.orders_in_3_hours,
    };
    let began = Instant::now();
    let mut fleet = Fleet::start(setting, directory.path()).await?;
    for day in 0..arguments.days {
        let orders = fleet.day().await?;
        eprintln!("day {day}: {orders} orders, {:.0} s", began.elapsed().as_secs_f64());
        prune(&directory.path().join("logs"))?;
        if arguments.at_most.is_some_and(|seconds| began.elapsed() > Duration::from_secs(seconds)) {
            break;
        }
    }
    let figures = fleet.figures();
    println!("{figures}");
    if let Some(path) = arguments.json {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(figures.expired == 0 && figures.refused == 0 && figures.steady.is_within(EVEN_WITHIN))
}
