//! Which request meets which fault, and the record of what was asked. Knows no sockets.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::Method;

use super::Fault;

/// The faults that are waiting, and the requests that have come.
#[derive(Default)]
pub(super) struct Rules(Mutex<State>);

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    requests: Vec<String>,
    kept: usize,
}

struct Rule {
    path_prefix: String,
    when: When,
    fault: Fault,
}

enum When {
    /// After so many matching requests, once.
    After(usize),
    Always,
    Done,
}

impl Rules {
    pub(super) fn nth(&self, path_prefix: &str, nth: usize, fault: Fault) {
        self.add(path_prefix, When::After(nth.saturating_sub(1)), fault);
    }

    pub(super) fn always(&self, path_prefix: &str, fault: Fault) {
        self.add(path_prefix, When::Always, fault);
    }

    pub(super) fn clear(&self) {
        self.state().rules.clear();
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// Count a request that is never answered, and never return.
    pub(super) async fn keep<T>(&self) -> T {
        self.state().kept += 1;
        std::future::pending().await
    }

    pub(super) fn kept(&self) -> usize {
        self.state().kept
    }

    /// Record a request and return its fault: every matching rule counts it, the first that is due applies.
    pub(super) fn meet(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut state = self.state();
        state.requests.push(format!("{method} {path}"));
        let matching = state.rules.iter_mut().filter(|rule| path.starts_with(&rule.path_prefix));
        matching.fold(None, |met, rule| met.or(rule.count()))
    }

    fn add(&self, path_prefix: &str, when: When, fault: Fault) {
        self.state().rules.push(Rule { path_prefix: path_prefix.to_owned(), when, fault });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn count(&mut self) -> Option<Fault> {
        match self.when {
            When::After(0) => self.when = When::Done,
            When::After(left) => {
                self.when = When::After(left - 1);
                return None;
            }
            When::Always => {}
            When::Done => return None,
        }
        Some(self.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(rules: &Rules, path: &str) -> Option<u16> {
        match rules.meet(&Method::POST, path)? {
            Fault::Respond { code, .. } => Some(code),
            _ => None,
        }
    }

    #[test]
    fn the_nth_matching_request_meets_the_fault_once() {
        let rules = Rules::default();
        rules.nth("/order", 2, Fault::status(500, "text/html", "oops"));
        let met = ["/order-1", "/dir", "/order-2", "/order-3"].map(|path| ask(&rules, path));
        assert_eq!(met, [None, None, Some(500), None]);
        assert_eq!(rules.requests(), ["POST /order-1", "POST /dir", "POST /order-2", "POST /order-3"]);
    }

    #[test]
    fn two_rules_for_one_path_apply_one_after_the_other() {
        let rules = Rules::default();
        rules.nth("/", 1, Fault::status(500, "text/html", "oops"));
        rules.nth("/", 2, Fault::problem(429, "rateLimited", "slow down"));
        assert_eq!([(); 3].map(|()| ask(&rules, "/dir")), [Some(500), Some(429), None]);
    }
}
