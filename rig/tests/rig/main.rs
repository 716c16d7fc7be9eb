//! The rig against itself: every service starts, does what the other crates' tests rely on, and leaves nothing behind.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use rig::Binaries;
use tokio::time::{Instant, sleep};

mod acme;
mod apache;
mod dns;
mod faults;
mod fronts;
mod mail;
mod pebble;
mod process_death;

/// Wait until `condition` holds; the deadline is there to fail, not to be reached.
async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        if Instant::now() > deadline {
            bail!("not within 30 s: {what}");
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// The processes whose command line names `directory`, by `/proc`. Zombies have no command line.
fn processes_of(directory: &Path) -> Result<Vec<u32>> {
    let directory = directory.to_str().context("the path is not UTF-8")?;
    let entries = std::fs::read_dir("/proc").context("no /proc")?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let names_it = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        *pid != std::process::id() && String::from_utf8_lossy(&line).contains(directory)
    };
    Ok(pids.filter(names_it).collect())
}

/// The programs, or none with a printed reason where one is truly absent.
fn binaries() -> Result<Option<Binaries>> {
    let binaries = Binaries::from_env()?;
    let missing = [binaries.pebble().err(), binaries.challtestsrv().err(), binaries.apache().err()];
    match missing.into_iter().flatten().next() {
        Some(error) => {
            println!("skipped: {error}");
            Ok(None)
        }
        None => Ok(Some(binaries)),
    }
}
