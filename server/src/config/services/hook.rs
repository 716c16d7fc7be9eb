//! `[services.hook]`: a command of the administrator's, for services that AutoSSL does not know.

use engine::plan::eligibility::Pattern;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

const TIMEOUT: NonZeroU32 = NonZeroU32::new(120).expect("120 is not zero");

/// A command of the administrator's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HookSection {
    /// The program and its first arguments.
    pub(crate) command: Vec<String>,
    /// The most seconds that one call may take; then it is killed with all that it started.
    #[serde(default = "timeout")]
    pub(crate) timeout: NonZeroU32,
    /// Patterns of the names that it is for; none means all.
    #[serde(default)]
    pub(crate) names: Vec<Pattern>,
    /// The group that may read the certificates beside the server's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    /// Where a TLS handshake shows what is presented, if anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) probe: Option<SocketAddr>,
}

const fn timeout() -> NonZeroU32 {
    TIMEOUT
}

impl HookSection {
    /// A program with a slash in its name is a file; others are found on the `PATH`.
    pub(super) fn make_absolute(&mut self, base: &Path) {
        if let Some(program) = self.command.first_mut().filter(|program| program.contains('/')) {
            *program = base.join(&*program).to_string_lossy().into_owned();
        }
    }

    pub(super) fn engine(&self) -> engine::config::HookConfig {
        engine::config::HookConfig {
            command: self.command.clone(),
            timeout: Duration::from_secs(self.timeout.get().into()),
            names: self.names.clone(),
            group: self.group.clone(),
            probe: self.probe,
        }
    }
}
