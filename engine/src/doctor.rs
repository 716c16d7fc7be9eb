//! `autossl doctor`: looks at every part that a certificate needs and says what would not work, and why. It orders nothing and
//! changes nothing but a token on the challenge port, which it withdraws.
//!
//! One subject a file. What is said of names is left to `dcv`, what is said of services to their installers.

mod apache;
mod authority;
mod name;
mod ports;
mod resolver;
mod services;
mod settings;

pub use services::apache_configuration;
pub(crate) use services::{Depth, reports};

use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::{Diagnosis, DiagnosisSection, Observation};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What the engine does not know of the server that it is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The configuration file; `None` where only defaults hold.
    pub config_file: Option<PathBuf>,
    /// The challenge port.
    pub challenges: SocketAddr,
    /// Whether a server was found to hold the challenge port.
    pub server: ServerState,
    /// Where the interface is, in the clear.
    pub interface: SocketAddr,
    /// Where the interface is over TLS, if it is.
    pub interface_tls: Option<SocketAddr>,
}

/// Whether a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// It holds its ports.
    Runs,
    /// It does not; whoever asks answers challenges meanwhile.
    Stopped,
}

/// Look at everything, and at one name where one is given.
pub(crate) async fn diagnose(
    inner: &Inner,
    surroundings: &Surroundings,
    name: Option<&str>,
) -> EngineResult<Diagnosis> {
    let mut sections = vec![
        section("Configuration", settings::look(inner, surroundings).await?),
        section("Certificate authority", authority::look(inner).await?),
        section("Ports", ports::look(inner, surroundings).await?),
        section("DNS", resolver::look(inner).await),
    ];
    let services = reports(inner, Depth::Whole).await?;
    if let Some(config) = &inner.config.apache {
        sections.push(section("Apache's virtual hosts", apache::look(inner, config, surroundings).await?));
    }
    sections.push(section("Services", services::summary(&services)));
    if let Some(name) = name {
        sections.push(section(name, name::look(inner, name).await?));
    }
    Ok(Diagnosis { sections, services })
}

fn section(title: &str, observations: Vec<Observation>) -> DiagnosisSection {
    DiagnosisSection { title: title.to_owned(), observations }
}
