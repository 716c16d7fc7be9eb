//! The `autossl` binary: command line, configuration, HTTP.

mod channel;
mod cli;
mod config;
mod demo;
mod error;
mod headers;
mod listener;
mod origin;
mod router;
mod serve;
mod session;
mod shutdown;
mod site;
mod state;
mod telemetry;
mod tls;

use error::CliError;
use std::process::ExitCode;

/// Do what the command line says. Exits 0 when it is done, 1 when something failed, 2 when the command line is wrong.
fn main() -> ExitCode {
    let command = cli::parse(std::env::args_os());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("autossl: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(command)) {
        // Whoever reads the output has seen enough.
        Ok(()) | Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("autossl: {}", error::one_line(&error));
            ExitCode::FAILURE
        }
    }
}
