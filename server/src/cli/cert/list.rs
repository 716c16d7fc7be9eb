//! `autossl cert list`: written page by page, so that a hundred thousand rows begin to come at once.

use super::super::output;
use super::super::table::Table;
use crate::error::CliError;
use clap::Args;
use engine::Engine;
use engine::inventory::display_name;
use engine::model::{CertificateQuery, CertificateRow, CertificateScope, Timestamp};

/// Rows that are fetched and written together.
const PAGE: u32 = 1_000;

const HEADINGS: [&str; 9] =
    ["WEBSITE", "NAMES", "ISSUER", "KEY", "PROFILE", "VALID UNTIL", "RENEWAL WANTED", "INSTALLED", "SERVED"];

/// Which certificates, and how.
#[derive(Args)]
pub(in crate::cli) struct ListArgs {
    /// Only those of a user, or for a name, that contains this
    #[arg(long, default_value = "", hide_default_value = true)]
    search: String,
    /// Earlier ones, too, and those whose website is gone
    #[arg(long)]
    all: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Do it.
pub(super) async fn run(engine: &Engine, arguments: ListArgs) -> Result<(), CliError> {
    let ListArgs { search, all, json } = arguments;
    let scope = if all { CertificateScope::All } else { CertificateScope::InUse };
    let mut query = CertificateQuery { search, scope, after: 0, limit: PAGE };
    let mut is_first = true;
    loop {
        let rows = engine.certificates(&query).await?;
        let last = rows.last().map(|row| row.id);
        match json {
            true => json_rows(&rows, is_first)?,
            false if is_first || !rows.is_empty() => output::line(&table(&rows, is_first).to_string())?,
            false => {}
        }
        is_first = false;
        match last {
            Some(last) => query.after = last,
            None if json => return output::line("]"),
            None => return Ok(()),
        }
    }
}

/// Write rows as a part of an array.
fn json_rows(rows: &[CertificateRow], is_first: bool) -> Result<(), CliError> {
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let row = serde_json::to_string(row);
        let row = row.map_err(|error| CliError::System { action: "cannot write JSON", source: error.into() })?;
        text.push_str(if is_first && number == 0 { "\n" } else { ",\n" });
        text.push_str(&row);
    }
    let start = if is_first { "[" } else { "" };
    output::bytes(format!("{start}{text}").as_bytes())?;
    // The bracket that ends the array stands in a line of its own.
    if rows.is_empty() && !is_first { output::bytes(b"\n") } else { Ok(()) }
}

fn table(rows: &[CertificateRow], is_first: bool) -> Table {
    let mut table = if is_first { Table::new(&HEADINGS) } else { Table::without_headings() };
    for row in rows {
        let website = row.website.as_deref().map_or_else(|| "(gone)".to_owned(), display_name);
        let end = match row.revoked_at() {
            Some(at) => format!("revoked {}", at.short()),
            None => row.not_after.short(),
        };
        table.row([
            website,
            row.names.iter().map(|name| display_name(name)).collect::<Vec<_>>().join(" "),
            row.issuer.clone(),
            super::key_type(row.key_type).to_owned(),
            row.profile.clone().unwrap_or_else(|| "-".to_owned()),
            end,
            super::window(row.window.as_ref()),
            row.installed_at.map_or_else(|| "-".to_owned(), Timestamp::short),
            row.served_at.map_or_else(|| "-".to_owned(), Timestamp::short),
        ]);
    }
    table
}
