//! Writing a log: blocks of records, so that websites which are worked on at the same time do not mix their lines.

use crate::clock::Clock;
use crate::error::{EngineError, EngineResult};
use crate::model::{LogFormat, LogRecord, LogType, RunId, RunSummary};
use std::fmt::Write as _;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// An open log.
pub(crate) struct Logbook {
    run: RunId,
    clock: Arc<dyn Clock>,
    dir: PathBuf,
    files: Mutex<Files>,
}

struct Files {
    text: File,
    json: File,
}

impl Logbook {
    /// Open a run's log; one that was begun before is continued.
    pub(crate) fn open(logs_dir: &Path, run: &RunId, clock: Arc<dyn Clock>) -> EngineResult<Self> {
        let dir = logs_dir.join(&run.0);
        let failed = |source| EngineError::File { action: "cannot open log", path: dir.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(failed)?;
        let open = |format| {
            let path = super::path(logs_dir, run, format);
            OpenOptions::new().create(true).append(true).mode(0o600).open(&path)
        };
        let files =
            Files { text: open(LogFormat::Text).map_err(failed)?, json: open(LogFormat::Json).map_err(failed)? };
        Ok(Self { run: run.clone(), clock, dir, files: Mutex::new(files) })
    }

    /// Begin a block that is about the run.
    pub(crate) fn block(&self) -> Block<'_> {
        Block { book: self, records: Vec::new(), user: None, website: None }
    }

    /// Begin a block that is about one website.
    pub(crate) fn website_block(&self, user: &str, website: &str) -> Block<'_> {
        let mut block = self.block();
        block.user = Some(user.to_owned());
        block.website = Some(website.to_owned());
        block
    }

    /// Write `run.json`: provider, scope, start, end, result and counts.
    pub(crate) fn write_summary(&self, summary: &RunSummary) -> EngineResult<()> {
        let path = self.dir.join("run.json");
        let text =
            serde_json::to_string_pretty(summary).map_err(|error| EngineError::Configuration(error.to_string()))?;
        crate::vault::write_private(&path, &text)
    }

    fn write(&self, records: &[LogRecord]) -> std::io::Result<()> {
        let (mut text, mut json) = (String::new(), Vec::new());
        for record in records {
            let _ = writeln!(text, "{} {}{}", record.timestamp, prefix(record), record.contents);
            serde_json::to_writer(&mut json, record)?;
            json.push(b'\n');
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.text.write_all(text.as_bytes())?;
        files.json.write_all(&json)
    }
}

fn prefix(record: &LogRecord) -> String {
    let mark = match record.kind {
        LogType::Out | LogType::Success => "",
        LogType::Warn => "WARN ",
        LogType::Error => "ERROR ",
    };
    format!("{}{mark}", "  ".repeat(usize::try_from(record.indent).unwrap_or(0)))
}

/// Records that stand together in the log. They are written when the block is dropped or flushed.
pub(crate) struct Block<'a> {
    book: &'a Logbook,
    records: Vec<LogRecord>,
    user: Option<String>,
    website: Option<String>,
}

impl Block<'_> {
    /// State something.
    pub(crate) fn out(&mut self, indent: u32, contents: impl Into<String>) {
        self.push(LogType::Out, indent, contents.into(), None, None);
    }

    /// State something that has a code, whether it is good or bad.
    pub(crate) fn note(&mut self, indent: u32, code: &str, contents: impl Into<String>) {
        self.push(LogType::Out, indent, contents.into(), Some(code.to_owned()), None);
    }

    /// State that something worked.
    pub(crate) fn success(&mut self, indent: u32, contents: impl Into<String>) {
        self.push(LogType::Success, indent, contents.into(), None, None);
    }

    /// State something to look at.
    pub(crate) fn warn(&mut self, indent: u32, code: &str, contents: impl Into<String>) {
        self.push(LogType::Warn, indent, contents.into(), Some(code.to_owned()), None);
    }

    /// State that something failed.
    pub(crate) fn error(&mut self, indent: u32, code: &str, contents: impl Into<String>) {
        self.push(LogType::Error, indent, contents.into(), Some(code.to_owned()), None);
    }

    /// State that something failed for one name.
    pub(crate) fn name_error(&mut self, indent: u32, code: &str, name: &str, contents: impl Into<String>) {
        self.push(LogType::Error, indent, contents.into(), Some(code.to_owned()), Some(name.to_owned()));
    }

    /// Write what there is.
    pub(crate) fn flush(&mut self) {
        let records = std::mem::take(&mut self.records);
        if let Err(error) = self.book.write(&records) {
            tracing::error!(run.id = %self.book.run, %error, "the log cannot be written");
        }
    }

    fn push(&mut self, kind: LogType, indent: u32, contents: String, code: Option<String>, domain: Option<String>) {
        self.records.push(LogRecord {
            schema: 1,
            timestamp: self.book.clock.now().rfc3339(),
            pid: std::process::id(),
            kind,
            indent,
            contents,
            partial: false,
            code,
            run_id: self.book.run.clone(),
            user: self.user.clone(),
            website: self.website.clone(),
            domain,
        });
    }
}

impl Drop for Block<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}
