//! `autossl dns`: the zones in which challenge records may be made, and records that validate a domain for long.

use super::dns_zone::{AddArgs, ChangeArgs};
use super::persist::{self, PersistArgs};
use super::table::Table;
use super::{operator, output};
use crate::error::CliError;
use clap::Subcommand;
use engine::dns01::DnsTrial;
use engine::model::{DnsKind, DnsZoneNote, DnsZoneOrigin, DnsZoneRow, DnsZoneSettings, DnsZoneState};
use engine::{DnsAuthor, DnsPatience, DnsProof, Engine, EngineError};
use serde::Serialize;

/// What can be done.
#[derive(Subcommand)]
pub(super) enum DnsCommand {
    /// List the zones of the configuration file and those that were added
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one zone; secrets are never shown
    Show {
        /// The zone, from the list
        zone: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a zone: it is tried, and saved only if it works
    Add(AddArgs),
    /// Change a zone that was added; what is not said stays as it is
    Change(ChangeArgs),
    /// Forget a zone that was added, with its secret
    Remove {
        /// The zone, from the list
        zone: String,
    },
    /// Publish a value that validates nothing, see it at the zone's servers, remove it
    Test {
        /// The zone, from the list
        zone: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show, check or publish the record that validates a domain for long (dns-persist-01)
    Persist(PersistArgs),
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: DnsCommand) -> Result<(), CliError> {
    match command {
        DnsCommand::List { json: true } => {
            output::json(&engine.dns_zones().await?.iter().map(Listed::from).collect::<Vec<_>>())
        }
        DnsCommand::List { json: false } => output::line(&table(&engine.dns_zones().await?).to_string()),
        DnsCommand::Show { zone, json } => show(&engine.dns_zone(&zone).await?, json),
        DnsCommand::Add(arguments) => {
            let (settings, secret, proof) = arguments.read()?;
            let trial = engine.add_dns_zone(settings.clone(), secret.as_deref(), proof, &author()).await;
            saved(&settings.zone, proof, trial)
        }
        DnsCommand::Change(arguments) => {
            let before = engine.dns_zone(arguments.zone()).await?;
            if before.origin == DnsZoneOrigin::Configuration {
                return Err(EngineError::ConfiguredDnsZone(before.settings.zone).into());
            }
            let (settings, secret, proof) = arguments.read(before.settings)?;
            let trial = engine.change_dns_zone(settings.clone(), secret.as_deref(), proof, &author()).await;
            saved(&settings.zone, proof, trial)
        }
        DnsCommand::Remove { zone } => {
            engine.remove_dns_zone(&zone).await?;
            output::line(&format!("DNS zone {zone} is removed."))
        }
        DnsCommand::Test { zone, json } => {
            let trial = engine.test_dns_zone(&zone, DnsPatience::OfItsSettings).await?;
            if json {
                output::json(&trial)?
            } else {
                output::line(&told(&trial))?
            }
            if trial.passed() { Ok(()) } else { Err(CliError::DnsZone(zone)) }
        }
        DnsCommand::Persist(arguments) => persist::run(engine, arguments).await,
    }
}

fn author() -> DnsAuthor {
    DnsAuthor::CommandLine(operator())
}

fn saved(zone: &str, proof: DnsProof, done: Result<Option<DnsTrial>, EngineError>) -> Result<(), CliError> {
    let trial = done?;
    if let Some(trial) = &trial {
        output::line(&told(trial))?;
    }
    output::line(&match proof {
        DnsProof::Tried => format!("DNS zone {zone} is saved."),
        DnsProof::Untested => format!("DNS zone {zone} is saved without a trial; try it with: autossl dns test {zone}"),
    })
}

/// A zone as JSON shows it.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    settings: &'a DnsZoneSettings,
    /// The server, the provider or the command.
    place: String,
    /// Whether changes are signed.
    signed: bool,
    /// `set`, or nothing: secrets are not shown.
    secret: Option<&'static str>,
    origin: &'a DnsZoneOrigin,
    state: &'a DnsZoneState,
    tested: &'a Option<DnsZoneNote>,
    used: &'a Option<DnsZoneNote>,
}

impl<'a> From<&'a DnsZoneRow> for Listed<'a> {
    fn from(row: &'a DnsZoneRow) -> Self {
        let DnsZoneRow { settings, origin, state, tested, used } = row;
        let secret = settings.has_secret().then_some("set");
        Self { settings, place: settings.place(), signed: settings.is_signed(), secret, origin, state, tested, used }
    }
}

fn table(zones: &[DnsZoneRow]) -> Table {
    let mut table = Table::new(&["ZONE", "KIND", "CHANGED BY", "SIGNED", "FROM", "LAST TEST"]);
    for row in zones {
        let settings = &row.settings;
        let signed = if settings.is_signed() { "yes" } else { "no" };
        table.row([
            settings.zone.clone(),
            settings.kind.as_str().to_owned(),
            settings.place(),
            signed.to_owned(),
            origin(row),
            row.tested.as_ref().map_or_else(|| "never".to_owned(), |note| outcome(note, "worked")),
        ]);
    }
    table
}

fn origin(row: &DnsZoneRow) -> String {
    match (&row.origin, &row.state) {
        (_, DnsZoneState::Overruled) => "added; not used, the configuration file has it, too".to_owned(),
        (_, DnsZoneState::Unusable(_)) => "added; cannot be used".to_owned(),
        (DnsZoneOrigin::Configuration, DnsZoneState::InUse) => "configuration file".to_owned(),
        (DnsZoneOrigin::Added { by, .. }, DnsZoneState::InUse) => format!("added by {by}"),
    }
}

fn outcome(note: &DnsZoneNote, good: &str) -> String {
    let words = if note.failure.is_some() { "failed" } else { good };
    format!("{words} {}", note.at.short())
}

fn show(row: &DnsZoneRow, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&Listed::from(row));
    }
    let DnsZoneRow { settings, state, tested, used, .. } = row;
    let mut table = Table::new(&["", ""]);
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
    let seconds = |value: u32| if value == 0 { String::new() } else { format!("{value} s") };
    line("zone", settings.zone.clone());
    line("kind", settings.kind.as_str().to_owned());
    line("from", origin(row));
    if let DnsZoneState::Unusable(reason) = state {
        line("reason", reason.clone());
    }
    line("server", settings.server.clone());
    line("provider", settings.provider.clone());
    line("command", settings.command.join(" "));
    line("key", settings.key_name.clone());
    line("algorithm", settings.algorithm.clone());
    let secret = match settings.kind {
        _ if settings.has_secret() => "set",
        DnsKind::Rfc2136 => "none: changes are not signed",
        DnsKind::Provider | DnsKind::Command => "",
    };
    line("secret", secret.to_owned());
    line("looked at", settings.check_at.join(", "));
    line("ttl", seconds(settings.ttl));
    line("timeout", seconds(settings.timeout));
    line("propagation", seconds(settings.propagation_timeout));
    let note = |note: &Option<DnsZoneNote>, good: &str| {
        let Some(note) = note else { return "never".to_owned() };
        let failure = note.failure.as_ref().map(|failure| format!(": {failure}")).unwrap_or_default();
        outcome(note, good) + &failure
    };
    line("last test", note(tested, "worked"));
    line("last use", note(used, "worked"));
    output::line(&table.to_string())
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
