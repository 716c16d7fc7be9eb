//! Waiting until every authoritative server shows what was published.

use super::authority::Authority;
use super::publisher::TxtValue;
use futures::future::join_all;
use futures::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// The first pause between two looks; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The time for one question.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// A server that fails so often in a row is not waited for, as long as another one shows the values.
const FAILURES_BELIEVED: u32 = 3;
/// Questions to one server at the same time.
const AT_ONCE: usize = 16;

/// What was seen of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// Values that are not everywhere, with the servers that lack them.
    pub(super) missing: BTreeMap<TxtValue, Vec<String>>,
    /// Servers that did not answer, with the reason.
    pub(super) silent: Vec<String>,
    /// Servers that showed everything.
    pub(super) complete: Vec<String>,
}

/// Look at all servers until each shows all values, or fails for good, or the time is over.
pub(super) async fn wait(authorities: &[Authority], values: &[TxtValue], limit: Duration) -> Sight {
    let deadline = Instant::now() + limit;
    let watched = join_all(authorities.iter().map(|authority| watch(authority, values, deadline))).await;
    let mut sight = Sight::default();
    for (authority, outcome) in authorities.iter().zip(watched) {
        match outcome {
            Outcome::Complete => sight.complete.push(authority.to_string()),
            Outcome::Silent(reason) => sight.silent.push(format!("{authority}: {reason}")),
            Outcome::Missing(missing) => {
                for value in missing {
                    sight.missing.entry(value).or_default().push(authority.to_string());
                }
            }
        }
    }
    sight
}

enum Outcome {
    Complete,
    Missing(BTreeSet<TxtValue>),
    Silent(String),
}

async fn watch(authority: &Authority, values: &[TxtValue], deadline: Instant) -> Outcome {
    let mut missing: BTreeSet<TxtValue> = values.iter().cloned().collect();
    let (mut pause, mut failures) = (FIRST_PAUSE, 0);
    loop {
        let heard = look(authority, &mut missing).await;
        if missing.is_empty() {
            return Outcome::Complete;
        }
        failures = if heard.is_ok() { 0 } else { failures + 1 };
        let over = Instant::now() + pause > deadline;
        match heard {
            Err(reason) if over || failures >= FAILURES_BELIEVED => return Outcome::Silent(reason),
            Ok(()) if over => return Outcome::Missing(missing),
            _ => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Ask for each name once and strike off what is there. The error is that of any name.
async fn look(authority: &Authority, missing: &mut BTreeSet<TxtValue>) -> Result<(), String> {
    let names: BTreeSet<String> = missing.iter().map(|value| value.name.clone()).collect();
    let asked = stream::iter(names).map(|name: String| async move {
        let values = authority.values(&name, ANSWER_WITHIN).await;
        (name, values)
    });
    let answers: Vec<_> = asked.buffer_unordered(AT_ONCE).collect().await;
    let mut outcome = Ok(());
    for (name, values) in answers {
        match values {
            Ok(values) => missing.retain(|wanted| wanted.name != name || !values.contains(&wanted.value)),
            Err(reason) => outcome = Err(reason),
        }
    }
    outcome
}
