//! One service as a child process: started in its own process group, logged to a file, and gone when its owner is.
//! What the service is, and when it is ready, is left to its own file.

use std::{
    fs::{self, OpenOptions},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Error, Result, anyhow};
use tokio::time::{Instant, sleep, timeout};

/// How long a service may take until it answers. Generous, since CI shares two cores.
const READY_WITHIN: Duration = Duration::from_secs(60);
const PROBE_WITHIN: Duration = Duration::from_secs(5);
const BETWEEN_PROBES: Duration = Duration::from_millis(10);
const LAST_LINES: usize = 15;

/// A running service and the guard that ends it.
///
/// The guard is a shell in a group of its own that waits for its standard input to close and then kills the service's
/// whole group. The pipe closes when [`Service::stop`] or `Drop` says so, and also when this process dies in any way.
/// `PR_SET_PDEATHSIG` would need unsafe code, would fire when the spawning *thread* ends (a test's, a worker's), and
/// would leave Apache's workers behind, since it reaches only the direct child.
pub(crate) struct Service {
    name: &'static str,
    log: PathBuf,
    state: Mutex<State>,
}

struct State {
    child: Child,
    guard: Option<Child>,
    exit: Option<ExitStatus>,
}

impl Service {
    /// Start `command` with its output appended to `log`.
    pub(crate) fn spawn(name: &'static str, command: &mut Command, log: &Path) -> Result<Self> {
        let output = OpenOptions::new().create(true).append(true).open(log);
        let output = output.with_context(|| format!("cannot write {}", log.display()))?;
        let errors = output.try_clone().context("cannot share the log file")?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", command.get_program().display()))?;
        let guard = match guard(child.id()) {
            Ok(guard) => guard,
            Err(error) => {
                // The error matters more than whether the kill succeeds: the child is ours and cannot have been reaped.
                let _ = child.kill();
                let _ = child.wait();
                return Err(error.context(format!("cannot guard {name}")));
            }
        };
        let state = Mutex::new(State { child, guard: Some(guard), exit: None });
        Ok(Self { name, log: log.to_owned(), state })
    }

    /// Tell whether the process still runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.state().exit().is_none()
    }

    /// Return the process id, which is also the id of its group.
    pub(crate) fn pid(&self) -> u32 {
        self.state().child.id()
    }

    /// Wait until `probe` succeeds; fail as soon as the process ends or complains about its port, or with the probe's
    /// last error after a minute.
    pub(crate) async fn ready<T>(&self, probe: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        let outcome = tokio::select! {
            answer = answered(probe) => answer,
            reason = self.hopeless() => Err(reason),
        };
        outcome.map_err(|reason| self.explain(&reason))
    }

    /// Return why the service will never be ready, once that is known. Whoever else has the port may keep a probe busy.
    async fn hopeless(&self) -> Error {
        loop {
            if let Some(status) = self.state().exit() {
                return anyhow!("it ended with {status} before it was ready");
            }
            if self.port_taken() {
                return anyhow!("its port is taken");
            }
            sleep(BETWEEN_PROBES).await;
        }
    }

    /// Tell whether the service complained that somebody else has its port.
    pub(crate) fn port_taken(&self) -> bool {
        read_log(&self.log).is_ok_and(|text| text.contains("ddress already in use") || text.contains("ddress in use"))
    }

    /// Make an error that names the service and shows the end of its log.
    pub(crate) fn explain(&self, reason: &Error) -> Error {
        let text = read_log(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n  ");
        anyhow!("{}: {reason:#}; the end of {}:\n  {last}", self.name, self.log.display())
    }

    /// Kill the whole group and wait for it, without blocking the runtime.
    pub(crate) async fn stop(self) -> Result<()> {
        let name = self.name;
        tokio::task::spawn_blocking(move || drop(self)).await.with_context(|| format!("cannot stop {name}"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.state().end();
    }
}

impl State {
    /// Notice an exit. What is left of the group then goes at once, before its id can be given to somebody else.
    fn exit(&mut self) -> Option<ExitStatus> {
        if self.exit.is_none() {
            self.exit = self.child.try_wait().ok().flatten();
            if self.exit.is_some() {
                self.release_guard();
            }
        }
        self.exit
    }

    /// Kill the group first and reap the leader last: until then its id stays taken, so the guard kills no stranger.
    fn end(&mut self) {
        self.release_guard();
        if self.exit.is_none() {
            // Both fail only for a child that is gone already.
            let _ = self.child.kill();
            self.exit = self.child.wait().ok();
        }
    }

    fn release_guard(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            // A guard that cannot be waited for was reaped by somebody else; there is nothing left to do.
            let _ = guard.wait();
        }
    }
}

async fn answered<T>(mut probe: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let failure = match timeout(PROBE_WITHIN, probe()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(failure)) => failure,
            Err(_) => anyhow!("the probe was not answered within {PROBE_WITHIN:?}"),
        };
        if Instant::now() > deadline {
            return Err(failure.context(format!("it was not ready after {READY_WITHIN:?}")));
        }
        sleep(BETWEEN_PROBES).await;
    }
}

fn guard(group: u32) -> Result<Child> {
    let script = r#"trap '' HUP INT TERM; read -r line; kill -KILL "-$1""#;
    Command::new("/bin/sh")
        .args(["-c", script, "rig-guard", &group.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("cannot start /bin/sh")
}

/// Read a log as text, whatever bytes are in it.
pub(crate) fn read_log(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Empty a log before a new attempt, so that the old attempt's complaints are not taken for the new one's.
pub(crate) fn clear_log(path: &Path) -> Result<()> {
    fs::write(path, "").with_context(|| format!("cannot write {}", path.display()))
}
