//! `autossl provider`: certificate authorities.

use super::table::Table;
use super::{operator, output};
use crate::error::CliError;
use clap::Subcommand;
use engine::model::{ProviderSummary, TermsState};
use engine::{Engine, TermsAnswer};

/// What can be done.
#[derive(Subcommand)]
pub(super) enum ProviderCommand {
    /// List the certificate authorities
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Send orders to a certificate authority from now on
    Select {
        /// Its short name, from the list
        id: String,
        /// Agree to its terms of service
        #[arg(long)]
        agree_tos: bool,
    },
    /// Send no orders anywhere from now on
    Disable,
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: ProviderCommand) -> Result<(), CliError> {
    match command {
        ProviderCommand::List { json: true } => output::json(&engine.providers().await?),
        ProviderCommand::List { json: false } => output::line(&table(&engine.providers().await?).to_string()),
        ProviderCommand::Select { id, agree_tos } => {
            let answer = if agree_tos { TermsAnswer::Agreed { by: operator() } } else { TermsAnswer::NotAsked };
            let provider = engine.select_provider(&id, &answer).await?;
            output::line(&format!("Orders go to {} ({}).", provider.name, provider.directory_url))
        }
        ProviderCommand::Disable => {
            engine.disable_provider().await?;
            output::line("No orders are sent anywhere.")
        }
    }
}

fn table(providers: &[ProviderSummary]) -> Table {
    let mut table = Table::new(&["", "ID", "NAME", "TERMS", "DIRECTORY"]);
    for provider in providers {
        let selected = if provider.selected { "*" } else { "" };
        let terms = match &provider.terms {
            TermsState::NotAgreed => "not agreed".to_owned(),
            TermsState::Agreed { by, at, .. } => format!("agreed by {by}, {}", at.short()),
        };
        let (id, name, url) = (provider.id.clone(), provider.name.clone(), provider.directory_url.clone());
        table.row([selected.to_owned(), id, name, terms, url]);
    }
    table
}
