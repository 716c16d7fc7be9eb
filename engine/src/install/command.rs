//! Running a service's own commands.

use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const LIMIT: Duration = Duration::from_secs(120);
/// As much as a line of a log should have.
const MOST_CHARACTERS: usize = 500;

/// Run a command to its end; where it fails, tell what it said.
pub(super) async fn run(command: &[String]) -> Result<(), String> {
    output(command).await.map(drop)
}

/// Run a command to its end and tell what it wrote on its standard output; where it fails, what it said.
pub(super) async fn output(command: &[String]) -> Result<String, String> {
    let [program, arguments @ ..] = command else { return Err("no command is configured".into()) };
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(LIMIT, output)
        .await
        .map_err(|_| format!("{program} did not end within {} s", LIMIT.as_secs()))?
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stderr, output.stdout].concat();
    Err(format!("{program} ended with {}: {}", output.status, in_one_line(&String::from_utf8_lossy(&said))))
}

/// Put a text into one line, cut where it is too long for a log.
pub(super) fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST_CHARACTERS).collect()
}
