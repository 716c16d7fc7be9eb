//! What the CA was asked and what came of it. It is for tests to look at; the CA itself never reads it.

use std::sync::Mutex;

use jiff::Timestamp;

use crate::{faults::Endpoint, lock::lock, problem::ProblemKind};

/// One request, as it was answered.
#[derive(Clone, Debug)]
pub struct Request {
    /// When, by the CA's clock.
    pub at: Timestamp,
    /// What for.
    pub endpoint: Endpoint,
    /// The method, and the path as asked for.
    pub line: String,
    /// The URL of the account that signed it, if one did.
    pub account: Option<String>,
    /// The names that it was about.
    pub names: Vec<String>,
    /// The status that was answered; nothing if no answer went out.
    pub status: Option<u16>,
    /// The problem that was answered.
    pub problem: Option<ProblemKind>,
    /// Its detail.
    pub detail: Option<String>,
    /// The scripted fault that it met ([`Fault::name`](crate::Fault::name)).
    pub fault: Option<&'static str>,
}

/// One certificate, as it was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// When, by the CA's clock.
    pub at: Timestamp,
    /// The names in the certificate.
    pub names: Vec<String>,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The identifier for renewal information and `replaces` (RFC 9773).
    pub certificate_id: String,
    /// The start of validity.
    pub not_before: Timestamp,
    /// The end of validity.
    pub not_after: Timestamp,
    /// The account's URL.
    pub account: String,
    /// The order's URL.
    pub order: String,
    /// The profile.
    pub profile: String,
    /// The identifier of the certificate that the order replaces.
    pub replaces: Option<String>,
    /// The certificate itself, DER.
    pub der: Vec<u8>,
}

/// One failed validation.
#[derive(Clone, Debug)]
pub struct FailedValidation {
    /// When, by the CA's clock.
    pub at: Timestamp,
    /// The name, without the label of a wildcard.
    pub name: String,
    /// The account's URL.
    pub account: String,
    /// The challenge, as in `http-01`.
    pub challenge: &'static str,
    /// What was wrong.
    pub problem: ProblemKind,
    /// The same in words.
    pub detail: String,
}

/// The record of a CA since its start, or since [`forget`](Self::forget). Grows with each request.
#[derive(Default)]
pub struct Journal {
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    requests: Vec<Request>,
    issued: Vec<Issued>,
    failed: Vec<FailedValidation>,
    accounts: u64,
    orders: u64,
}

impl Journal {
    /// Return how many accounts were created.
    pub fn accounts_created(&self) -> u64 {
        lock(&self.pages).accounts
    }

    /// Return how many orders were created.
    pub fn orders_created(&self) -> u64 {
        lock(&self.pages).orders
    }

    /// Return how many certificates were issued.
    pub fn certificates_issued(&self) -> u64 {
        lock(&self.pages).issued.len() as u64
    }

    /// Return the certificates, oldest first.
    pub fn certificates(&self) -> Vec<Issued> {
        lock(&self.pages).issued.clone()
    }

    /// Return the certificates that have `name` among their names, oldest first.
    pub fn certificates_for(&self, name: &str) -> Vec<Issued> {
        let pages = lock(&self.pages);
        pages.issued.iter().filter(|issued| issued.names.iter().any(|other| other == name)).cloned().collect()
    }

    /// Return the failed validations of `name`, oldest first.
    pub fn failed_validations(&self, name: &str) -> Vec<FailedValidation> {
        lock(&self.pages).failed.iter().filter(|failed| failed.name == name).cloned().collect()
    }

    /// Return how many validations have failed.
    pub fn validations_failed(&self) -> u64 {
        lock(&self.pages).failed.len() as u64
    }

    /// Return the requests to `endpoint`, oldest first.
    pub fn requests(&self, endpoint: Endpoint) -> Vec<Request> {
        lock(&self.pages).requests.iter().filter(|request| request.endpoint == endpoint).cloned().collect()
    }

    /// Return all requests, oldest first.
    pub fn all_requests(&self) -> Vec<Request> {
        lock(&self.pages).requests.clone()
    }

    /// Return how often `problem` was answered.
    pub fn problems(&self, problem: ProblemKind) -> usize {
        lock(&self.pages).requests.iter().filter(|request| request.problem == Some(problem)).count()
    }

    /// Begin anew, as long simulations do to save memory. The CA's own state stays.
    pub fn forget(&self) {
        *lock(&self.pages) = Pages::default();
    }

    pub(crate) fn record(&self, request: Request) {
        lock(&self.pages).requests.push(request);
    }

    pub(crate) fn record_issued(&self, issued: Issued) {
        lock(&self.pages).issued.push(issued);
    }

    pub(crate) fn record_failed(&self, failed: FailedValidation) {
        lock(&self.pages).failed.push(failed);
    }

    pub(crate) fn count_account(&self) {
        lock(&self.pages).accounts += 1;
    }

    pub(crate) fn count_order(&self) {
        lock(&self.pages).orders += 1;
    }
}
