//! A command of the administrator's that changes a zone, for DNS that has an interface of its own.
//!
//! It is called with `publish` or `remove` and the zone after its own arguments. Its standard input has one line for each
//! value: the record's name, a blank, the value. Exit code 0 means done; anything else is a failure, of which the last
//! words are told. It must leave other values at the same names alone, and `remove` of what is not there is no failure.

use super::publisher::{PublishError, Publisher, TxtValue};
use crate::process_group::converse;
use async_trait::async_trait;
use std::io;
use std::time::Duration;
use tokio::process::Command;

/// What a failed command says is repeated up to so many characters.
const MOST_SAID: usize = 600;

/// A command that changes zones.
#[derive(Clone, Debug)]
pub struct Hook {
    /// The program and its first arguments.
    pub command: Vec<String>,
    /// The time for one call; then the command is killed with all that it started.
    pub timeout: Duration,
}

#[async_trait]
impl Publisher for Hook {
    async fn publish(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError> {
        self.call("publish", zone, values).await
    }

    async fn remove(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError> {
        self.call("remove", zone, values).await
    }

    async fn list(&self, _zone: &str, _name: &str) -> Result<Option<Vec<String>>, PublishError> {
        Ok(None)
    }
}

impl Hook {
    async fn call(&self, action: &str, zone: &str, values: &[TxtValue]) -> Result<(), PublishError> {
        let command = self.command.join(" ");
        let failed =
            |reason| PublishError::Command { command: format!("{command} {action}"), zone: zone.into(), reason };
        let lines: String = values.iter().map(|TxtValue { name, value }| format!("{name} {value}\n")).collect();
        let run = tokio::time::timeout(self.timeout, self.run(action, zone, lines)).await;
        let run = run.map_err(|_| failed(format!("it was not done after {} s", self.timeout.as_secs())))?;
        run.map_err(|error| failed(error.to_string()))?.map_err(failed)
    }

    async fn run(&self, action: &str, zone: &str, lines: String) -> io::Result<Result<(), String>> {
        let [program, arguments @ ..] = &self.command[..] else {
            return Err(io::Error::other("it is empty"));
        };
        let ended = converse(Command::new(program).args(arguments).args([action, zone]), lines.as_bytes()).await?;
        let (status, said) = (ended.status, last_words(ended.complaint()));
        Ok(match (status.success(), said.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => Err(format!("it ended with {status} and said nothing")),
            (false, false) => Err(format!("it ended with {status} and said: {said}")),
        })
    }
}

fn last_words(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let surplus = words.chars().count().saturating_sub(MOST_SAID);
    words.chars().skip(surplus).filter(|character| !character.is_control()).collect()
}
