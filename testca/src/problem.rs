//! Problem documents: what is wrong with a request (RFC 8555, section 6.7; RFC 7807).

use serde_json::{Value, json};

mod kind;

pub use kind::ProblemKind;

/// An error as the CA answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(crate) kind: ProblemKind,
    pub(crate) status: u16,
    pub(crate) detail: String,
    /// Boxed, so that results stay small where nothing goes wrong.
    pub(crate) extra: Box<Extra>,
}

/// What only few problems have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extra {
    pub(crate) subproblems: Vec<(String, Problem)>,
    pub(crate) instance: Option<String>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) terms: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) allow: Option<&'static str>,
}

impl Problem {
    /// Make a problem with the status that usually goes with its kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, status: kind.status(), detail: detail.into(), extra: Box::default() }
    }

    /// Answer with another HTTP status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Say in how many seconds the client may come back.
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.extra.retry_after = Some(seconds);
        self
    }

    /// Name a page about this very problem (RFC 7807, `instance`).
    pub fn with_instance(mut self, url: impl Into<String>) -> Self {
        self.extra.instance = Some(url.into());
        self
    }

    /// Say what is wrong with single names (RFC 8555, section 6.7.1).
    pub fn with_subproblems(mut self, subproblems: Vec<(String, Problem)>) -> Self {
        self.extra.subproblems = subproblems;
        self
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Malformed, detail)
    }

    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Unauthorized, detail)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::malformed(format!("there is no such {what}")).with_status(404)
    }

    pub(crate) fn terms_not_agreed(terms: &str) -> Self {
        let detail = format!("the terms of service at {terms} must be agreed to first");
        let mut problem = Self::new(ProblemKind::UserActionRequired, detail);
        problem.extra.terms = Some(terms.to_owned());
        problem
    }

    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Self::new(ProblemKind::ServerInternal, error.to_string())
    }

    /// The JSON document.
    pub(crate) fn to_json(&self) -> Value {
        let mut document = json!({"type": self.kind.urn(), "detail": self.detail, "status": self.status});
        if let Some(instance) = &self.extra.instance {
            document["instance"] = json!(instance);
        }
        if !self.extra.subproblems.is_empty() {
            let subproblems = self.extra.subproblems.iter().map(|(name, problem)| {
                let mut document = problem.to_json();
                document["identifier"] = crate::names::Identifier::of(name).to_json();
                document
            });
            document["subproblems"] = subproblems.collect();
        }
        if self.kind == ProblemKind::BadSignatureAlgorithm {
            document["algorithms"] = json!(crate::jws::ALGORITHMS);
        }
        document
    }
}
