//! Why a certificate authority could not be used, sorted by what to do about it.

use instant_acme::Problem;
use std::net::IpAddr;

const PROBLEM_PREFIX: &str = "urn:ietf:params:acme:error:";

/// A name that the certificate authority could not validate or does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameFailure {
    /// The name.
    pub name: String,
    /// The ACME error type without its prefix (RFC 8555, section 6.7), e.g. `unauthorized`.
    pub kind: String,
    /// The certificate authority's own words.
    pub detail: String,
}

/// Why a certificate authority could not be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcmeError {
    /// No connection, or it broke.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// The CA's host.
        host: String,
        /// What failed.
        reason: String,
    },
    /// No answer within the time limit.
    #[error("{host} did not answer within {seconds} s")]
    Timeout {
        /// The CA's host.
        host: String,
        /// The limit.
        seconds: u64,
    },
    /// An answer that is not ACME, e.g. a load balancer's error page.
    #[error("{host} answered {status} with {content} instead of ACME")]
    NotAcme {
        /// The CA's host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What came, in a few words.
        content: String,
        /// When to come back, in seconds, where it was said.
        retry_after: Option<i64>,
    },
    /// An answer longer than anything that ACME has.
    #[error("{host} sent more than {limit} bytes")]
    TooLarge {
        /// The CA's host.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The CA named a URL on another host, or one that is not https.
    #[error("{url} is refused: requests of this provider stay on https://{host}")]
    ForeignUrl {
        /// The URL.
        url: String,
        /// The host of its directory.
        host: String,
    },
    /// The CA's host is at an address that it may not have.
    #[error("{host} is refused: it leads to {address} ({kind}), which is not allowed for this provider")]
    PrivateAddress {
        /// The host.
        host: String,
        /// The address.
        address: IpAddr,
        /// What the address is, in words.
        kind: &'static str,
    },
    /// The account cannot be used until a person has done something about it.
    #[error("{0}")]
    Account(String),
    /// A rate limit of the CA was hit.
    #[error("rate limit: {detail}")]
    RateLimited {
        /// The CA's own words.
        detail: String,
        /// When to come back, in seconds, where it was said.
        retry_after: Option<i64>,
    },
    /// The CA refused the request.
    #[error("{detail} ({kind})")]
    Refused {
        /// The ACME error type without its prefix.
        kind: String,
        /// The CA's own words.
        detail: String,
        /// Which names it is about, where the CA says so (RFC 8555, section 6.7.1).
        names: Vec<NameFailure>,
    },
    /// The CA did not finish in time; the order goes on there and is taken up again later.
    #[error("the order was still {status} after {seconds} s")]
    Unfinished {
        /// Where the order stood.
        status: &'static str,
        /// How long was waited.
        seconds: u64,
        /// When to come back, in seconds, where it was said.
        retry_after: Option<i64>,
    },
    /// The issued certificate cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    /// An answer that breaks the protocol.
    #[error("unexpected answer: {0}")]
    Protocol(String),
    /// A root certificate or key of ours cannot be read.
    #[error("{0}")]
    Local(String),
}

/// What an error says of the provider as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is out of order: another provider may take the order.
    Down,
    /// It takes no more for now: another provider may take the order.
    Limited,
    /// Nothing: the names, the account or this server are the matter, and another provider would be no remedy.
    None,
}

impl AcmeError {
    /// Name the cause for logs and scripts; stable.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "ca_unreachable",
            Self::Timeout { .. } => "ca_timeout",
            Self::NotAcme { .. } => "ca_not_acme",
            Self::TooLarge { .. } => "ca_answer_too_large",
            Self::ForeignUrl { .. } => "ca_foreign_url",
            Self::PrivateAddress { .. } => "ca_private_address",
            Self::Account(_) => "ca_account",
            Self::RateLimited { .. } => "ca_rate_limited",
            Self::Refused { .. } => "ca_refused",
            Self::Unfinished { .. } => "ca_unfinished",
            Self::Certificate(_) => "certificate_unusable",
            Self::Protocol(_) => "ca_protocol",
            Self::Local(_) => "local_key",
        }
    }

    /// Tell what the error says of the provider: whether it is down (no connection, no answer, an error of its server, nonsense) or
    /// limits us.
    pub(crate) fn trouble(&self) -> Trouble {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::NotAcme { .. }
            | Self::TooLarge { .. }
            | Self::ForeignUrl { .. }
            | Self::PrivateAddress { .. }
            | Self::Protocol(_) => Trouble::Down,
            Self::Refused { kind, .. } if kind == "serverInternal" => Trouble::Down,
            Self::RateLimited { .. } => Trouble::Limited,
            Self::Refused { .. }
            | Self::Account(_)
            | Self::Unfinished { .. }
            | Self::Certificate(_)
            | Self::Local(_) => Trouble::None,
        }
    }

    /// Tell whether the CA itself is out of order, so that other orders would fail alike.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Timeout { .. }
                | Self::NotAcme { .. }
                | Self::TooLarge { .. }
                | Self::RateLimited { .. }
        )
    }

    /// Tell whether a certificate was not revoked only because it is revoked already.
    #[must_use]
    pub fn is_already_revoked(&self) -> bool {
        matches!(self, Self::Refused { kind, .. } if kind == "alreadyRevoked")
    }

    /// Tell whether the object that was asked for is gone at the CA.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        match self {
            Self::Refused { kind, .. } => matches!(kind.as_str(), "malformed" | "unauthorized" | "accountDoesNotExist"),
            Self::NotAcme { status, .. } => *status == 404,
            _ => false,
        }
    }
}

impl From<instant_acme::Error> for AcmeError {
    fn from(error: instant_acme::Error) -> Self {
        match error {
            instant_acme::Error::Api(problem) => Self::from_problem(problem),
            instant_acme::Error::Other(source) => match source.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(other) => Self::Protocol(plain(&other.to_string())),
            },
            other => Self::Protocol(plain(&other.to_string())),
        }
    }
}

impl AcmeError {
    fn from_problem(problem: Problem) -> Self {
        let detail = plain(problem.detail.as_deref().unwrap_or("no reason given"));
        let kind = short_kind(problem.r#type.as_deref());
        if kind == "rateLimited" {
            return Self::RateLimited { detail, retry_after: super::http::last_retry_after() };
        }
        let names = problem.subproblems.into_iter().filter_map(|sub| {
            let name = match sub.identifier? {
                instant_acme::Identifier::Dns(name) => name.to_ascii_lowercase(),
                instant_acme::Identifier::Ip(address) => address.to_string(),
                _ => return None,
            };
            let detail = plain(sub.detail.as_deref().unwrap_or("no reason given"));
            Some(NameFailure { name, kind: short_kind(sub.r#type.as_deref()), detail })
        });
        Self::Refused { kind, detail, names: names.collect() }
    }
}

/// Tell whether a request was refused only because of its nonce.
pub(super) fn is_bad_nonce(problem: &Problem) -> bool {
    short_kind(problem.r#type.as_deref()) == "badNonce"
}

/// Read the failure of one name's challenge.
pub(super) fn name_failure(name: &str, problem: Option<&Problem>) -> NameFailure {
    NameFailure {
        name: name.to_owned(),
        kind: short_kind(problem.and_then(|problem| problem.r#type.as_deref())),
        detail: plain(problem.and_then(|problem| problem.detail.as_deref()).unwrap_or("no reason given")),
    }
}

fn short_kind(kind: Option<&str>) -> String {
    let kind = kind.unwrap_or("unknown");
    plain(kind.strip_prefix(PROBLEM_PREFIX).unwrap_or(kind))
}

// What a CA says goes into logs and pages: one line, no control characters, of a bearable length.
fn plain(text: &str) -> String {
    const LONGEST: usize = 600;
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    one_line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_ca_cannot_forge_a_log_line() {
        let problem: Problem = serde_json::from_str(
            r#"{"type":"urn:ietf:params:acme:error:dns","detail":"no\nAddress\u001b[31m found","status":400}"#,
        )
        .unwrap();
        let AcmeError::Refused { kind, detail, .. } = AcmeError::from_problem(problem) else { panic!("refused") };
        assert_eq!((kind.as_str(), detail.as_str()), ("dns", "no Address [31m found"));
    }

    #[test]
    fn what_concerns_the_names_or_the_account_says_nothing_of_the_provider() {
        let problem = |kind: &str| {
            let text = format!(r#"{{"type":"urn:ietf:params:acme:error:{kind}","detail":"x"}}"#);
            AcmeError::from_problem(serde_json::from_str(&text).unwrap()).trouble()
        };
        for kind in ["caa", "rejectedIdentifier", "userActionRequired", "unauthorized", "dns", "badCSR"] {
            assert_eq!(problem(kind), Trouble::None, "{kind}");
        }
        assert_eq!((problem("serverInternal"), problem("rateLimited")), (Trouble::Down, Trouble::Limited));
        let page =
            AcmeError::NotAcme { host: "ca".into(), status: 503, content: "text/html".into(), retry_after: None };
        assert_eq!((page.trouble(), AcmeError::Protocol("x".into()).trouble()), (Trouble::Down, Trouble::Down));
        assert_eq!(AcmeError::Account("terms".into()).trouble(), Trouble::None);
    }

    #[test]
    fn a_rate_limit_is_told_apart_from_a_refusal() {
        let problem: Problem =
            serde_json::from_str(r#"{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many"}"#).unwrap();
        assert_eq!(AcmeError::from_problem(problem).code(), "ca_rate_limited");
    }
}
