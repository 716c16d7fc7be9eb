//! The configuration: where things are, whether they can be written, and whether there is anything to look after.

use super::{ServerState, Surroundings};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::Observation;
use rustix::fs::{Access, access, statvfs};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Certificates take a few kilobytes; the database and logs of a large server take more.
const LEAST_SPACE: u64 = 100 << 20;

pub(super) async fn look(inner: &Inner, surroundings: &Surroundings) -> EngineResult<Vec<Observation>> {
    let mut seen = vec![match &surroundings.config_file {
        Some(file) => Observation::fine(format!("The configuration is {}.", file.display())),
        None => Observation::note(
            "There is no configuration file: defaults hold.",
            "Write one with: autossl print-config > /etc/autossl/autossl.toml",
        ),
    }];
    seen.push(server(surroundings));
    seen.extend([&inner.config.data_dir, &inner.config.logs_dir].map(|dir| directory(dir)));
    if let Some(observation) = privacy(&inner.config.data_dir) {
        seen.push(observation);
    }
    let (users, websites, _) = inner.store.totals(inner.clock.now(), inner.clock.now()).await?;
    seen.push(match websites {
        0 => Observation::warning("There are no websites to look after.", "Import them: autossl user import FILE"),
        _ => Observation::fine(format!("There are {websites} websites of {users} users.")),
    });
    if inner.store.count_administrators().await? == 0 {
        let remedy = "Add one: autossl admin create NAME --role admin";
        seen.push(Observation::warning("Nobody may sign in to the interface.", remedy));
    }
    Ok(seen)
}

fn server(surroundings: &Surroundings) -> Observation {
    match surroundings.server {
        ServerState::Runs => Observation::fine("The server runs."),
        ServerState::Stopped => Observation::warning(
            "The server does not run: nothing is renewed by itself, and challenges are answered only during runs.",
            "Start it: autossl serve. Without it, let cron run autossl_check --all.",
        ),
    }
}

fn directory(dir: &Path) -> Observation {
    let shown = dir.display();
    if let Err(error) = access(dir, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        let seen = format!("{shown} cannot be written to: {error}.");
        return Observation::broken(seen, "Run this as the user that the server runs as, or give it the directory.");
    }
    match statvfs(dir) {
        Ok(space) if space.f_bavail * space.f_frsize < LEAST_SPACE => {
            let left = (space.f_bavail * space.f_frsize) >> 20;
            Observation::warning(format!("{shown} has {left} MiB left."), "Make room on that file system.")
        }
        Ok(_) => Observation::fine(format!("{shown} can be written to.")),
        Err(error) => Observation::warning(format!("{shown} does not say how much room it has: {error}."), ""),
    }
}

/// Say where others could read private keys.
fn privacy(dir: &Path) -> Option<Observation> {
    let mode = fs::metadata(dir).ok()?.permissions().mode() & 0o7777;
    // Services may have to pass through it, and nobody has to list it.
    (mode & 0o066 != 0).then(|| {
        let seen = format!("{} has mode {mode:03o}: others may look for private keys in it.", dir.display());
        Observation::warning(seen, format!("chmod 700 {}", dir.display()))
    })
}
