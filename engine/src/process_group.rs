//! A command of somebody else's in a process group of its own, which is killed as a whole: what a script waits for would live on.

use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::ExitStatus;
use tokio::process::{Child, Command};

/// A running command. Dropping it kills the whole group.
pub(crate) struct Group {
    /// The leader, for its pipes.
    pub(crate) child: Child,
    id: Option<Pid>,
}

impl Group {
    /// Start a command.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, id })
    }

    /// Wait for its end. What it left running is not ours any more.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.id = None;
        status
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            // It fails only where the group has ended. The leader is not reaped yet, so its id is not another's.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}
