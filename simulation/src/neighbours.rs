//! One user with thousands of broken aliases beside healthy users: how long the healthy ones wait for their certificates.
//!
//! Everything is asked for real: names are looked up at an authoritative DNS server, tokens are fetched over HTTP. Half of the broken
//! aliases do not exist; those of the other half lead to a server that accepts the connection and says nothing, which is what
//! costs most time.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use engine::config::PrecheckConfig;
use engine::inventory::ImportFormat;
use engine::model::{RunScope, RunSummary};
use engine::{Engine, TermsAnswer};
use rig::{Binaries, Knot, Zone};
use testca::TestCa;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::server;

/// Aliases of one website: with its primary name less than the hundred names that a certificate may have.
const ALIASES_OF_A_WEBSITE: u32 = 50;
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A server with users of both kinds.
pub struct Neighbours {
    healthy: u32,
    engine: Engine,
    ca: TestCa,
    silent: Silent,
    _dns: Knot,
}

/// How the healthy users fared.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The time from the start of the run to the last healthy user's certificate.
    pub last_healthy: Duration,
    /// Names at the silent server that had been asked for when the last name of a healthy user was.
    pub asked_before: u32,
    /// Silent connections that the engine had given up by the first healthy certificate: each stands for seconds of waiting.
    pub given_up: u32,
}

/// What happens after the last healthy user's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// Nothing: the run is left as it is.
    Stop,
    /// The silent server answers at last, and the run comes to its end.
    Finish,
}

/// The server that says nothing, until it is told to.
#[derive(Clone)]
struct Silent {
    speaks: watch::Sender<bool>,
    asked: Arc<AtomicU32>,
    asked_before: Arc<AtomicU32>,
    given_up: Arc<AtomicU32>,
}

impl Neighbours {
    /// Start with so many healthy users, of one website with two names each, and one user with so many broken aliases.
    ///
    /// # Errors
    /// Where a part cannot be started.
    pub async fn start(healthy: u32, broken_aliases: u32, directory: &Path) -> Result<Self> {
        let zones = [Zone::new("test", "* A 127.0.0.1\n"), Zone::new("gone.test", "")];
        let dns = Knot::start(&Binaries::from_env()?, &directory.join("dns"), &zones).await?;
        let ca = TestCa::builder().start()?;
        let web = TcpListener::bind("127.0.0.1:0").await?;
        let mut config = server::config(directory, &ca)?;
        config.precheck = Some(PrecheckConfig {
            resolvers: vec![dns.address()],
            validation_port: web.local_addr()?.port(),
            addresses: Vec::new(),
            allow_private: true,
        });
        let engine = Engine::open(config).await?;
        let silent = Silent {
            speaks: watch::Sender::new(false),
            asked: Arc::default(),
            asked_before: Arc::default(),
            given_up: Arc::default(),
        };
        tokio::spawn(serve(web, engine.clone(), silent.clone()));
        engine.import(&users(healthy, broken_aliases)?, ImportFormat::Toml).await?;
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "simulation".into() }).await?;
        Ok(Self { healthy, engine, ca, silent, _dns: dns })
    }

    /// Run AutoSSL for all users until the last healthy one has a certificate; the run as it is then, or at its end.
    ///
    /// # Errors
    /// Where the run ends before, or the engine fails.
    pub async fn secure(&self, afterwards: Afterwards) -> Result<(Wait, RunSummary)> {
        let run = self.engine.request_run(RunScope::AllUsers, "simulation").await?;
        let (began, stop) = (Instant::now(), CancellationToken::new());
        let (engine, token) = (self.engine.clone(), stop.clone());
        let work = tokio::spawn(async move { engine.work_off(token).await });
        let count = |counter: &AtomicU32| counter.load(Ordering::SeqCst);
        let mut given_up = None;
        while self.healthy_secured() < self.healthy {
            if self.healthy_secured() > 0 {
                given_up.get_or_insert_with(|| count(&self.silent.given_up));
            }
            if work.is_finished() {
                bail!("the run ended with {} of {} healthy users secured", self.healthy_secured(), self.healthy);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let wait = Wait {
            last_healthy: began.elapsed(),
            asked_before: count(&self.silent.asked_before),
            given_up: given_up.unwrap_or_else(|| count(&self.silent.given_up)),
        };
        match afterwards {
            Afterwards::Stop => stop.cancel(),
            Afterwards::Finish => drop(self.silent.speaks.send_replace(true)),
        }
        work.await??;
        Ok((wait, self.engine.run(&run).await?))
    }

    fn healthy_secured(&self) -> u32 {
        let issued = self.ca.journal().certificates();
        let healthy = issued.iter().filter(|issued| issued.names.iter().any(|name| name.starts_with("healthy")));
        u32::try_from(healthy.count()).unwrap_or(u32::MAX)
    }
}

/// Describe the users. The one with the broken aliases comes first by name and has the first websites.
fn users(healthy: u32, broken_aliases: u32) -> Result<String> {
    let mut text = String::new();
    if broken_aliases > 0 {
        writeln!(text, "[[user]]\nname = 'a-broken'")?;
    }
    for website in 0..broken_aliases.div_ceil(ALIASES_OF_A_WEBSITE) {
        let first = website * ALIASES_OF_A_WEBSITE;
        let aliases = first..broken_aliases.min(first + ALIASES_OF_A_WEBSITE);
        let name = |alias: u32| match alias % 2 {
            0 => format!("'alias{alias}.gone.test'"),
            _ => format!("'alias{alias}.silent.test'"),
        };
        let aliases: Vec<String> = aliases.map(name).collect();
        writeln!(text, "[[user.website]]\ndomain = 'broken{website}.test'\ndocument_root = '/srv'")?;
        writeln!(text, "aliases = [{}]", aliases.join(", "))?;
    }
    for number in 0..healthy {
        writeln!(text, "[[user]]\nname = 'healthy{number}'\n[[user.website]]\ndomain = 'healthy{number}.test'")?;
        writeln!(text, "aliases = ['www.healthy{number}.test']\ndocument_root = '/srv'")?;
    }
    Ok(text)
}

/// Be the web server of all names: answer challenges from the engine's store, or say nothing.
async fn serve(listener: TcpListener, engine: Engine, silent: Silent) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, engine.clone(), silent.clone()));
    }
}

async fn answer(mut stream: TcpStream, engine: Engine, silent: Silent) -> std::io::Result<()> {
    let mut request = vec![0; 8_192];
    let length = stream.read(&mut request).await?;
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    if request.contains("healthy") {
        silent.asked_before.fetch_max(silent.asked.load(Ordering::SeqCst), Ordering::SeqCst);
    } else if request.contains(".silent.test") {
        silent.asked.fetch_add(1, Ordering::SeqCst);
        let mut speaks = silent.speaks.subscribe();
        let mut more = [0; 1];
        tokio::select! {
            _ = speaks.wait_for(|speaks| *speaks) => {}
            _ = stream.read(&mut more) => {
                silent.given_up.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            }
        }
    }
    let token = request.split_whitespace().nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or("");
    let found = engine.key_authorization(token).await.ok().flatten().filter(|_| !request.contains(".silent.test"));
    let (status, body) = found.map_or(("404 Not Found", String::new()), |body| ("200 OK", body));
    let length = body.len();
    let reply = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(reply.as_bytes()).await
}
