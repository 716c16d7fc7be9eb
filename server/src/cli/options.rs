//! `autossl options`: decisions for the whole server.

use super::table::Table;
use super::{operator, output};
use crate::error::CliError;
use clap::Subcommand;
use engine::model::{OptionRow, OptionSpec};
use engine::{Confirmation, Engine, EngineError, OptionError};
use serde_json::{Value, json};

/// What can be done.
#[derive(Subcommand)]
pub(super) enum OptionsCommand {
    /// List every option with its value
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print one option's value
    Get {
        /// The option, from the list
        key: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Set one option; runs that begin afterwards heed it
    Set {
        /// The option, from the list
        key: String,
        /// Its new value
        value: String,
        /// Confirm what the option may destroy, where it asks for that
        #[arg(long)]
        confirm: bool,
    },
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: OptionsCommand) -> Result<(), CliError> {
    match command {
        OptionsCommand::List { json: true } => {
            output::json(&engine.options().await?.iter().filter_map(explained).collect::<Vec<_>>())
        }
        OptionsCommand::List { json: false } => output::line(&table(&engine.options().await?).to_string()),
        OptionsCommand::Get { key, json } => {
            let rows = engine.options().await?;
            let row = rows.iter().find(|row| row.key == key);
            let row = row.ok_or_else(|| EngineError::from(OptionError::Unknown(key)))?;
            if json { output::json(&explained(row)) } else { output::line(&row.value) }
        }
        OptionsCommand::Set { key, value, confirm } => {
            let confirmation = if confirm { Confirmation::Given } else { Confirmation::Missing };
            match engine.set_option(&key, &value, confirmation, &operator()).await {
                Err(EngineError::Option(error @ OptionError::Unconfirmed { .. })) => Err(CliError::Unconfirmed(error)),
                set => {
                    set?;
                    output::line(&format!("{key} is {value}."))
                }
            }
        }
    }
}

fn table(rows: &[OptionRow]) -> Table {
    let mut table = Table::new(&["OPTION", "VALUE", "DEFAULT", "TAKES", "SET"]);
    for (row, option) in rows.iter().filter_map(|row| Some((row, OptionSpec::find(&row.key)?))) {
        let set = row.set.as_ref().map_or_else(|| "-".to_owned(), |(by, at)| format!("by {by}, {}", at.short()));
        table.row([row.key.clone(), row.value.clone(), option.default.to_owned(), option.allowed(), set]);
    }
    table
}

fn explained(row: &OptionRow) -> Option<Value> {
    let option = OptionSpec::find(&row.key)?;
    Some(json!({
        "key": row.key,
        "value": row.value,
        "default": option.default,
        "takes": option.allowed(),
        "sentence": option.sentence,
        "set_by": row.set.as_ref().map(|(by, _)| by),
        "set_at": row.set.as_ref().map(|(_, at)| at.rfc3339()),
    }))
}
