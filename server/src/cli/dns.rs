//! `autossl dns`: the zones in which challenge records may be made.

use super::output;
use super::table::Table;
use crate::error::CliError;
use clap::Subcommand;
use engine::dns01::DnsTrial;
use engine::{DnsZoneSummary, Engine};

/// What can be done.
#[derive(Subcommand)]
pub(super) enum DnsCommand {
    /// List the zones of the configuration
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Publish a value that validates nothing, see it at the zone's servers, remove it
    Test {
        /// The zone, from the list
        zone: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: DnsCommand) -> Result<(), CliError> {
    match command {
        DnsCommand::List { json: true } => output::json(&engine.dns_zones()),
        DnsCommand::List { json: false } => output::line(&table(&engine.dns_zones()).to_string()),
        DnsCommand::Test { zone, json } => {
            let trial = engine.test_dns_zone(&zone).await?;
            if json {
                output::json(&trial)?
            } else {
                output::line(&told(&trial))?
            }
            if trial.passed() { Ok(()) } else { Err(CliError::DnsZone(zone)) }
        }
    }
}

fn table(zones: &[DnsZoneSummary]) -> Table {
    let mut table = Table::new(&["ZONE", "KIND", "CHANGED BY", "SIGNED"]);
    for zone in zones {
        let signed = if zone.signed { "yes" } else { "no" };
        table.row([zone.zone.clone(), zone.kind.to_owned(), zone.place.clone(), signed.to_owned()]);
    }
    table
}

fn told(trial: &DnsTrial) -> String {
    let mut lines = vec![format!("A test value was put at {} and removed.", trial.record)];
    if !trial.passed() {
        lines = vec![format!("A test value was to be put at {}.", trial.record)];
    }
    if !trial.seen_at.is_empty() {
        lines.push(format!("Seen at {}.", trial.seen_at.join(", ")));
    }
    for finding in &trial.findings {
        let code = finding.code;
        lines.push(format!("{code}: {} {}\n  {}", code.cause(), finding.evidence, code.remedy()));
    }
    lines.join("\n")
}
