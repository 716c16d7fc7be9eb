//! What the program writes about itself, to standard error.

use crate::config::{Config, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Begin to write; a second call changes nothing.
///
/// # Errors
/// Where `log.level` is not understood.
pub(crate) fn start(config: &Config) -> Result<(), InvalidLevel> {
    let refused = |source| InvalidLevel { level: config.log.level.clone(), source };
    let filter = EnvFilter::try_new(&config.log.level).map_err(refused)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // Only fails where somebody else began already, which is as good.
    let _ = match config.log.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// Begin to write warnings and errors only, for commands whose output is for people.
pub(crate) fn start_quietly() {
    let builder = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_target(false);
    // Only fails where somebody else began already, which is as good.
    let _ = builder.with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).try_init();
}

/// Why nothing can be written.
#[derive(Debug, thiserror::Error)]
#[error("log.level \"{level}\" is not understood")]
pub(crate) struct InvalidLevel {
    level: String,
    source: tracing_subscriber::filter::ParseError,
}
