//! Why an import file was refused.

use super::domain::DomainError;
use std::fmt;

/// Why an import file was refused as a whole, and where.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportError {
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The column in characters, from 1, where it is known.
    pub column: Option<usize>,
    /// What is wrong.
    pub fault: ImportFault,
}

/// What is wrong with an import file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportFault {
    /// There is nothing in it.
    #[error("the file names no user and no package")]
    Empty,
    /// It is larger than AutoSSL reads.
    #[error("the file is larger than {limit} MiB")]
    TooLarge {
        /// The limit in MiB.
        limit: usize,
    },
    /// It is not TOML or JSON, has a key that AutoSSL does not know, lacks one, or has a value of the wrong type.
    #[error("{0}")]
    Syntax(String),
    /// A name is not one that users, owners or packages may have.
    #[error("{kind} {name}: {rule}")]
    BadName {
        /// What is named.
        kind: &'static str,
        /// The name, quoted.
        name: String,
        /// What names must be like.
        rule: &'static str,
    },
    /// A user's value is not what it must be.
    #[error("{key} {value} of user {user}: {rule}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// The value, quoted.
        value: String,
        /// The user.
        user: String,
        /// What values must be like.
        rule: &'static str,
    },
    /// A name is no domain name.
    #[error("domain {} of user {user}: {}", error.input, error.reason)]
    BadDomain {
        /// The user.
        user: String,
        /// What is wrong with it.
        error: DomainError,
    },
    /// A user or package is named twice.
    #[error("{kind} {name} is named twice{}", first(*.line))]
    Twice {
        /// What is named.
        kind: &'static str,
        /// The name.
        name: String,
        /// Where it was named first, if known.
        line: Option<usize>,
    },
    /// A domain is named twice.
    #[error("domain \"{name}\" of user {user} is named twice, first for user {owner}{}", in_line(*.line))]
    DomainTwice {
        /// The domain.
        name: String,
        /// Who has it here.
        user: String,
        /// Who had it first.
        owner: String,
        /// Where it was named first, if known.
        line: Option<usize>,
    },
}

impl fmt::Display for ImportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(formatter, "line {line}, column {column}: {}", self.fault),
            (Some(line), None) => write!(formatter, "line {line}: {}", self.fault),
            _ => self.fault.fmt(formatter),
        }
    }
}

impl std::error::Error for ImportError {}

impl From<ImportFault> for ImportError {
    fn from(fault: ImportFault) -> Self {
        Self { line: None, column: None, fault }
    }
}

fn first(line: Option<usize>) -> String {
    line.map(|line| format!(", first in line {line}")).unwrap_or_default()
}

fn in_line(line: Option<usize>) -> String {
    line.map(|line| format!(" in line {line}")).unwrap_or_default()
}
