//! `autossl deputy`: the process that may change services, for a server that may not.

use crate::config::Config;
use crate::error::CliError;
use crate::{shutdown, telemetry};
use engine::deputy::Deputy;
use rustix::process::geteuid;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Answer the server until a signal says to stop.
///
/// # Errors
/// Where somebody else could change the configuration, which says what is written and run as root, or nobody can be listened to.
pub(super) async fn run(config: &Config, file: Option<&Path>) -> Result<(), CliError> {
    telemetry::start(config)?;
    if let Some(path) = Config::file(file) {
        check_owner(path)?;
    }
    let stop =
        shutdown::on_signals().map_err(|source| CliError::System { action: "cannot wait for signals", source })?;
    let deputy = Deputy::listen(&config.engine())?;
    tracing::info!("the deputy listens");
    deputy.serve(stop).await;
    Ok(())
}

/// Check that nobody but root and this process's user can change the file.
fn check_owner(path: PathBuf) -> Result<(), CliError> {
    const OTHERS_WRITE: u32 = 0o022;
    let metadata = std::fs::metadata(&path).map_err(|source| CliError::File { path: path.clone(), source })?;
    let is_ours = [0, geteuid().as_raw()].contains(&metadata.uid());
    if is_ours && metadata.mode() & OTHERS_WRITE == 0 {
        return Ok(());
    }
    Err(CliError::ConfigurationOfOthers(path))
}
