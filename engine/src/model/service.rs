//! The services of this machine: what was found of them, and what AutoSSL does to them.

use super::{Observation, Soundness};
use serde::{Deserialize, Serialize};

/// How a service stands to AutoSSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Certificates are installed into it.
    SwitchedOn,
    /// It runs here, and AutoSSL leaves it alone.
    LeftAlone,
    /// It is installed and does not run; AutoSSL leaves it alone.
    Idle,
    /// It is not here.
    Absent,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceReport {
    /// A short stable name, e.g. `apache`.
    pub service: String,
    /// The name for people.
    pub title: String,
    /// How it stands to AutoSSL.
    pub state: ServiceState,
    /// Its version, as it says.
    pub version: Option<String>,
    /// Its configuration files: of each running one, else the usual one.
    pub configs: Vec<String>,
    /// The TCP ports that it listens on, as far as we may know.
    pub ports: Vec<u16>,
    /// What AutoSSL changes there, or would if it were switched on.
    pub change: String,
    /// What the administrator puts into the service's own configuration, once.
    pub snippet: Option<Snippet>,
    /// What was found of a service that is switched on.
    pub observations: Vec<Observation>,
}

impl ServiceReport {
    /// Tell the worst that was found; fine where nothing was looked for.
    #[must_use]
    pub fn worst(&self) -> Soundness {
        self.observations.iter().map(|observation| observation.soundness).max().unwrap_or(Soundness::Fine)
    }
}

/// A text for a file that AutoSSL does not write to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// Where it belongs.
    pub place: String,
    /// The text.
    pub text: String,
}

/// A certificate that a service does not present any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The service's short name.
    pub service: String,
    /// The website's user.
    pub user: String,
    /// The website's primary name.
    pub website: String,
    /// A stable code for the cause.
    pub code: String,
    /// What was seen.
    pub detail: String,
}

/// A service of which it is not known what it presents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentService {
    /// Its short name.
    pub service: String,
    /// Why it is not known.
    pub reason: String,
}

/// What a look at the services found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftReport {
    /// How many certificates were looked at, each service's for itself.
    pub looked_at: u32,
    /// Those that are not presented any more.
    pub drifted: Vec<Drift>,
    /// Services that did not answer.
    pub silent: Vec<SilentService>,
}
