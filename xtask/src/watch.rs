//! `make dev`: build what changed, start the server again. cargo-leptos does it better, so it is used where it is.

use std::{
    collections::HashMap,
    env,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, bail};

use crate::{
    fingerprint::{self, files_in},
    front::{self, Build},
    places::Places,
};

/// How often the sources are looked at.
const PAUSE: Duration = Duration::from_millis(500);
/// Where the server's own sources are; the front end's are known to [`fingerprint`].
const SERVER: &[&str] = &["Cargo.toml", "app", "engine", "rig", "server"];

/// When each source was written.
type Times = HashMap<PathBuf, SystemTime>;

/// Watch until interrupted, with the server's command line in `arguments`.
pub(crate) fn run(places: &Places, arguments: &[&str]) -> Result<()> {
    if let Some(done) = with_cargo_leptos(places, arguments)? {
        return done;
    }
    println!("watch: cargo-leptos is not installed; looking at the sources every {} ms", PAUSE.as_millis());
    let (mut front_seen, mut server_seen) = (Times::new(), Times::new());
    let mut server = None;
    loop {
        let (front_now, server_now) = (times(&fingerprint::sources(places)?)?, server_times(places)?);
        let front_changed = front_now != front_seen;
        if front_changed || server_now != server_seen {
            (front_seen, server_seen) = (front_now, server_now);
            // The old server goes on while the new one is built, and after a build that fails.
            if rebuild(places, front_changed) {
                restart(places, arguments, &mut server)?;
            }
        }
        thread::sleep(PAUSE);
    }
}

/// `None` where cargo-leptos is not installed.
fn with_cargo_leptos(places: &Places, arguments: &[&str]) -> Result<Option<Result<()>>> {
    let mut probe = cargo();
    probe.args(["leptos", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().context("cannot run cargo")?.success() {
        return Ok(None);
    }
    let mut watch = cargo();
    watch.args(["leptos", "watch", "--split", "--"]).args(arguments).current_dir(&places.root);
    let status = watch.status().context("cannot run cargo leptos")?;
    Ok(Some(if status.success() { Ok(()) } else { Err(anyhow::anyhow!("cargo leptos watch: {status}")) }))
}

fn rebuild(places: &Places, front_changed: bool) -> bool {
    // The same crates and features as every other step builds, so that nothing is compiled twice.
    let built = cargo().arg("build").current_dir(&places.root).status().is_ok_and(|status| status.success());
    if !built || !front_changed {
        return built;
    }
    let front = front::build(places, Build::Debug);
    if let Err(error) = &front {
        eprintln!("watch: {error:#}");
    }
    front.is_ok()
}

fn restart(places: &Places, arguments: &[&str], server: &mut Option<Child>) -> Result<()> {
    if let Some(mut old) = server.take() {
        stop(&mut old)?;
    }
    let program = places.host_target.join("debug/autossl");
    let new = Command::new(&program).args(arguments).current_dir(&places.root).spawn();
    *server = Some(new.with_context(|| format!("cannot start {}", program.display()))?);
    Ok(())
}

/// Ask with SIGTERM, so that what the server started goes with it.
fn stop(server: &mut Child) -> Result<()> {
    if server.try_wait()?.is_none() && !Command::new("kill").arg(server.id().to_string()).status()?.success() {
        bail!("cannot stop the server");
    }
    server.wait()?;
    Ok(())
}

fn server_times(places: &Places) -> Result<Times> {
    let lists: Result<Vec<_>> = SERVER.iter().map(|name| files_in(&places.root.join(name))).collect();
    times(&lists?.concat())
}

fn times(files: &[PathBuf]) -> Result<Times> {
    // A file may be gone again: editors write a new one and rename it.
    let written = |path: &PathBuf| path.metadata().and_then(|data| data.modified()).ok();
    Ok(files.iter().filter_map(|path| Some((path.clone(), written(path)?))).collect())
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
