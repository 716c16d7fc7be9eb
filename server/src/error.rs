//! Why a command failed, and how that is said on standard error.

use crate::config::ConfigError;
use crate::serve::ServeError;
use crate::telemetry::InvalidLevel;
use engine::{EngineError, OptionError};
use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CliError {
    /// The configuration was refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log's level was refused.
    #[error(transparent)]
    Level(#[from] InvalidLevel),
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(Box<EngineError>),
    /// The server could not start or did not go on.
    #[error(transparent)]
    Serve(Box<ServeError>),
    /// There can be no deputy.
    #[error("there is no deputy")]
    Deputy(#[from] engine::deputy::DeputyError),
    /// The configuration of what runs as root could be changed by others.
    #[error("{0} belongs to another user or can be written by others, and it says what is written and run as root")]
    ConfigurationOfOthers(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An import file was refused.
    #[error("{path} was refused, nothing was changed")]
    Import {
        /// The file.
        path: PathBuf,
        /// Why, with the line.
        source: Box<EngineError>,
    },
    /// Too many websites vanished at once.
    #[error(
        "{0}; look at the list with `autossl inventory sync --dry-run --confirm-loss`, and take it over with --confirm-loss"
    )]
    Loss(Box<engine::inventory::SuspiciousLoss>),
    /// There is nothing to sync with.
    #[error("the inventory is kept in the database, so there is nothing to sync with: see inventory.source")]
    NoSource,
    /// An option has to be confirmed.
    #[error("{0}; if you mean it, add --confirm")]
    Unconfirmed(OptionError),
    /// Certificates that are in use were not revoked.
    #[error("{0}; if you mean it, add --yes")]
    RevocationUnconfirmed(Box<EngineError>),
    /// No password or key could be read.
    #[error("no password or key: {0}")]
    Password(String),
    /// An external account was given, and it is not clear for which provider.
    #[error("--eab-kid and --eab-hmac belong to one provider: name exactly one that is new in the list")]
    WhoseExternalAccount,
    /// A run ended otherwise than well.
    #[error("{0}")]
    Run(String),
    /// Challenge records cannot be made in a DNS zone.
    #[error("challenge records cannot be made in DNS zone {0}")]
    DnsZone(String),
    /// A domain has no persistent validation record that works.
    #[error("no persistent record validates {0}")]
    PersistentRecord(String),
    /// Something would not work.
    #[error("{0} of these would not work")]
    Diagnosis(usize),
    /// Services do not present what was installed.
    #[error("{0}")]
    Drift(String),
    /// AutoSSL was not taken out of services.
    #[error("nothing was done; if you mean it, add --yes")]
    UninstallUnconfirmed,
    /// A server works on runs.
    #[error("nothing was done: another process works on runs; stop the server first")]
    ServerWorks,
    /// AutoSSL's files stay in services.
    #[error("AutoSSL's files stay in {0} services")]
    NotUninstalled(usize),
    /// The server is not well.
    #[error("not healthy: {0}")]
    Unhealthy(String),
    /// The demo could not be set up or fell apart.
    #[error("demo")]
    Demo(#[source] anyhow::Error),
    /// The system refused something.
    #[error("{action}")]
    System {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// Standard output was closed; not a failure.
    #[error("the output was closed")]
    OutputClosed,
}

// Engine errors can be large; a result should not be.
impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        Self::Serve(Box::new(error))
    }
}

/// Write an error and its sources in one line, each once.
pub(crate) fn one_line(error: &dyn Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        // A transparent error says what its source says.
        if !parts.last().is_some_and(|last| last.ends_with(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::{CliError, one_line};
    use std::io;

    #[test]
    fn an_error_is_one_line_with_its_sources() {
        let source = io::Error::other("no\nspace");
        let error = CliError::File { path: "/a".into(), source };
        assert_eq!(one_line(&error), "cannot read /a: no space");
    }
}
