//! A zone that we have access to, and the batches of changes to it: who comes while a batch is on its way is in the next.

use super::authority::{self, Authority};
use super::propagation::{self, Sight};
use super::publisher::{PublishError, Publisher, TxtValue};
use super::secret::TsigAlgorithm;
use super::target::Target;
use crate::dcv::dns::Resolver;
use crate::dcv::{Code, Finding, evidence};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// How long a batch waits for orders that are made at the same time.
const GATHER: Duration = Duration::from_millis(300);

/// A zone that we have access to.
#[derive(Debug)]
pub(super) struct Zone {
    /// Its name, in lower case, without a dot at the end.
    pub(super) name: String,
    /// The name and the algorithm of the key that signs changes.
    pub(super) signature: Option<(String, TsigAlgorithm)>,
    pub(super) publisher: Box<dyn Publisher>,
    /// Servers that must show what was published; none asks those of the NS records.
    pub(super) check_at: Vec<SocketAddr>,
    /// The most time to wait for them.
    pub(super) propagation: Duration,
    pub(super) batches: Batches,
}

/// What waits to be published, and whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Batches {
    turn: tokio::sync::Mutex<()>,
    waiting: Mutex<Vec<Arc<Request>>>,
}

#[derive(Debug)]
struct Request {
    values: Vec<TxtValue>,
    outcome: OnceLock<Vec<Outcome>>,
}

/// What came of publishing one value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Why validation would fail; `None` where every server shows the value.
    pub(super) failure: Option<Finding>,
    /// What else is worth knowing.
    pub(super) warning: Option<Finding>,
    /// Whether it is certain that the value is not in the zone.
    pub(super) absent: bool,
    /// The servers that show it.
    pub(super) seen_at: Vec<String>,
}

/// How the zone's servers are found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder<'a> {
    pub(super) resolver: &'a Resolver,
    pub(super) port: u16,
}

/// Takes a request off the list when whoever made it is gone.
struct Waiting<'a> {
    batches: &'a Batches,
    request: Arc<Request>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.batches.waiting().retain(|other| !Arc::ptr_eq(other, &self.request));
    }
}

impl Batches {
    fn waiting(&self) -> MutexGuard<'_, Vec<Arc<Request>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, values: Vec<TxtValue>) -> Waiting<'_> {
        let request = Arc::new(Request { values, outcome: OnceLock::new() });
        self.waiting().push(Arc::clone(&request));
        Waiting { batches: self, request }
    }
}

impl Zone {
    /// Publish values together with those of others who ask now, and wait until the zone's servers show them.
    ///
    /// Every value is within this zone. The outcomes are in the order of the values.
    pub(super) async fn publish(&self, finder: Finder<'_>, place: &Target, values: Vec<TxtValue>) -> Vec<Outcome> {
        let waiting = self.batches.enqueue(values);
        let turn = self.batches.turn.lock().await;
        if waiting.request.outcome.get().is_none() {
            tokio::time::sleep(GATHER).await;
            let batch = self.batches.waiting().clone();
            let all: BTreeSet<TxtValue> = batch.iter().flat_map(|request| request.values.iter().cloned()).collect();
            let all: Vec<TxtValue> = all.into_iter().collect();
            let outcomes = self.publish_batch(finder, place, &all).await;
            for request in batch {
                let own = request.values.iter().map(|value| outcomes.get(value).cloned().unwrap_or_default());
                // Nobody else sets it while it is our turn.
                let _ = request.outcome.set(own.collect());
            }
        }
        drop(turn);
        waiting.request.outcome.get().cloned().unwrap_or_default()
    }

    async fn publish_batch(
        &self,
        finder: Finder<'_>,
        place: &Target,
        values: &[TxtValue],
    ) -> BTreeMap<TxtValue, Outcome> {
        let mut outcomes: BTreeMap<TxtValue, Outcome> = BTreeMap::new();
        for (value, error) in self.send(&place.apex, values).await {
            outcomes.insert(value, refused(&error));
        }
        let published: Vec<TxtValue> = values.iter().filter(|value| !outcomes.contains_key(value)).cloned().collect();
        if published.is_empty() {
            return outcomes;
        }
        let authorities = self.authorities(finder, place).await;
        let sight = propagation::wait(&authorities, &published, self.propagation).await;
        let outcome = |value: TxtValue| {
            let outcome = self.judge(place, &value, &sight);
            (value, outcome)
        };
        outcomes.extend(published.into_iter().map(outcome));
        outcomes
    }

    /// Send a change. Where it is refused, its names are sent one by one: one that is not allowed must not hold up the others.
    async fn send(&self, apex: &str, values: &[TxtValue]) -> Vec<(TxtValue, PublishError)> {
        let names: BTreeSet<&str> = values.iter().map(|value| value.name.as_str()).collect();
        let all_fail = |error: PublishError, values: &[TxtValue]| {
            values.iter().map(|value| (value.clone(), error.clone())).collect()
        };
        match self.publisher.publish(apex, values).await {
            Ok(()) => Vec::new(),
            Err(error) if error.is_refusal() && names.len() > 1 => {
                let mut failures = Vec::new();
                for name in names {
                    let own: Vec<TxtValue> = values.iter().filter(|value| value.name == name).cloned().collect();
                    if let Err(error) = self.publisher.publish(apex, &own).await {
                        failures.extend(own.into_iter().map(|value| (value, error.clone())));
                    }
                }
                failures
            }
            Err(error) => all_fail(error, values),
        }
    }

    async fn authorities(&self, finder: Finder<'_>, place: &Target) -> Vec<Authority> {
        if self.check_at.is_empty() {
            return authority::find(finder.resolver, &place.servers, finder.port).await;
        }
        self.check_at.iter().copied().map(Authority::configured).collect()
    }

    fn judge(&self, place: &Target, value: &TxtValue, sight: &Sight) -> Outcome {
        let record = format!("{} in zone {}", value.name, place.apex);
        let silent = evidence::listed(&sight.silent);
        let failure = match sight.missing.get(value) {
            Some(servers) => {
                let (servers, seconds) = (evidence::listed(servers), self.propagation.as_secs());
                Some(format!("{record}: not at {servers} after {seconds} s"))
            }
            None if !sight.complete.is_empty() || !sight.missing.is_empty() => None,
            None if silent.is_empty() => {
                let servers = evidence::listed(&place.servers);
                Some(format!("{record}: no address is known of its name servers {servers}"))
            }
            None => Some(format!("{record}: no server answers: {silent}")),
        };
        Outcome {
            failure: failure.map(|seen| Finding::new(Code::Dns01NotPropagated, seen)),
            warning: (!silent.is_empty()).then(|| Finding::new(Code::Dns01ServerSilent, silent)),
            absent: false,
            seen_at: sight.complete.clone(),
        }
    }
}

fn refused(error: &PublishError) -> Outcome {
    Outcome {
        failure: Some(Finding::new(Code::Dns01PublishFailed, error.to_string())),
        absent: matches!(error, PublishError::Refused { .. }),
        ..Outcome::default()
    }
}
