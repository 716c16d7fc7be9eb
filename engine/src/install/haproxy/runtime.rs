//! HAProxy's runtime API: a command a connection on its stats socket, answered with text.

use super::entry::{self, Entry};
use crate::install::command::in_one_line;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// HAProxy's buffer (`tune.bufsize`), from which it takes a command as a whole; a longer one is cut off without an answer.
const COMMAND_LIMIT: usize = 16_000;

/// The runtime API of one process.
pub(super) struct Runtime<'a> {
    socket: &'a Path,
}

impl<'a> Runtime<'a> {
    pub(super) fn new(socket: &'a Path) -> Self {
        Self { socket }
    }

    /// Tell whether it answers.
    pub(super) async fn reach(&self) -> Result<(), String> {
        self.ask("show version").await.map(drop)
    }

    /// List the entries of a list of certificates with their lines.
    pub(super) async fn entries(&self, list: &str) -> Result<Vec<(u32, Entry)>, String> {
        let said = self.ask(&format!("show ssl crt-list -n {list}")).await?;
        // The first line names the list.
        if !said.trim_start().starts_with(&format!("# {list}")) {
            return Err(format!("HAProxy has no list {list}: {}", in_one_line(&said)));
        }
        Ok(said.lines().filter_map(entry::read).collect())
    }

    /// List the files of all certificates.
    pub(super) async fn certificates(&self) -> Result<BTreeSet<String>, String> {
        let said = self.ask("show ssl cert").await?;
        // One that is being changed has a star before it.
        let files = said.lines().map(|line| line.trim().trim_start_matches('*'));
        Ok(files.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
    }

    /// Make room for a certificate.
    pub(super) async fn new_certificate(&self, file: &str) -> Result<(), String> {
        self.expect(&format!("new ssl cert {file}"), "New empty certificate store").await
    }

    /// Exchange a certificate in one step.
    pub(super) async fn set_certificate(&self, file: &str, pem: &str) -> Result<(), String> {
        // An empty line ends a payload.
        let lines: Vec<&str> = pem.lines().filter(|line| !line.trim().is_empty()).collect();
        let command = format!("set ssl cert {file} <<\n{}\n", lines.join("\n"));
        self.expect(&command, "Transaction ").await?;
        let committed = self.expect(&format!("commit ssl cert {file}"), "Success!").await;
        if committed.is_err() {
            // The reason for the refusal is the error to tell.
            let _ = self.ask(&format!("abort ssl cert {file}")).await;
        }
        committed
    }

    /// Add an entry at the end of a list.
    pub(super) async fn add(&self, list: &str, entry: &Entry) -> Result<(), String> {
        self.expect(&format!("add ssl crt-list {list} <<\n{entry}\n"), "Success!").await
    }

    /// Remove the entry at a line of a list.
    pub(super) async fn delete(&self, list: &str, entry: &Entry, line: u32) -> Result<(), String> {
        self.expect(&format!("del ssl crt-list {list} {}:{line}", entry.file), "deleted in crtlist").await
    }

    /// Forget a certificate that no entry names.
    pub(super) async fn delete_certificate(&self, file: &str) -> Result<(), String> {
        self.expect(&format!("del ssl cert {file}"), "deleted!").await
    }

    async fn expect(&self, command: &str, success: &str) -> Result<(), String> {
        let said = self.ask(command).await?;
        if said.contains(success) {
            return Ok(());
        }
        let asked = command.lines().next().unwrap_or_default().trim_end_matches(" <<");
        Err(format!("HAProxy answers {asked:?} with: {}", in_one_line(&said)))
    }

    async fn ask(&self, command: &str) -> Result<String, String> {
        let asked = command.lines().next().unwrap_or_default().trim_end_matches(" <<");
        if command.len() > COMMAND_LIMIT {
            return Err(format!("{asked:?} has {} bytes, more than HAProxy takes", command.len()));
        }
        let exchange = async {
            let mut stream = UnixStream::connect(self.socket).await?;
            stream.write_all(format!("{command}\n").as_bytes()).await?;
            let mut said = String::new();
            stream.read_to_string(&mut said).await?;
            Ok::<_, std::io::Error>(said)
        };
        let timed = tokio::time::timeout(ANSWER_WITHIN, exchange).await;
        let socket = self.socket.display();
        timed
            .map_err(|_| format!("{socket} did not answer {asked:?} within {} s", ANSWER_WITHIN.as_secs()))?
            .map_err(|error| format!("{socket}: {error}"))
    }
}
