//! `autossl log`: the logs of runs.

use super::table::Table;
use super::{follow, output};
use crate::error::CliError;
use clap::Subcommand;
use engine::Engine;
use engine::model::{LogFormat, RunId, RunSummary};

/// What can be done.
#[derive(Subcommand)]
pub(super) enum LogCommand {
    /// List runs, newest first
    List {
        /// The most runs to list
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a run's log
    Show {
        /// The run, from the list
        id: String,
        /// One JSON record a line
        #[arg(long)]
        json: bool,
        /// Go on until the run has ended
        #[arg(long)]
        follow: bool,
    },
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: LogCommand) -> Result<(), CliError> {
    match command {
        LogCommand::List { limit, json: true } => output::json(&engine.runs(1, limit.max(1)).await?.rows),
        LogCommand::List { limit, json: false } => {
            output::line(&table(&engine.runs(1, limit.max(1)).await?.rows).to_string())
        }
        LogCommand::Show { id, json, follow: until_end } => {
            let id = RunId(id);
            let format = if json { LogFormat::Json } else { LogFormat::Text };
            let mut log = follow::Log::open(engine, &id, format).await?;
            if until_end {
                log.print_to_the_end(engine, &id).await?;
                return Ok(());
            }
            log.print_news()
        }
    }
}

/// Sum up what a run did, in words.
pub(super) fn outcome(run: &RunSummary) -> String {
    let counts = &run.counts;
    let mut text = format!(
        "{} of {} websites, {} issued, {} kept, {} failed",
        counts.websites_done, counts.websites, counts.issued, counts.kept, counts.failed
    );
    if counts.names_failed > 0 {
        text.push_str(&format!(", {} names left out", counts.names_failed));
    }
    if counts.waiting > 0 {
        text.push_str(&format!(", {} waiting", counts.waiting));
    }
    if let Some(reason) = &run.reason {
        text.push_str(": ");
        text.push_str(reason);
    }
    text
}

fn table(runs: &[RunSummary]) -> Table {
    let mut table = Table::new(&["RUN", "SCOPE", "PROVIDER", "STATE", "OUTCOME"]);
    for run in runs {
        let (id, scope, state) = (run.id.to_string(), run.scope.to_string(), run.state.as_str().to_owned());
        table.row([id, scope, run.provider.clone(), state, outcome(run)]);
    }
    table
}
