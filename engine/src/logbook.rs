//! The log of a run: one stream of records, written as text for people and as NDJSON, and read back by page.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::{Block, Logbook};

use crate::model::{LogFormat, RunId};
use std::path::{Path, PathBuf};

/// Name the file that holds a run's log.
pub(crate) fn path(logs_dir: &Path, id: &RunId, format: LogFormat) -> PathBuf {
    logs_dir.join(&id.0).join(match format {
        LogFormat::Text => "txt",
        LogFormat::Json => "json",
    })
}
