//! How the CA finds out whether a client controls a name (RFC 8555, section 8).

use std::{fmt, sync::Arc};

use crate::problem::{Problem, ProblemKind};

mod caa;
mod dns;
mod dns_persist;
mod http01;
mod network;
mod tls;

pub use network::Network;

/// Who decides about challenges.
#[derive(Clone)]
#[non_exhaustive]
pub enum Validation {
    /// Every challenge is valid at once.
    Always,
    /// The challenge is looked up over the network.
    Network(Network),
    /// A function of the test decides. See [`Validation::by`].
    By(Arc<Decide>),
}

/// A function that decides about one challenge.
pub type Decide = dyn Fn(&Attempt) -> Result<(), ValidationFailure> + Send + Sync;

/// One challenge, as it is to be decided about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The name, without the label of a wildcard; or the address.
    pub name: String,
    /// The challenge, as in `http-01`.
    pub challenge: &'static str,
    /// What the client has to show, directly or hashed (RFC 8555, section 8.1).
    pub key_authorization: String,
    /// The account's URL.
    pub account: String,
    /// Whether the authorization is for a wildcard.
    pub(crate) wildcard: bool,
    /// What the hashed account of a persistent record begins with.
    pub(crate) account_hash_prefix: String,
    /// The time that it is, by the CA's clock.
    pub(crate) at: jiff::Timestamp,
}

impl Attempt {
    pub(crate) fn token(&self) -> &str {
        self.key_authorization.split_once('.').map_or(&self.key_authorization, |(token, _)| token)
    }
}

/// Why a challenge failed: the error that the challenge will have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationFailure(pub(crate) Problem);

impl ValidationFailure {
    /// The target could not be reached.
    pub fn connection(detail: impl Into<String>) -> Self {
        Self::of(ProblemKind::Connection, detail)
    }

    /// A DNS query failed, or found nothing.
    pub fn dns(detail: impl Into<String>) -> Self {
        Self::of(ProblemKind::Dns, detail)
    }

    /// What was found is not the proof.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::of(ProblemKind::Unauthorized, detail)
    }

    /// What was found is a wrong proof.
    pub fn incorrect_response(detail: impl Into<String>) -> Self {
        Self::of(ProblemKind::IncorrectResponse, detail)
    }

    /// CAA records forbid it.
    pub fn caa(detail: impl Into<String>) -> Self {
        Self::of(ProblemKind::Caa, detail)
    }

    /// TLS failed.
    pub fn tls(detail: impl Into<String>) -> Self {
        Self::of(ProblemKind::Tls, detail)
    }

    /// Any kind of problem.
    pub fn of(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self(Problem::new(kind, detail))
    }
}

impl Validation {
    /// Let a function decide. It runs on the CA's thread and must not wait.
    pub fn by(decide: impl Fn(&Attempt) -> Result<(), ValidationFailure> + Send + Sync + 'static) -> Self {
        Self::By(Arc::new(decide))
    }
}

impl fmt::Debug for Validation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => formatter.write_str("Always"),
            Self::Network(network) => formatter.debug_tuple("Network").field(network).finish(),
            Self::By(_) => formatter.write_str("By(..)"),
        }
    }
}
