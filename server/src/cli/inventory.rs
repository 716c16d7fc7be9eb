//! `autossl inventory`: bringing users and websites up to date with their source.

use super::output;
use crate::error::CliError;
use clap::Subcommand;
use engine::inventory::{Intent, Loss, Synced};
use engine::{Engine, EngineError};

/// What can be done.
#[derive(Subcommand)]
pub(super) enum InventoryCommand {
    /// Read the source, as each run of all users does, and take over what changed
    Sync {
        /// Take it over even where more than half of the websites vanished
        #[arg(long)]
        confirm_loss: bool,
        /// Print what changed, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: InventoryCommand) -> Result<(), CliError> {
    let InventoryCommand::Sync { confirm_loss, dry_run, json } = command;
    let loss = if confirm_loss { Loss::Confirmed } else { Loss::Guarded };
    let intent = if dry_run { Intent::Look } else { Intent::Apply };
    let synced = engine.sync_inventory(loss, intent).await.map_err(|error| match error {
        EngineError::Loss(loss) => CliError::Loss(Box::new(loss)),
        other => other.into(),
    })?;
    let synced = synced.ok_or(CliError::NoSource)?;
    if json { output::json(&synced) } else { output::line(&text(&synced)) }
}

fn text(Synced { changes, skipped }: &Synced) -> String {
    let mut lines: Vec<String> = changes.sentences().into_iter().map(|(_, sentence)| sentence).collect();
    lines.extend(skipped.iter().map(|line| format!("Not taken over: {line}.")));
    let [added, changed, vanished] = [changes.added.len(), changes.changed.len(), changes.vanished.len()];
    lines.push(format!("Websites: {added} added, {changed} changed, {vanished} vanished."));
    lines.join("\n")
}
