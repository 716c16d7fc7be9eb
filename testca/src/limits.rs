//! Rate limits: how many there are of what, as Let's Encrypt counts them. Which request is counted by which limit is
//! decided in `protocol`; here is only the table and, in `limits/bucket.rs`, the counting.

use std::time::Duration;

mod bucket;
mod buckets;

pub(crate) use buckets::{Buckets, Counted};

const HOUR: Duration = Duration::from_secs(3600);
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// One limit: a bucket of `burst` tokens which is refilled evenly, wholly within `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many at once.
    pub burst: u32,
    /// The time in which an empty bucket becomes full.
    pub window: Duration,
}

impl Limit {
    /// Allow `burst` in each `window`.
    pub const fn new(burst: u32, window: Duration) -> Self {
        Self { burst, window }
    }

    /// The time in which one token comes back.
    pub(crate) fn interval(&self) -> Duration {
        self.window / self.burst.max(1)
    }
}

/// The limits of a CA; each may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// New accounts, by the client's address.
    pub accounts_per_address: Option<Limit>,
    /// New orders, by account.
    pub orders_per_account: Option<Limit>,
    /// Certificates, by registered domain, whoever orders them.
    pub certificates_per_domain: Option<Limit>,
    /// Certificates, by exact set of names, whoever orders them.
    pub certificates_per_name_set: Option<Limit>,
    /// Failed authorizations, by account and name.
    pub failed_authorizations: Option<Limit>,
    /// Requests of any kind, by the client's address.
    pub requests: Option<Limit>,
}

impl Limits {
    /// No limits.
    pub const fn none() -> Self {
        Self {
            accounts_per_address: None,
            orders_per_account: None,
            certificates_per_domain: None,
            certificates_per_name_set: None,
            failed_authorizations: None,
            requests: None,
        }
    }

    /// Those of Let's Encrypt's production service, except the one on requests, which depends on the endpoint there.
    pub const fn lets_encrypt() -> Self {
        Self {
            accounts_per_address: Some(Limit::new(10, HOUR.saturating_mul(3))),
            orders_per_account: Some(Limit::new(300, HOUR.saturating_mul(3))),
            certificates_per_domain: Some(Limit::new(50, WEEK)),
            certificates_per_name_set: Some(Limit::new(5, WEEK)),
            failed_authorizations: Some(Limit::new(5, HOUR)),
            requests: None,
        }
    }

    /// Those of Let's Encrypt's staging service.
    pub const fn lets_encrypt_staging() -> Self {
        Self {
            accounts_per_address: Some(Limit::new(50, HOUR.saturating_mul(3))),
            orders_per_account: Some(Limit::new(1500, HOUR.saturating_mul(3))),
            certificates_per_domain: Some(Limit::new(30_000, Duration::from_secs(1))),
            certificates_per_name_set: Some(Limit::new(30_000, WEEK)),
            failed_authorizations: Some(Limit::new(200, HOUR)),
            requests: None,
        }
    }

    /// Allow so many requests a second from one address.
    pub const fn with_requests_per_second(mut self, requests: u32) -> Self {
        self.requests = Some(Limit::new(requests, Duration::from_secs(1)));
        self
    }
}
