//! A process that is killed takes its services with it, although nothing of its own code runs any more.

use std::{
    env,
    process::{Command, Stdio},
};

use anyhow::Result;
use rig::{Apache, Pebble};

/// Set for the second copy of this program, which owns the services that the first one watches.
const DIRECTORY: &str = "RIG_TEST_OWNED_DIRECTORY";

#[tokio::test]
async fn nothing_is_left_of_a_process_that_was_killed() -> Result<()> {
    let Some(binaries) = crate::binaries()? else { return Ok(()) };
    if let Some(directory) = env::var_os(DIRECTORY) {
        let directory = std::path::PathBuf::from(directory);
        let _pebble = Pebble::builder(directory.join("pebble")).start(&binaries).await?;
        let _apache = Apache::builder(directory.join("apache")).start(&binaries).await?;
        std::fs::write(directory.join("ready"), "")?;
        return std::future::pending().await;
    }
    let directory = tempfile::tempdir()?;
    let mut owner = Command::new(env::current_exe()?)
        .args(["--exact", "process_death::nothing_is_left_of_a_process_that_was_killed"])
        .env(DIRECTORY, directory.path())
        .stdout(Stdio::null())
        .spawn()?;
    let ready = directory.path().join("ready");
    let started = crate::wait_until("the services are ready", async || ready.exists()).await;
    let running = crate::processes_of(directory.path())?.len();
    owner.kill()?;
    owner.wait()?;
    started?;
    assert!(running > 2, "Pebble, Apache and its workers were running, not {running} processes");
    crate::wait_until("the services are gone", async || {
        crate::processes_of(directory.path()).is_ok_and(|left| left.is_empty())
    })
    .await
}
