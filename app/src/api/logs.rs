//! The Logs tab.

use super::TextJson;
use crate::error::UiError;
use engine::model::{LogFilter, LogPage, Page, RunId, RunSummary};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// Lines on a page of a log.
pub const LOG_LINES: u32 = 500;

/// One run and a page of its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSheet {
    /// The run.
    pub run: RunSummary,
    /// The page's number, from 1.
    pub page: u32,
    /// The lines.
    pub log: LogPage,
}

/// List runs, newest first.
///
/// # Errors
/// As [`UiError`] says.
#[server(ListRuns, prefix = "/fn", endpoint = "runs", input = Json, output = TextJson)]
pub async fn runs(
    /// The page, from 1.
    page: u32,
    /// Runs on a page.
    per_page: u32,
) -> Result<Page<RunSummary>, UiError> {
    let (engine, _) = super::gate::administrator()?;
    engine.runs(page.max(1), per_page.clamp(1, 500)).await.map_err(super::gate::report)
}

/// Read a page of a run's log: the given one, or for page 0 the last while the run is open and the first afterwards.
///
/// # Errors
/// As [`UiError`] says.
#[server(ReadLog, prefix = "/fn", endpoint = "log", input = Json, output = TextJson)]
pub async fn log_sheet(
    /// The run.
    id: RunId,
    /// Which lines.
    filter: LogFilter,
    /// The page, from 1, or 0.
    page: u32,
) -> Result<LogSheet, UiError> {
    let (engine, _) = super::gate::administrator()?;
    let run = engine.run(&id).await.map_err(super::gate::report)?;
    let offset = |page: u32| page.saturating_sub(1).saturating_mul(LOG_LINES);
    let mut page = page;
    let mut log = engine.log_page(&id, &filter, offset(page), LOG_LINES).await.map_err(super::gate::report)?;
    if page == 0 {
        page = if run.state.is_open() { log.total.div_ceil(LOG_LINES).max(1) } else { 1 };
        if page > 1 {
            log = engine.log_page(&id, &filter, offset(page), LOG_LINES).await.map_err(super::gate::report)?;
        }
    }
    Ok(LogSheet { run, page, log })
}
