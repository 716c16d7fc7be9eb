//! `autossl uninstall`: out of all services, so that they go on without AutoSSL.

use super::{output, removal};
use crate::error::CliError;
use clap::Args;
use engine::Engine;
use engine::model::ServiceRemoved;

/// Whether it is done, and how it is said.
#[derive(Args)]
pub(super) struct UninstallArgs {
    /// Only show what would go and what would stay
    #[arg(long, conflicts_with = "yes")]
    plan: bool,
    /// Do it
    #[arg(long)]
    yes: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Show it, and do it where that was said.
pub(super) async fn run(engine: &Engine, arguments: UninstallArgs) -> Result<(), CliError> {
    let UninstallArgs { plan, yes, json } = arguments;
    if !yes {
        removal::show(&engine.plan_uninstall().await, json)?;
        return if plan { Ok(()) } else { Err(CliError::UninstallUnconfirmed) };
    }
    let Some(done) = engine.uninstall().await? else { return Err(CliError::ServerWorks) };
    if json {
        output::json(&done)?;
    } else {
        let lines: Vec<String> = done.iter().map(line).collect();
        output::line(&lines.join("\n"))?;
    }
    match done.iter().filter(|one| one.failure.is_some()).count() {
        0 => Ok(()),
        failed => Err(CliError::NotUninstalled(failed)),
    }
}

fn line(done: &ServiceRemoved) -> String {
    match &done.failure {
        None => format!("{}: AutoSSL's files are out.", done.service),
        Some(failure) => format!("{}: everything stands as before: {failure}.", done.service),
    }
}
