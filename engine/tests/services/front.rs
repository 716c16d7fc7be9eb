//! A hosting server whose web server is what a test starts. The CA finds every name valid at once.

use crate::world::{AheadClock, DAY};
use engine::config::{AcmeConfig, CertificatesPer, EngineConfig, InventoryConfig, LimitsConfig, ProviderConfig};
use engine::config::{DnsConfig, ScheduleConfig, ServicesConfig};
use engine::inventory::ImportFormat;
use engine::model::{LogFilter, LogRecord, RunScope, RunSummary, ServiceReport};
use engine::{Engine, TermsAnswer};
use rig::{Binaries, Openssl, https_get};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;
use testca::TestCa;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Where a server will be that is not there yet; it listens to no request.
pub(crate) const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// A directory that web servers' workers may read, and the programs.
pub(crate) struct Ground {
    pub(crate) dir: TempDir,
    pub(crate) binaries: Binaries,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().expect("directory");
        Self { dir, binaries: Binaries::from_env().expect("programs of the rig") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Let AutoSSL look after these websites, each with `www` and `webdisk`, and with what `change` configures.
    pub(crate) async fn engine(self, websites: &[&str], change: impl FnOnce(&mut EngineConfig)) -> Front {
        self.engine_with(websites, &["www", "webdisk"], change).await
    }

    /// The same with names of these first labels.
    pub(crate) async fn engine_with(
        self,
        websites: &[&str],
        labels: &[&str],
        change: impl FnOnce(&mut EngineConfig),
    ) -> Front {
        let ca = TestCa::builder().start().expect("CA");
        fs::write(self.path("ca-root.pem"), ca.tls_root_pem()).expect("root");
        let mut config = self.config(&ca);
        change(&mut config);
        let clock = Arc::new(AheadClock::default());
        let engine = Engine::open_at(config, clock.clone()).await.expect("engine");
        let mut import = String::new();
        for (number, name) in websites.iter().enumerate() {
            let root = self.path(&format!("sites/{name}"));
            fs::create_dir_all(&root).expect("document root");
            fs::write(root.join("index.html"), format!("<h1>{name}</h1>")).expect("page");
            let aliases: Vec<String> = labels.iter().map(|label| format!("{label}.{name}")).collect();
            import += &format!(
                "[[user]]\nname = \"user{number}\"\n[[user.website]]\ndomain = {name:?}\n\
                 aliases = {aliases:?}\ndocument_root = {root:?}\n"
            );
        }
        engine.import(&import, ImportFormat::Toml).await.expect("import");
        engine.select_provider("ca", &TermsAnswer::Agreed { by: "test".into() }).await.expect("provider");
        Front { engine, clock, ca, ground: self }
    }

    /// What AutoSSL is configured with.
    fn config(&self, ca: &TestCa) -> EngineConfig {
        EngineConfig {
            database_url: format!("sqlite://{}", self.path("autossl.db").display()),
            data_dir: self.path("data"),
            logs_dir: self.path("logs"),
            acme: AcmeConfig { trusted_roots: vec![self.path("ca-root.pem")], ..AcmeConfig::default() },
            providers: vec![ProviderConfig {
                id: "ca".into(),
                name: "Test CA".into(),
                directory_url: ca.directory_url(),
                limits: Default::default(),
                allow_private: true,
            }],
            apache: None,
            services: ServicesConfig { store: self.path("tls"), ..ServicesConfig::default() },
            limits: LimitsConfig::default(),
            schedule: ScheduleConfig::default(),
            inventory: InventoryConfig::Database,
            certificates_per: CertificatesPer::Website,
            exclude: Vec::new(),
            precheck: None,
            dns: DnsConfig::default(),
        }
    }
}

/// AutoSSL at work. What it installs into is the test's.
pub(crate) struct Front {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<AheadClock>,
    pub(crate) ca: TestCa,
    pub(crate) ground: Ground,
}

impl Front {
    /// Run AutoSSL for all users to its end.
    pub(crate) async fn run(&self) -> RunSummary {
        let id = self.engine.request_run(RunScope::AllUsers, "test").await.expect("run");
        assert!(self.engine.work_off(CancellationToken::new()).await.expect("work"), "another process works on runs");
        self.engine.run(&id).await.expect("run")
    }

    /// Run it once more when all certificates are due, and come back to today.
    pub(crate) async fn renew(&self) -> RunSummary {
        self.clock.advance(61 * DAY);
        let run = self.run().await;
        self.clock.advance(-61 * DAY);
        run
    }

    /// Let another engine take the place of this one, as after a change of the configuration.
    pub(crate) async fn again(self, change: impl FnOnce(&mut EngineConfig)) -> Self {
        let Self { engine, clock, ca, ground } = self;
        drop(engine);
        let mut config = ground.config(&ca);
        change(&mut config);
        let engine = Engine::open_at(config, clock.clone()).await.expect("engine");
        Self { engine, clock, ca, ground }
    }

    /// The log of a run.
    pub(crate) async fn log(&self, run: &RunSummary) -> Vec<LogRecord> {
        self.engine.log_page(&run.id, &LogFilter::default(), 0, 5_000).await.expect("log").records
    }

    /// What a run's log says under a code.
    pub(crate) async fn said(&self, run: &RunSummary, code: &str) -> Vec<String> {
        let lines = self.log(run).await.into_iter().filter(|line| line.code.as_deref() == Some(code));
        lines.map(|line| line.contents).collect()
    }

    /// What is told of a service.
    pub(crate) async fn report(&self, service: &str) -> ServiceReport {
        let reports = self.engine.services().await.expect("services");
        reports.into_iter().find(|report| report.service == service).expect("the service is known")
    }

    /// Ask for a page as a client does that trusts the CA, and compare what OpenSSL is shown.
    pub(crate) async fn assert_served(&self, at: SocketAddr, name: &str) -> Vec<u8> {
        let status = https_get(at, name, self.ca.issuer_root_pem()).await;
        assert!(status.is_ok(), "{name} at {at}: {status:?}");
        let root = self.ground.path("issuer-root.pem");
        fs::write(&root, self.ca.issuer_root_pem()).expect("root");
        let seen = Openssl::tls(at).verified(name, &root).await.expect("OpenSSL trusts it, too");
        assert_eq!(seen, rig::served_certificate(at, name).await.expect("handshake"));
        seen
    }

    /// Ask for pages again and again, each on a connection of its own, until [`Load::end`] or as often as `most` says.
    pub(crate) fn load(&self, at: SocketAddr, names: &[&str], most: usize) -> Load {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let clients = (0..3).map(|number: usize| {
            let (stop, sent) = (stop.clone(), sent.clone());
            let roots = self.ca.issuer_root_pem().to_owned();
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            tokio::spawn(async move {
                let mut place = number;
                while !stop.load(Ordering::Relaxed) && sent.fetch_add(1, Ordering::Relaxed) < most {
                    let name = &names[place % names.len()];
                    let answer = https_get(at, name, &roots).await;
                    assert!(answer.is_ok(), "a request for {name} failed: {answer:?}");
                    place += 1;
                }
            })
        });
        Load { stop: stop.clone(), sent: sent.clone(), clients: clients.collect() }
    }
}

/// Clients at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// How many requests were begun.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Stop, see that no request failed, and tell how many there were.
    pub(crate) async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.expect("no request failed");
        }
        self.sent.load(Ordering::Relaxed)
    }
}
