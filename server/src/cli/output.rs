//! Writing results to standard output, which may be closed early (`| head`).

use crate::error::CliError;
use serde::Serialize;
use std::io::{self, Write};

/// Write one line.
pub(super) fn line(text: &str) -> Result<(), CliError> {
    bytes(format!("{text}\n").as_bytes())
}

/// Write text as it is.
pub(super) fn bytes(text: &[u8]) -> Result<(), CliError> {
    let mut output = io::stdout().lock();
    output.write_all(text).and_then(|()| output.flush()).map_err(|source| match source.kind() {
        io::ErrorKind::BrokenPipe => CliError::OutputClosed,
        _ => CliError::System { action: "cannot write to standard output", source },
    })
}

/// Write a value as indented JSON.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| CliError::System { action: "cannot write JSON", source: error.into() })?;
    line(&text)
}
