//! At most one process of a machine works on runs: a file lock, which the system releases when its holder dies.

use crate::error::{EngineError, EngineResult};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Held while this process works on runs.
pub(super) struct RunnerLock {
    file: File,
}

impl RunnerLock {
    /// Take the lock; `None` where another process has it.
    pub(super) fn try_take(data_dir: &Path) -> EngineResult<Option<Self>> {
        let path = data_dir.join("runner.lock");
        let failed = |source| EngineError::File { action: "cannot lock", path: path.clone(), source };
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Drop for RunnerLock {
    /// Let go at once: closing the file is not enough while a command that is just being started has a copy of it.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the runner's lock is not let go before its file is closed");
        }
    }
}
