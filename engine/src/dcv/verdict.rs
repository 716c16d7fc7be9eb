//! The outcome of a check, ready to be stored and shown.

use super::Code;
use serde::{Deserialize, Serialize};

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The CA's validation would fail.
    Blocking,
    /// Worth knowing; validation succeeds all the same.
    Warning,
}

/// How the CA's validation would succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// By a file on the web server (RFC 8555, section 8.3).
    #[serde(rename = "http-01")]
    Http01,
    /// By a TXT record (RFC 8555, section 8.4).
    #[serde(rename = "dns-01")]
    Dns01,
    /// By a TXT record that stands for long (draft-ietf-acme-dns-persist).
    #[serde(rename = "dns-persist-01")]
    DnsPersist01,
    /// Not at all.
    None,
}

impl Method {
    /// Return the name that ACME and CAA `validationmethods` (RFC 8657) use; `none` where there is none.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http01 => "http-01",
            Self::Dns01 => "dns-01",
            Self::DnsPersist01 => "dns-persist-01",
            Self::None => "none",
        }
    }
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is; the code has the cause and the remedy in words.
    pub code: Code,
    /// How serious it is here.
    pub severity: Severity,
    /// What was seen: records, addresses, status codes, the chain of URLs. Printable, and of bounded length.
    pub evidence: String,
}

impl Finding {
    /// Make a finding of the code's own severity.
    pub(crate) fn new(code: Code, evidence: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), evidence: evidence.into() }
    }

    /// Write code and evidence in one line.
    pub(crate) fn in_short(&self) -> String {
        format!("{}: {}", self.code, self.evidence)
    }

    /// Make up for it: what would block is only worth knowing.
    pub(super) fn softened(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

/// Whether one name would pass the CA's validation, and what was found on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The name, as it was given.
    pub name: String,
    /// The method that would succeed; a persistent record is preferred to HTTP-01, and that to DNS-01.
    pub method: Method,
    /// What was found, blocking findings first. Blocking ones are there exactly where no method would succeed.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Tell whether validation would succeed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.method != Method::None
    }

    /// Return the finding that explains the failure best: the first that blocks.
    #[must_use]
    pub fn reason(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Blocking)
    }

    /// Add a finding that explains a failure best, or is worth knowing of a name that passes.
    pub(super) fn with(mut self, finding: Finding) -> Self {
        self.findings.retain(|known| known.code != finding.code);
        let finding = if self.passed() { finding.softened() } else { finding };
        self.findings.insert(0, finding);
        self
    }

    pub(super) fn passing(name: &str, method: Method, findings: Vec<Finding>) -> Self {
        let findings = findings.into_iter().map(Finding::softened).collect();
        Self { name: name.to_owned(), method, findings }
    }

    pub(super) fn failing(name: &str, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.severity);
        Self { name: name.to_owned(), method: Method::None, findings }
    }
}
