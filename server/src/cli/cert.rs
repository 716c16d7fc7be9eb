//! `autossl cert`: the certificates that were ordered.

mod list;
mod revoke;
mod show;

use crate::error::CliError;
use clap::Subcommand;
use engine::Engine;
use engine::model::{KeyType, SuggestedWindow, Timestamp};

/// What can be done.
#[derive(Subcommand)]
pub(super) enum CertCommand {
    /// List certificates, in the order in which they were issued
    List(list::ListArgs),
    /// Show the certificates of a website, with their chains
    Show(show::ShowArgs),
    /// Revoke the certificates of a website
    Revoke(revoke::RevokeArgs),
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: CertCommand) -> Result<(), CliError> {
    match command {
        CertCommand::List(arguments) => list::run(engine, arguments).await,
        CertCommand::Show(arguments) => show::run(engine, &arguments).await,
        CertCommand::Revoke(arguments) => revoke::run(engine, arguments).await,
    }
}

fn key_type(kind: Option<KeyType>) -> &'static str {
    kind.map_or("not noted", KeyType::as_str)
}

fn window(window: Option<&SuggestedWindow>) -> String {
    window.map_or_else(|| "-".to_owned(), |window| format!("{} to {}", window.start.short(), window.end.short()))
}

fn moment(at: Option<Timestamp>, never: &str) -> String {
    at.map_or_else(|| never.to_owned(), Timestamp::short)
}
