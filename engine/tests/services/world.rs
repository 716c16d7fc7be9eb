//! A hosting server with web and mail, in miniature. The CA finds every name valid at once.

use engine::clock::{Clock, SystemClock};
use engine::config::{
    AcmeConfig, ApacheConfig, CertificatesPer, DnsConfig, DovecotConfig, EngineConfig, EximConfig, InventoryConfig,
    LimitsConfig, MailDoors, MailNames, PostfixConfig, ProviderConfig, ScheduleConfig, ServicesConfig,
};
use engine::inventory::ImportFormat;
use engine::model::{LogFilter, LogRecord, RunScope, RunSummary, Timestamp};
use engine::{Engine, TermsAnswer};
use rig::{Apache, Binaries, Dovecot, Exim, Openssl, Postfix, Website};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use testca::TestCa;
use tokio_util::sync::CancellationToken;

pub(crate) const DAY: i64 = 86_400;
/// The lines of Exim's configuration that administrators copy.
const EXIM_SETTINGS: &str = include_str!("../../../packaging/exim-autossl.conf");

/// The machine's clock, put forward: the CA and the services know nothing of it.
#[derive(Default)]
pub(crate) struct AheadClock(AtomicI64);

impl AheadClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0.load(Ordering::SeqCst))
    }
}

/// The server in miniature. Everything ends when it is dropped.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<AheadClock>,
    pub(crate) ca: TestCa,
    pub(crate) apache: Apache,
    pub(crate) dovecot: Option<Dovecot>,
    pub(crate) exim: Option<Exim>,
    pub(crate) postfix: Option<Postfix>,
    pub(crate) dir: TempDir,
    change: fn(&mut EngineConfig),
}

/// What the server in miniature is like.
#[derive(Default)]
pub(crate) struct Plan {
    websites: Vec<Vec<String>>,
    dovecot: bool,
    exim: bool,
    postfix: bool,
    change: Option<fn(&mut EngineConfig)>,
}

impl Plan {
    /// A server with an Apache and these websites: each with its own name, `www` and the mail names.
    pub(crate) fn websites(domains: &[&str]) -> Self {
        let names = |domain: &&str| ["", "www.", "mail.", "imap."].map(|label| format!("{label}{domain}")).to_vec();
        Self { websites: domains.iter().map(names).collect(), ..Self::default() }
    }

    pub(crate) fn dovecot(self) -> Self {
        Self { dovecot: true, ..self }
    }

    pub(crate) fn exim(self) -> Self {
        Self { exim: true, ..self }
    }

    pub(crate) fn postfix(self) -> Self {
        Self { postfix: true, ..self }
    }

    /// Let the engine be configured otherwise.
    pub(crate) fn configured(self, change: fn(&mut EngineConfig)) -> Self {
        Self { change: Some(change), ..self }
    }

    pub(crate) async fn start(self) -> World {
        let binaries = Binaries::from_env().expect("programs of the rig");
        let dir = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().expect("directory");
        let website =
            |names: &Vec<String>| names[1..].iter().fold(Website::new(&names[0]), |site, name| site.alias(name));
        let apache = Apache::builder(dir.path().join("apache")).websites(self.websites.iter().map(website));
        let apache = apache.start(&binaries).await.expect("Apache");
        let path = |name: &str| dir.path().join(name);
        let dovecot = match self.dovecot {
            true => Some(Dovecot::start(&binaries, &path("dovecot")).await.expect("Dovecot")),
            false => None,
        };
        let exim = match self.exim {
            true => Some(
                Exim::start(&binaries, &path("exim"), &path("tls/exim/names"), &exim_settings()).await.expect("Exim"),
            ),
            false => None,
        };
        let postfix = match self.postfix {
            true => Some(Postfix::start(&binaries, &path("postfix")).await.expect("Postfix")),
            false => None,
        };
        let ca = TestCa::builder().start().expect("CA");
        std::fs::write(path("ca-root.pem"), ca.tls_root_pem()).expect("root");
        std::fs::write(path("issuer-root.pem"), ca.issuer_root_pem()).expect("root");
        let change = self.change.unwrap_or(|_| {});
        let clock = Arc::new(AheadClock::default());
        let mut config = config(&dir, &ca, &apache);
        config.services.dovecot = dovecot.as_ref().map(dovecot_config);
        config.services.exim = exim.as_ref().map(exim_config);
        config.services.postfix = postfix.as_ref().map(postfix_config);
        change(&mut config);
        let engine = Engine::open_at(config, clock.clone()).await.expect("engine");
        engine.import(&import(&self.websites, &apache), ImportFormat::Toml).await.expect("import");
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.expect("provider");
        World { engine, clock, ca, apache, dovecot, exim, postfix, dir, change }
    }
}

impl World {
    /// Run AutoSSL for all users to its end.
    pub(crate) async fn run(&self) -> RunSummary {
        let id = self.engine.request_run(RunScope::AllUsers, "test").await.expect("run");
        assert!(self.engine.work_off(CancellationToken::new()).await.expect("work"), "another process works on runs");
        self.engine.run(&id).await.expect("run")
    }

    /// Run AutoSSL once more when all certificates are due, and come back: the CA, whose clock stands still, issues for today.
    pub(crate) async fn renew(&self) -> RunSummary {
        self.clock.advance(61 * DAY);
        let run = self.run().await;
        self.clock.advance(-61 * DAY);
        run
    }

    /// The log of a run.
    pub(crate) async fn log(&self, run: &RunSummary) -> Vec<LogRecord> {
        self.engine.log_page(&run.id, &LogFilter::default(), 0, 5_000).await.expect("log").records
    }

    /// What a run's log says under a code.
    pub(crate) async fn said(&self, run: &RunSummary, code: &str) -> Vec<String> {
        let log = self.log(run).await;
        let lines = log.into_iter().filter(|line| line.code.as_deref() == Some(code));
        lines.map(|line| line.contents).collect()
    }

    /// Let another engine take the place of this one, as after a change of the configuration.
    pub(crate) async fn reconfigure(&mut self, change: impl FnOnce(&mut EngineConfig)) {
        let mut config = self.config();
        change(&mut config);
        self.engine = Engine::open_at(config, self.clock.clone()).await.expect("engine");
    }

    /// What the engine is configured with.
    pub(crate) fn config(&self) -> EngineConfig {
        let mut config = config(&self.dir, &self.ca, &self.apache);
        config.services.dovecot = self.dovecot.as_ref().map(dovecot_config);
        config.services.exim = self.exim.as_ref().map(exim_config);
        config.services.postfix = self.postfix.as_ref().map(postfix_config);
        (self.change)(&mut config);
        config
    }

    /// How often the CA was asked for a certificate.
    pub(crate) fn orders(&self) -> usize {
        self.ca.journal().requests(testca::Endpoint::NewOrder).len()
    }

    /// The root to which the chains lead.
    pub(crate) fn issuer_root(&self) -> PathBuf {
        self.path("issuer-root.pem")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Apache's door.
    pub(crate) fn https(&self) -> Openssl {
        Openssl::tls(self.apache.https_address())
    }

    /// Dovecot's door.
    pub(crate) fn imap(&self) -> Openssl {
        Openssl::starttls(self.dovecot.as_ref().expect("Dovecot").imap_address(), "imap")
    }

    /// Exim's door.
    pub(crate) fn exim(&self) -> Openssl {
        Openssl::tls(self.exim.as_ref().expect("Exim").smtps_address())
    }
}

/// What is shown for a name, whoever signed it.
pub(crate) async fn shown(door: Openssl, name: &str) -> Vec<u8> {
    door.shown(Some(name)).await.expect("handshake")
}

fn config(dir: &TempDir, ca: &TestCa, apache: &Apache) -> EngineConfig {
    EngineConfig {
        database_url: format!("sqlite://{}/autossl.db", dir.path().display()),
        data_dir: dir.path().join("data"),
        logs_dir: dir.path().join("logs"),
        acme: AcmeConfig { trusted_roots: vec![dir.path().join("ca-root.pem")], ..AcmeConfig::default() },
        providers: vec![ProviderConfig {
            id: "ca".into(),
            name: "Test CA".into(),
            directory_url: ca.directory_url(),
            limits: Default::default(),
            allow_private: true,
        }],
        apache: Some(apache_config(apache)),
        services: ServicesConfig { store: dir.path().join("tls"), ..ServicesConfig::default() },
        limits: LimitsConfig::default(),
        schedule: ScheduleConfig::default(),
        inventory: InventoryConfig::Database,
        certificates_per: CertificatesPer::Website,
        exclude: Vec::new(),
        precheck: None,
        dns: DnsConfig::default(),
    }
}

/// The lines of Exim's configuration that administrators copy, for the rig.
pub(crate) fn exim_settings() -> String {
    EXIM_SETTINGS.replace("/var/lib/autossl-tls/exim/names", "NAMES_DIR")
}

pub(crate) fn apache_config(apache: &Apache) -> ApacheConfig {
    ApacheConfig {
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
    }
}

fn mail_names() -> MailNames {
    MailNames { labels: vec!["mail".into(), "imap".into()], domains: false }
}

pub(crate) fn dovecot_config(dovecot: &Dovecot) -> DovecotConfig {
    DovecotConfig {
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
    }
}

pub(crate) fn exim_config(exim: &Exim) -> EximConfig {
    let doors = smtp_doors(exim.smtps_address(), exim.smtp_address());
    EximConfig { group: exim.group().into(), names: mail_names(), pid_file: exim.pid_file(), doors }
}

pub(crate) fn postfix_config(postfix: &Postfix) -> PostfixConfig {
    PostfixConfig {
        table: postfix.table(),
        table_type: "hash".into(),
        postmap: postfix.postmap_command(),
        names: mail_names(),
        test: postfix.test_command(),
        reload: postfix.reload_command(),
        pid_file: postfix.pid_file(),
        doors: smtp_doors(postfix.smtps_address(), postfix.smtp_address()),
    }
}

fn smtp_doors(tls: SocketAddr, smtp: SocketAddr) -> MailDoors {
    MailDoors { tls: vec![tls], smtp: vec![smtp], ..MailDoors::default() }
}

/// An import file in which each website is a user's of its own.
fn import(websites: &[Vec<String>], apache: &Apache) -> String {
    let mut text = String::new();
    for (number, names) in websites.iter().enumerate() {
        let root = apache.document_root(&names[0]);
        let _ = writeln!(
            text,
            "[[user]]\nname = \"user{number}\"\n[[user.website]]\ndomain = {:?}\naliases = {:?}\ndocument_root = {root:?}",
            names[0],
            &names[1..],
        );
    }
    text
}

/// A loopback address on which nothing listens.
pub(crate) fn closed_address() -> SocketAddr {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("port").local_addr().expect("address")
}
