//! `autossl drift`: is what services present still what was installed? Every name is asked for at every door.

use super::output;
use crate::error::CliError;
use clap::Args;
use engine::Engine;
use engine::model::{Drift, DriftReport, SilentService};

/// How to say it.
#[derive(Args)]
pub(super) struct DriftArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Look; what differs is put right by the server's schedule, or the next run.
pub(super) async fn run(engine: &Engine, arguments: DriftArgs) -> Result<(), CliError> {
    let report = engine.look_for_drift().await?;
    if arguments.json {
        output::json(&report)?;
    } else {
        output::line(&text(&report))?;
    }
    let (drifted, silent) = (report.drifted.len(), report.silent.len());
    if drifted == 0 && silent == 0 {
        return Ok(());
    }
    Err(CliError::Drift(format!(
        "{drifted} certificates are not presented any more, and {silent} services do not answer"
    )))
}

fn text(report: &DriftReport) -> String {
    let drifted = report.drifted.iter().map(|Drift { service, website, code, detail, .. }| {
        format!("{website}: {service} does not present what was installed: {detail} ({code})")
    });
    let silent =
        report.silent.iter().map(|SilentService { service, reason }| format!("{service} does not answer: {reason}"));
    let looked = format!("{} certificates were looked at.", report.looked_at);
    drifted.chain(silent).chain([looked]).collect::<Vec<_>>().join("\n")
}
