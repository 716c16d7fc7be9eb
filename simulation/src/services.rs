//! Certificates of thousands of websites in Apache, Dovecot and Exim: how long it takes to bring them there, and what the services need
//! for them. Real services, real handshakes with each name at each door; the authority takes every name as valid.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use engine::clock::{Clock, SystemClock};
use engine::config::{ApacheConfig, DovecotConfig, EngineConfig, EximConfig, MailDoors, MailNames};
use engine::inventory::ImportFormat;
use engine::model::{RunScope, RunState, RunSummary, Timestamp};
use engine::{Engine, TermsAnswer};
use rig::{Apache, Binaries, Dovecot, Exim};
use testca::TestCa;
use tokio_util::sync::CancellationToken;

use crate::memory::of_processes_mib;
use crate::server;

const DAY: i64 = 86_400;
/// Names of a website: its own, with `www` and with `mail`.
const NAMES: u32 = 3;
/// The lines of Exim's configuration that administrators copy.
const EXIM_SETTINGS: &str = include_str!("../../packaging/exim-autossl.conf");
/// The default of 256 MB is too little for some thousand certificates.
const DOVECOT_SETTINGS: &str = "service config {\n  vsz_limit = 2 G\n}\n";

/// A server with many websites.
pub struct Services {
    websites: u32,
    config: EngineConfig,
    clock: Arc<Ahead>,
    ca: TestCa,
    apache: Apache,
    dovecot: Dovecot,
    exim: Exim,
}

/// What was measured of a service.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which one.
    pub service: &'static str,
    /// Names that it presents, each at so many doors.
    pub names: u32,
    /// Where it presents them.
    pub doors: u32,
    /// The time until every certificate was installed and proved.
    pub installed: Duration,
    /// The memory of its processes before, in MiB.
    pub memory_before: u64,
    /// The memory of its processes afterwards, in MiB.
    pub memory_after: u64,
}

/// The machine's clock, put forward.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0.load(Ordering::SeqCst))
    }
}

impl Services {
    /// Start the services and issue a certificate for each website, without bringing them anywhere.
    ///
    /// # Errors
    /// Where a part cannot be started, or a certificate is missing.
    pub async fn start(websites: u32, directory: &Path) -> Result<Self> {
        let binaries = Binaries::from_env()?;
        let apache = Apache::builder(directory.join("apache")).start(&binaries).await?;
        let mut dovecot = Dovecot::start(&binaries, &directory.join("dovecot")).await?;
        let file = directory.join("dovecot/dovecot.conf");
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        std::fs::write(&file, format!("{DOVECOT_SETTINGS}{text}"))?;
        dovecot.restart().await?;
        let settings = EXIM_SETTINGS.replace("/var/lib/autossl-tls/exim/names", "NAMES_DIR");
        let (home, names_dir) = (directory.join("exim"), directory.join("tls/exim/names"));
        let exim = Exim::start(&binaries, &home, &names_dir, &settings).await?;
        let ca = TestCa::builder().start()?;
        let mut config = server::config(directory, &ca)?;
        config.services.store = directory.join("tls");
        let clock = Arc::new(Ahead::default());
        let this = Self { websites, config, clock, ca, apache, dovecot, exim };
        let engine = this.engine(|_| {}).await?;
        engine.import(&this.import(), ImportFormat::Toml).await?;
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "bench".into() }).await?;
        this.run(&engine, websites).await?;
        Ok(this)
    }

    /// Switch the services on one after the other, each with all certificates at once.
    ///
    /// # Errors
    /// Where a certificate is not served.
    pub async fn install(&self) -> Result<Vec<Measured>> {
        let apache =
            self.measure("apache", NAMES, 1, self.apache.pid_file(), |config| self.with_apache(config)).await?;
        let dovecot =
            self.measure("dovecot", 1, 2, self.dovecot.pid_file(), |config| self.with_dovecot(config)).await?;
        let exim = self.measure("exim", 1, 2, self.exim.pid_file(), |config| self.with_exim(config)).await?;
        Ok(vec![apache, dovecot, exim])
    }

    /// With all services: how long a run takes in which nothing is new, and one that renews every certificate.
    ///
    /// # Errors
    /// Where a certificate is not served.
    pub async fn keep_and_renew(&self) -> Result<(Duration, Duration)> {
        let engine = self
            .engine(|config| {
                self.with_apache(config);
                self.with_dovecot(config);
                self.with_exim(config);
            })
            .await?;
        let began = Instant::now();
        self.run(&engine, 0).await?;
        let kept = began.elapsed();
        self.clock.0.fetch_add(61 * DAY, Ordering::SeqCst);
        let began = Instant::now();
        self.run(&engine, self.websites).await?;
        Ok((kept, began.elapsed()))
    }

    async fn measure(
        &self,
        service: &'static str,
        names: u32,
        doors: u32,
        pid_file: PathBuf,
        change: impl FnOnce(&mut EngineConfig),
    ) -> Result<Measured> {
        let memory_before = memory_below(&pid_file)?;
        let engine = self.engine(change).await?;
        let began = Instant::now();
        self.run(&engine, 0).await?;
        let installed = began.elapsed();
        let memory_after = memory_below(&pid_file)?;
        Ok(Measured { service, names: self.websites * names, doors, installed, memory_before, memory_after })
    }

    async fn engine(&self, change: impl FnOnce(&mut EngineConfig)) -> Result<Engine> {
        let mut config = self.config.clone();
        change(&mut config);
        Ok(Engine::open_at(config, self.clock.clone()).await?)
    }

    /// Run AutoSSL for all users; everything must be well, and so many certificates new.
    async fn run(&self, engine: &Engine, issued: u32) -> Result<RunSummary> {
        let before = self.ca.journal().certificates().len();
        let id = engine.request_run(RunScope::AllUsers, "bench").await?;
        ensure!(engine.work_off(CancellationToken::new()).await?, "another process works on runs");
        let run = engine.run(&id).await?;
        ensure!(run.state == RunState::Succeeded, "the run ended {:?}: {:?}", run.state, run.counts);
        let new = self.ca.journal().certificates().len() - before;
        ensure!(new == issued as usize, "{new} certificates were issued instead of {issued}");
        Ok(run)
    }

    fn import(&self) -> String {
        let mut text = String::new();
        for number in 0..self.websites {
            let domain = format!("site{number}.test");
            let _ = writeln!(
                text,
                "[[user]]\nname = 'u{number}'\n[[user.website]]\ndomain = '{domain}'\n\
                 aliases = ['www.{domain}', 'mail.{domain}']\ndocument_root = '/srv'"
            );
        }
        text
    }

    fn with_apache(&self, config: &mut EngineConfig) {
        let apache = &self.apache;
        config.apache = Some(ApacheConfig {
            vhost_dir: apache.vhost_dir().to_owned(),
            listen: apache.https_address().to_string(),
            test: apache.test_command(),
            reload: apache.graceful_command(),
            pid_file: apache.pid_file(),
            probe: apache.https_address(),
            pause_per_website_ms: 0,
            command: apache.read_command(),
            edit_hosts: false,
            challenges: apache.http_address(),
        });
    }

    fn with_dovecot(&self, config: &mut EngineConfig) {
        let dovecot = &self.dovecot;
        config.services.dovecot = Some(DovecotConfig {
            include: dovecot.include(),
            names: mail_names(),
            test: dovecot.test_command(),
            reload: dovecot.reload_command(),
            version: dovecot.version_command(),
            pid_file: dovecot.pid_file(),
            doors: MailDoors {
                tls: vec![dovecot.imaps_address()],
                imap: vec![dovecot.imap_address()],
                ..MailDoors::default()
            },
        });
    }

    fn with_exim(&self, config: &mut EngineConfig) {
        let exim = &self.exim;
        let doors =
            MailDoors { tls: vec![exim.smtps_address()], smtp: vec![exim.smtp_address()], ..MailDoors::default() };
        let (group, pid_file) = (exim.group().to_owned(), exim.pid_file());
        config.services.exim = Some(EximConfig { group, names: mail_names(), pid_file, doors });
    }
}

fn mail_names() -> MailNames {
    MailNames { labels: vec!["mail".into()], domains: false }
}

fn memory_below(pid_file: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(pid_file).with_context(|| format!("cannot read {}", pid_file.display()))?;
    let pid = text.split_whitespace().next().and_then(|word| word.parse().ok());
    let pid = pid.with_context(|| format!("{} holds no process id", pid_file.display()))?;
    of_processes_mib(pid).context("the memory of a service cannot be read")
}
