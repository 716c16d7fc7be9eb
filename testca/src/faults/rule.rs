//! When a fault acts: on which endpoint, after how many requests, how often, how likely.

use super::{Chance, Endpoint, Fault};

/// Names a rule that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RuleId(pub(crate) u64);

/// A fault with its conditions. Without further ado it acts once, on the next request to its endpoint.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) endpoint: Endpoint,
    pub(crate) fault: Fault,
    skip: u64,
    left: Option<u64>,
    probability: f64,
}

impl Rule {
    /// Let `fault` happen to the next request to `endpoint`.
    pub fn on(endpoint: Endpoint, fault: Fault) -> Self {
        Self { endpoint, fault, skip: 0, left: Some(1), probability: 1.0 }
    }

    /// Act on this many requests.
    pub fn times(mut self, times: u64) -> Self {
        self.left = Some(times);
        self
    }

    /// Act until the rule is removed.
    pub fn forever(mut self) -> Self {
        self.left = None;
        self
    }

    /// Let this many requests to the endpoint pass first.
    pub fn after(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Act with this probability, from 0 to 1, on each request. What does not happen is not counted.
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }
}

/// A rule in the table, with what has become of it.
pub(crate) struct Standing {
    pub(crate) id: RuleId,
    pub(crate) rule: Rule,
    pub(crate) acted: u64,
}

impl Standing {
    pub(crate) fn new(id: RuleId, rule: Rule) -> Self {
        Self { id, rule, acted: 0 }
    }

    /// Decide about one request, and count it.
    pub(crate) fn strikes(&mut self, endpoint: Endpoint, chance: &mut Chance) -> bool {
        if self.rule.endpoint != endpoint || self.is_used_up() {
            return false;
        }
        if self.rule.skip > 0 {
            self.rule.skip -= 1;
            return false;
        }
        if !chance.strikes(self.rule.probability) {
            return false;
        }
        self.acted += 1;
        self.rule.left = self.rule.left.map(|left| left - 1);
        true
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.rule.left == Some(0)
    }
}
