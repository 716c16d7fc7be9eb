//! `autossl doctor`: why would this not work? Every part that a certificate needs is looked at, and one name where one is given.

use super::output;
use crate::config::Config;
use crate::error::CliError;
use crate::serve::ChallengePort;
use clap::Args;
use engine::Engine;
use engine::doctor::{ServerState, Surroundings};
use engine::model::{Diagnosis, Observation, Soundness};
use std::path::Path;

/// What to look at, and how to say it.
#[derive(Args)]
pub(super) struct DoctorArgs {
    /// A name that should be secured: look whether it would be validated, too
    domain: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Do it. Challenges are answered here where no server does.
pub(super) async fn run(
    engine: &Engine,
    config: &Config,
    file: Option<&Path>,
    arguments: DoctorArgs,
) -> Result<(), CliError> {
    let port = ChallengePort::open(config, engine.clone())?;
    let surroundings = Surroundings {
        config_file: Config::file(file),
        challenges: port.as_ref().map_or(config.acme.http_listen(), |port| port.at),
        server: if port.is_some() { ServerState::Stopped } else { ServerState::Runs },
        interface: config.server.listen,
        interface_tls: config.server.tls_listen,
    };
    let diagnosis = engine.diagnose(&surroundings, arguments.domain.as_deref()).await;
    if let Some(port) = port {
        port.close().await?;
    }
    let diagnosis = diagnosis?;
    if arguments.json {
        output::json(&diagnosis)?;
    } else {
        output::line(text(&diagnosis).trim_end())?;
    }
    if diagnosis.works() { Ok(()) } else { Err(CliError::Diagnosis(broken(&diagnosis))) }
}

fn broken(diagnosis: &Diagnosis) -> usize {
    diagnosis.observations().filter(|observation| observation.soundness == Soundness::Broken).count()
}

fn text(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for section in &diagnosis.sections {
        text += &format!("{}\n", section.title);
        text.extend(section.observations.iter().map(line));
        text.push('\n');
    }
    text
}

fn line(observation: &Observation) -> String {
    let mark = match observation.soundness {
        Soundness::Fine => "ok",
        Soundness::Note => "note",
        Soundness::Warning => "warning",
        Soundness::Broken => "BROKEN",
    };
    let remedy = observation.remedy.lines().map(|line| format!("           {line}\n")).collect::<String>();
    format!("  {mark:<8} {}\n{remedy}", observation.seen)
}
