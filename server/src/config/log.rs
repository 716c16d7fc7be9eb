//! `[log]`: what the server writes about itself, to standard error.

use serde::{Deserialize, Serialize};

/// What the server writes about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogSection {
    /// How a line looks.
    pub(crate) format: LogFormat,
    /// What is worth a line, as tracing's directives: `info`, or `warn,engine=debug`.
    pub(crate) level: String,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people and for journald.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: "info".into() }
    }
}
