//! `autossl queue`: pending jobs.

use super::table::Table;
use super::{operator, output};
use crate::error::CliError;
use clap::Subcommand;
use engine::Engine;
use engine::model::{JobDetail, QueueQuery, QueueRow, QueueState};

/// The most rows that the engine gives at once.
const PAGE: u32 = 500;

/// What can be done.
#[derive(Subcommand)]
pub(super) enum QueueCommand {
    /// List the jobs that are not over
    List {
        /// Only jobs of a user or website whose name contains this
        #[arg(long, default_value = "")]
        search: String,
        /// Only jobs in this state, e.g. waiting, held, failed
        #[arg(long, value_parser = state)]
        state: Option<QueueState>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a job with its history
    Show {
        /// The job's number
        id: i64,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a waiting job go on at once
    Retry {
        /// The job's number
        id: i64,
    },
    /// Give a job up
    Cancel {
        /// The job's number
        id: i64,
    },
    /// Keep a job from going on until it is released
    Hold {
        /// The job's number
        id: i64,
    },
    /// Let a held job go on when its time comes
    Release {
        /// The job's number
        id: i64,
    },
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: QueueCommand) -> Result<(), CliError> {
    match command {
        QueueCommand::List { search, state, json } => {
            let rows = all(engine, search, state).await?;
            if json { output::json(&rows) } else { output::line(&table(&rows).to_string()) }
        }
        QueueCommand::Show { id, json } => show(engine, id, json).await,
        QueueCommand::Retry { id } => {
            let run = engine.retry_job(id, &operator()).await?;
            output::line(&format!("Job {id} goes on in run {run}."))
        }
        QueueCommand::Cancel { id } => {
            engine.cancel_job(id, &operator()).await?;
            output::line(&format!("Job {id} is cancelled."))
        }
        QueueCommand::Hold { id } => {
            engine.hold_job(id, &operator()).await?;
            output::line(&format!("Job {id} is held."))
        }
        QueueCommand::Release { id } => {
            engine.release_job(id, &operator()).await?;
            output::line(&format!("Job {id} is released."))
        }
    }
}

async fn all(engine: &Engine, search: String, state: Option<QueueState>) -> Result<Vec<QueueRow>, CliError> {
    let mut query = QueueQuery { search, state, page: 1, per_page: PAGE };
    let mut rows = Vec::new();
    loop {
        let page = engine.queue(&query).await?;
        let pages = page.pages();
        rows.extend(page.rows);
        if query.page >= pages {
            return Ok(rows);
        }
        query.page += 1;
    }
}

fn table(rows: &[QueueRow]) -> Table {
    let mut table = Table::new(&["ID", "WEBSITE", "USER", "STATE", "NEXT ATTEMPT", "TRIES", "REASON"]);
    for row in rows {
        table.row([
            row.id.to_string(),
            row.website.clone(),
            row.user.clone(),
            row.state.as_str().to_owned(),
            row.next_attempt.map_or_else(|| "-".to_owned(), engine::model::Timestamp::rfc3339),
            row.tries.to_string(),
            row.reason.clone(),
        ]);
    }
    table
}

async fn show(engine: &Engine, id: i64, json: bool) -> Result<(), CliError> {
    let JobDetail { row, history } = engine.job(id).await?;
    let events = history.iter().map(|event| (event.at.rfc3339(), event.state.as_str(), event.detail.as_str()));
    if json {
        let events: Vec<_> = events
            .map(|(at, state, detail)| serde_json::json!({ "at": at, "state": state, "detail": detail }))
            .collect();
        return output::json(&serde_json::json!({ "job": row, "history": events }));
    }
    let mut text = table(std::slice::from_ref(&row)).to_string();
    text.push_str(&format!("\nNames: {}\nProvider: {}\nRun: {}", row.names.join(", "), row.provider, row.run));
    for (at, state, detail) in events {
        text.push_str(format!("\n{at} {state} {detail}").trim_end());
    }
    output::line(&text)
}

fn state(name: &str) -> Result<QueueState, String> {
    let known = || QueueState::ALL.map(QueueState::as_str).join(", ");
    QueueState::parse(name).ok_or_else(|| format!("no such state; there are {}", known()))
}
