//! A run's log as records: the same stream that is written as text and as NDJSON.

use super::{RunId, Timestamp};
use serde::{Deserialize, Serialize};

/// How a record is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogType {
    /// A statement.
    Out,
    /// Something worked.
    Success,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

/// One line of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// The version of this shape: 1.
    pub schema: u32,
    /// When it was written, RFC 3339 in UTC.
    pub timestamp: String,
    /// The process that wrote it.
    pub pid: u32,
    /// How it is to be read.
    #[serde(rename = "type")]
    pub kind: LogType,
    /// How deep it stands: 0 the run, 1 a website, 2 a detail.
    pub indent: u32,
    /// The sentence.
    pub contents: String,
    /// Whether the line goes on in the next record; always false today.
    pub partial: bool,
    /// A stable code for the cause, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The run.
    pub run_id: RunId,
    /// The user that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The website that it is about, by its primary name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// The name that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// A part of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The records, in the order they were written.
    pub records: Vec<LogRecord>,
    /// Each record's line in the whole log, from 1; as many as `records`.
    pub lines: Vec<u32>,
    /// The first record's number, from 0.
    pub offset: u32,
    /// Records written so far that match the filter.
    pub total: u32,
    /// When the log was read.
    pub read_at: Timestamp,
}

/// Which records of a log to read; the default lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFilter {
    /// Only warnings and errors.
    #[serde(default)]
    pub errors_only: bool,
    /// Only records about this user.
    #[serde(default)]
    pub user: Option<String>,
    /// Only records whose sentence, code or name contains this, whatever the case; empty for all.
    #[serde(default)]
    pub search: String,
}

/// The two forms in which a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON record a line.
    Json,
}
