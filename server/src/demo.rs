//! `autossl demo`: the whole of AutoSSL on loopback, with a CA, DNS, Apache and sample users, under a directory of its own.
//!
//! What is started is in `demo/stage.rs`, whom it hosts in `demo/sample.rs`, what is said about it in `demo/guide.rs`.
//! Everything ends with this process: on Ctrl-C in order, otherwise because the rig sees to it.

mod guide;
mod sample;
mod stage;

use crate::config::Config;
use crate::serve::{self, Server};
use crate::{shutdown, telemetry};
use anyhow::{Context, Result, bail};
use engine::inventory::ImportFormat;
use engine::model::{Override, Role};
use engine::{Engine, TermsAnswer};
use sample::Sample;
use stage::Stage;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The port that people remember; where it is taken and none was asked for, a free one is used.
const PORT: u16 = 3000;
const ADMINISTRATOR: &str = "admin";
/// Without letters and digits that look alike.
const PASSWORD_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const PASSWORD_LENGTH: usize = 16;
const LOOK_AFTER_CHILDREN: Duration = Duration::from_millis(500);

/// How to try it.
#[derive(clap::Args)]
pub(crate) struct DemoArgs {
    /// The port of the interface [default: 3000, or a free one where that is taken]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Keep everything in this new directory instead of a temporary one
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Sample users for whom AutoSSL is on
    #[arg(long, value_name = "N", default_value_t = 46)]
    users: usize,
    /// Write URL, user and password to this file as JSON when everything is ready
    #[arg(long, value_name = "FILE", hide = true)]
    ready_file: Option<PathBuf>,
}

/// Set everything up, serve until Ctrl-C, clean up.
///
/// # Errors
/// Where a part cannot be started, or ends by itself.
pub(crate) async fn run(arguments: DemoArgs) -> Result<()> {
    telemetry::start_quietly();
    let stop = shutdown::on_signals().context("cannot wait for signals")?;
    let home = Home::make(arguments.dir.as_deref())?;
    let sample = Sample::of(arguments.users);
    eprintln!("Starting DNS, Apache with {} websites, Pebble and AutoSSL ...", sample.websites().count());
    let Some(stage) = or_stop(&stop, Stage::start(home.path(), &sample)).await? else { return home.remove() };
    let outcome = serve(&arguments, &home, &sample, &stage, &stop).await;
    stage.stop().await?;
    match outcome {
        Ok(()) => home.remove(),
        Err(error) => Err(error.context(format!("everything is kept in {}", home.keep().display()))),
    }
}

async fn serve(
    arguments: &DemoArgs,
    home: &Home,
    sample: &Sample,
    stage: &Stage,
    stop: &CancellationToken,
) -> Result<()> {
    let mut config = stage.config(home.path());
    let engine = serve::open_engine(&config).await?;
    let password = random_password()?;
    let users = sample.to_toml(|website| stage.apache.document_root(website));
    let filled = fill(&engine, home.path(), &users, &password);
    if or_stop(stop, filled).await?.is_none() {
        return Ok(());
    }
    let server = bind(&mut config, arguments.port, &engine)?;
    config.server.listen = server.interface_at;
    let config_file = home.path().join("autossl.toml");
    fs::write(&config_file, config.to_toml()).context("cannot write the demo's configuration")?;
    let guide =
        guide::Guide { server: &server, stage, config_file: &config_file, user: ADMINISTRATOR, password: &password };
    guide.print(sample);
    if let Some(file) = &arguments.ready_file {
        guide.write(file)?;
    }
    let serving = server.run(stop.clone());
    tokio::pin!(serving);
    let died = tokio::select! {
        ended = &mut serving => return Ok(ended?),
        name = death_of_a_child(stage) => name,
    };
    stop.cancel();
    serving.await?;
    bail!("{died} ended by itself; its log says why")
}

/// Import the sample users, decide for some of them, make the administrator, choose the CA.
async fn fill(engine: &Engine, home: &Path, users: &str, password: &str) -> Result<()> {
    fs::write(home.join("users.toml"), users).context("cannot write the sample users")?;
    engine.import(users, ImportFormat::Toml).await?;
    engine.set_override(&[sample::FORCED_ON.to_owned()], Override::Enabled).await?;
    engine.set_override(&[sample::FORCED_OFF.to_owned()], Override::Disabled).await?;
    engine.create_administrator(ADMINISTRATOR, Role::Admin, password).await?;
    engine.select_provider(stage::PROVIDER, &TermsAnswer::Agreed { by: ADMINISTRATOR.into() }).await?;
    Ok(())
}

fn bind(config: &mut Config, port: Option<u16>, engine: &Engine) -> Result<Server> {
    config.server.listen.set_port(port.unwrap_or(PORT));
    let server = Server::bind(config.clone(), engine.clone());
    if server.is_ok() || port.is_some() {
        return Ok(server?);
    }
    config.server.listen.set_port(0);
    Ok(Server::bind(config.clone(), engine.clone())?)
}

async fn death_of_a_child(stage: &Stage) -> &'static str {
    loop {
        tokio::time::sleep(LOOK_AFTER_CHILDREN).await;
        if let Some(name) = stage.dead().await {
            return name;
        }
    }
}

/// Do something unless a stop comes first.
async fn or_stop<T>(stop: &CancellationToken, work: impl Future<Output = Result<T>>) -> Result<Option<T>> {
    tokio::select! {
        () = stop.cancelled() => Ok(None),
        done = work => done.map(Some),
    }
}

fn random_password() -> Result<String> {
    let mut random = [0; PASSWORD_LENGTH];
    fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut random)).context("no random numbers")?;
    Ok(random.iter().map(|byte| char::from(PASSWORD_ALPHABET[usize::from(byte % 32)])).collect())
}

/// Where everything is kept.
enum Home {
    /// Removed at the end.
    Temporary(TempDir),
    /// Kept, because somebody named it.
    Kept(PathBuf),
}

impl Home {
    fn make(named: Option<&Path>) -> Result<Self> {
        let Some(path) = named else {
            let directory = tempfile::Builder::new().prefix("autossl-demo-").tempdir();
            return Ok(Self::Temporary(directory.context("cannot make a temporary directory")?));
        };
        fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("cannot resolve {}", path.display()))?;
        if fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?.next().is_some() {
            bail!("{} is not empty; name a new directory", path.display());
        }
        Ok(Self::Kept(path))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Kept(path) => path,
        }
    }

    /// Leave it for whoever wants to know what happened.
    fn keep(self) -> PathBuf {
        match self {
            Self::Temporary(directory) => directory.keep(),
            Self::Kept(path) => path,
        }
    }

    fn remove(self) -> Result<()> {
        match self {
            Self::Temporary(directory) => directory.close().context("cannot remove the temporary directory"),
            Self::Kept(_) => Ok(()),
        }
    }
}
