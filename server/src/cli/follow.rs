//! Printing a log while it is written, whoever writes it.

use super::output;
use crate::error::CliError;
use engine::Engine;
use engine::model::{LogFormat, RunId, RunSummary};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

/// How often the file and the run are looked at.
const INTERVAL: Duration = Duration::from_millis(200);
const CHUNK: u64 = 64 * 1024;

/// A log's file and how much of it was printed.
pub(super) struct Log {
    path: PathBuf,
    file: Option<File>,
}

impl Log {
    /// Find a run's log; it need not have begun.
    ///
    /// # Errors
    /// Where there is no such run.
    pub(super) async fn open(engine: &Engine, id: &RunId, format: LogFormat) -> Result<Self, CliError> {
        Ok(Self { path: engine.log_path(id, format).await?, file: None })
    }

    /// Print what was written since the last call.
    pub(super) fn print_news(&mut self) -> Result<(), CliError> {
        if self.file.is_none() {
            self.file = match File::open(&self.path) {
                Ok(file) => Some(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(source) => return Err(CliError::File { path: self.path.clone(), source }),
            };
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        loop {
            let mut news = Vec::new();
            let read = file.take(CHUNK).read_to_end(&mut news);
            read.map_err(|source| CliError::File { path: self.path.clone(), source })?;
            if news.is_empty() {
                return Ok(());
            }
            output::bytes(&news)?;
        }
    }

    /// Print until the run has ended, and return how it did.
    pub(super) async fn print_to_the_end(&mut self, engine: &Engine, id: &RunId) -> Result<RunSummary, CliError> {
        loop {
            // The order matters: what is written before the end is printed after it was seen.
            let run = engine.run(id).await?;
            self.print_news()?;
            if !run.state.is_open() {
                return Ok(run);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// Wait until a run has ended, silently, and return how it did.
pub(super) async fn end_of(engine: &Engine, id: &RunId) -> Result<RunSummary, CliError> {
    loop {
        let run = engine.run(id).await?;
        if !run.state.is_open() {
            return Ok(run);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
