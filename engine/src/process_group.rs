//! A command of somebody else's in a process group of its own, which is killed as a whole: what a script waits for would live on.

use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// What is kept of a command's output, in bytes.
const MOST_KEPT: usize = 64 << 10;

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

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// The last of its standard output.
    pub(crate) output: String,
    /// The last of its standard error.
    pub(crate) errors: String,
}

impl Ended {
    /// Return what it complained of: its standard error, else its standard output.
    pub(crate) fn complaint(&self) -> &str {
        if self.errors.trim().is_empty() { &self.output } else { &self.errors }
    }
}

/// Run a command to its end with something on its standard input. Dropping the future kills it with all that it started.
pub(crate) async fn converse(command: &mut Command, input: &[u8]) -> io::Result<Ended> {
    let mut group = Group::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (stdin, stdout, stderr) = (group.child.stdin.take(), group.child.stdout.take(), group.child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command that does not read its input may have ended; its exit code tells.
            let _ = stdin.write_all(input).await;
        }
    };
    let ((), output, errors) = tokio::join!(write, hear(stdout), hear(stderr));
    Ok(Ended { status: group.wait().await?, output, errors })
}

/// Read a pipe to its end, so that the command never waits for us, and keep the last of it.
async fn hear(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut pipe) = pipe else { return String::new() };
    let (mut kept, mut part) = (Vec::new(), vec![0; 8 << 10]);
    while let Ok(length @ 1..) = pipe.read(&mut part).await {
        kept.extend(&part[..length]);
        let surplus = kept.len().saturating_sub(MOST_KEPT);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
