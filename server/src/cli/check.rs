//! `autossl check`: ask for a run, and with `--wait` see it through.
//!
//! Runs belong to whoever holds the runner's lock. A server that is up does the work; without one, `--wait` does it here
//! and answers the challenges itself.

use super::{follow, log, operator, output};
use crate::config::Config;
use crate::error::CliError;
use crate::serve::ChallengePort;
use crate::shutdown;
use clap::Args;
use engine::Engine;
use engine::model::{LogFormat, RunId, RunScope, RunState, RunSummary};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often to see whether the runner is gone and the work is left to us.
const RETRY: Duration = Duration::from_secs(1);

/// Whom to check, and how.
#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    whom: Whom,
    /// Print what would be done, and do nothing
    #[arg(long, conflicts_with = "wait")]
    plan: bool,
    /// Wait until it is done, and do it here where no server is running
    #[arg(long)]
    wait: bool,
    /// Print the run as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// Check every user for whom AutoSSL is on
    #[arg(long)]
    all: bool,
    /// Check one user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

impl CheckArgs {
    /// Tell whom to check.
    pub(super) fn scope(&self) -> RunScope {
        self.whom.user.clone().map_or(RunScope::AllUsers, RunScope::User)
    }
}

/// Do it.
pub(super) async fn run(engine: &Engine, config: &Config, arguments: CheckArgs) -> Result<(), CliError> {
    let scope = arguments.scope();
    if arguments.plan {
        return plan(engine, config, &scope, arguments.json).await;
    }
    let id = engine.request_run(scope.clone(), &operator()).await?;
    if !arguments.wait {
        if arguments.json {
            return output::json(&engine.run(&id).await?);
        }
        output::line(&format!("Asked for a run for {scope}: log {id}."))?;
        return output::line("A running server does it; --wait does it here. See: autossl log show --follow ID");
    }
    let stop =
        shutdown::on_signals().map_err(|source| CliError::System { action: "cannot wait for signals", source })?;
    let run = tokio::select! {
        run = watch(engine, &id, &arguments) => run?,
        failed = work(engine, config, &stop) => return failed.and(Err(interrupted(&id))),
    };
    stop.cancel();
    finish(&run, &arguments)
}

/// Print the plan. The names' tokens are answered here where no server does.
async fn plan(engine: &Engine, config: &Config, scope: &RunScope, json: bool) -> Result<(), CliError> {
    let port = ChallengePort::open(config, engine.clone())?;
    let plan = engine.plan(scope).await;
    if let Some(port) = port {
        port.close().await?;
    }
    let plan = plan?;
    if json { output::json(&plan) } else { output::line(plan.text().trim_end()) }
}

async fn watch(engine: &Engine, id: &RunId, arguments: &CheckArgs) -> Result<RunSummary, CliError> {
    if arguments.json {
        return follow::end_of(engine, id).await;
    }
    follow::Log::open(engine, id, LogFormat::Text).await?.print_to_the_end(engine, id).await
}

/// Work whenever nobody else does; ends only when it was asked to or failed.
async fn work(engine: &Engine, config: &Config, stop: &CancellationToken) -> Result<(), CliError> {
    while !stop.is_cancelled() {
        let port = ChallengePort::open(config, engine.clone())?;
        engine.work_off(stop.clone()).await?;
        if let Some(port) = port {
            port.close().await?;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(RETRY) => {}
        }
    }
    Ok(())
}

fn interrupted(id: &RunId) -> CliError {
    CliError::Run(format!("interrupted; run {id} goes on with the next server or `autossl check --wait`"))
}

fn finish(run: &RunSummary, arguments: &CheckArgs) -> Result<(), CliError> {
    if arguments.json {
        output::json(run)?;
    }
    match run.state {
        RunState::Succeeded => Ok(()),
        state => Err(CliError::Run(format!("run {} ended as {}: {}", run.id, state.as_str(), log::outcome(run)))),
    }
}
