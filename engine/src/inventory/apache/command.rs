//! Runs a command with a time limit and an output limit, in a process group of its own that is killed as a whole.

use super::error::DiscoveryError;
use crate::process_group::Group;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// The most characters of a failed command's words that an error repeats.
const MOST_SAID: usize = 1_000;

/// The most that is read of the standard error, in MiB: 10,000 warnings are 1 MiB.
const ERROR_MIB: u32 = 16;

/// How long and how much a command may speak.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) output_mib: u32,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: ExitStatus,
    pub(super) output: String,
    pub(super) errors: String,
}

impl Answer {
    /// Return the output of a command that succeeded, or its own words.
    pub(super) fn succeeded(self, command: &[String]) -> Result<String, DiscoveryError> {
        if self.status.success() {
            return Ok(self.output);
        }
        let said = last_words(if self.errors.trim().is_empty() { &self.output } else { &self.errors });
        Err(DiscoveryError::Failed { command: shown(command), status: self.status, said })
    }
}

/// Run a command to its end.
pub(super) async fn run(command: &[String], limits: Limits) -> Result<Answer, DiscoveryError> {
    let [program, arguments @ ..] = command else { return Err(DiscoveryError::NoCommand) };
    let mut asked = Command::new(program);
    asked.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let group = Group::spawn(&mut asked).map_err(|source| DiscoveryError::Start { command: shown(command), source })?;
    tokio::time::timeout(limits.time, listen(group, command, limits.output_mib))
        .await
        .map_err(|_| DiscoveryError::TimedOut { command: shown(command), seconds: limits.time.as_secs() })?
}

/// Write a command for people.
pub(super) fn shown(command: &[String]) -> String {
    command.join(" ")
}

async fn listen(mut group: Group, command: &[String], mib: u32) -> Result<Answer, DiscoveryError> {
    let stdout = group.child.stdout.take();
    let stderr = group.child.stderr.take();
    let (output, errors) = tokio::try_join!(hear(stdout, command, mib), hear(stderr, command, ERROR_MIB))?;
    let status = group.wait().await;
    let status = status.map_err(|source| DiscoveryError::Read { command: shown(command), source })?;
    Ok(Answer { status, output, errors })
}

async fn hear(pipe: Option<impl AsyncRead + Unpin>, command: &[String], mib: u32) -> Result<String, DiscoveryError> {
    let Some(pipe) = pipe else { return Ok(String::new()) };
    let limit = u64::from(mib) << 20;
    let mut bytes = Vec::new();
    let read = pipe.take(limit + 1).read_to_end(&mut bytes).await;
    read.map_err(|source| DiscoveryError::Read { command: shown(command), source })?;
    if bytes.len() as u64 > limit {
        return Err(DiscoveryError::TooMuchOutput { command: shown(command), mib });
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Take the last lines that are no warnings: Apache names the fault last, after a warning for each missing directory.
fn last_words(text: &str) -> String {
    let warning = |line: &&str| !line.contains(": Warning: ") && !line.contains(":warn]");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).filter(warning).collect();
    let words = lines.join(" ");
    let surplus = words.chars().count().saturating_sub(MOST_SAID);
    words.chars().skip(surplus).filter(|character| !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn the_fault_is_repeated_without_the_warnings_before_it() {
        let text = "AH00112: Warning: DocumentRoot [/nope] does not exist\n\
                    [Mon Nov 23 22:19:18 2026] [core:warn] [pid 1] AH00111: Config variable ${X} is not defined\n\
                    AH00526: Syntax error on line 4 of /etc/a.conf:\nServerAdmin not allowed in <If> context\n";
        let words = "AH00526: Syntax error on line 4 of /etc/a.conf: ServerAdmin not allowed in <If> context";
        assert_eq!(last_words(text), words);
        assert_eq!(last_words(&format!("{}{text}", "x\n".repeat(5_000))).chars().count(), 1_000);
    }
}
