//! All buckets of a CA, and what it says when one is empty.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

use super::{Limit, Limits, bucket};
use crate::{
    clock::seconds_until,
    problem::{Problem, ProblemKind},
};

/// What is counted, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    Accounts { address: String },
    Orders { account: u64 },
    DomainCertificates { domain: String },
    NameSetCertificates { names: String },
    FailedAuthorizations { account: u64, name: String },
    Requests { address: String },
}

/// The state of all limits: a time at which each bucket that was ever touched is full.
pub(crate) struct Buckets {
    limits: Limits,
    full_at: HashMap<Counted, Timestamp>,
}

impl Buckets {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, full_at: HashMap::new() }
    }

    /// Use other limits from now on. What has been spent stays spent.
    pub(crate) fn change(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Refuse if there is no token, without spending one.
    pub(crate) fn check(&self, counted: &Counted, now: Timestamp) -> Result<(), Problem> {
        let Some(limit) = self.limit(counted) else { return Ok(()) };
        let full_at = self.full_at.get(counted).copied().unwrap_or(now);
        let retry_at = bucket::available_at(&limit, full_at, now);
        if retry_at <= now {
            return Ok(());
        }
        let detail = format!(
            "{} in the last {}, retry after {} UTC: see https://ca.test/docs/rate-limits",
            subject(counted, limit.burst),
            go_duration(limit.window),
            retry_at.strftime("%Y-%m-%d %H:%M:%S"),
        );
        Err(Problem::new(ProblemKind::RateLimited, detail).with_retry_after(seconds_until(now, retry_at)))
    }

    /// Spend a token, which [`check`](Self::check) has shown to be there.
    pub(crate) fn spend(&mut self, counted: Counted, now: Timestamp) {
        let Some(limit) = self.limit(&counted) else { return };
        let full_at = self.full_at.entry(counted).or_insert(now);
        *full_at = bucket::spend(&limit, *full_at, now);
    }

    fn limit(&self, counted: &Counted) -> Option<Limit> {
        match counted {
            Counted::Accounts { .. } => self.limits.accounts_per_address,
            Counted::Orders { .. } => self.limits.orders_per_account,
            Counted::DomainCertificates { .. } => self.limits.certificates_per_domain,
            Counted::NameSetCertificates { .. } => self.limits.certificates_per_name_set,
            Counted::FailedAuthorizations { .. } => self.limits.failed_authorizations,
            Counted::Requests { .. } => self.limits.requests,
        }
    }
}

fn subject(counted: &Counted, burst: u32) -> String {
    match counted {
        Counted::Accounts { address } => format!("too many new accounts ({burst}) from {address}"),
        Counted::Orders { .. } => format!("too many new orders ({burst}) from this account"),
        Counted::DomainCertificates { domain } => {
            format!("too many certificates ({burst}) already issued for \"{domain}\"")
        }
        Counted::NameSetCertificates { names } => {
            format!("too many certificates ({burst}) already issued for this exact set of identifiers: {names}")
        }
        Counted::FailedAuthorizations { name, .. } => {
            format!("too many failed authorizations ({burst}) for \"{name}\"")
        }
        Counted::Requests { address } => format!("too many requests ({burst}) from {address}"),
    }
}

/// Write a duration as Go does, which is how clients know it from Let's Encrypt: `168h0m0s`, `36s`.
fn go_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_when_and_how_long() {
        let now: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        let mut buckets = Buckets::new(Limits::lets_encrypt());
        let counted = Counted::DomainCertificates { domain: "example.test".to_owned() };
        for _ in 0..50 {
            assert_eq!(buckets.check(&counted, now), Ok(()));
            buckets.spend(counted.clone(), now);
        }
        let problem = buckets.check(&counted, now).unwrap_err();
        assert_eq!(problem.extra.retry_after, Some(12_096));
        assert!(problem.detail.starts_with(
            "too many certificates (50) already issued for \"example.test\" in the last 168h0m0s, \
             retry after 2026-11-20 03:21:36 UTC"
        ));
    }
}
