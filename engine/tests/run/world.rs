//! A hosting server in miniature: Apache with websites, DNS, a CA, and the engine between them.

use engine::clock::{Clock, SystemClock};
use engine::config::{
    AcmeConfig, ApacheConfig, CertificatesPer, DnsConfig, EngineConfig, InventoryConfig, LimitsConfig, ProviderConfig,
    ScheduleConfig, ServicesConfig,
};
use engine::inventory::ImportFormat;
use engine::model::{LogFilter, LogRecord, RunScope, RunSummary, Timestamp};
use engine::{Engine, TermsAnswer};
use rig::{Apache, ApacheBuilder, Binaries, Dns, Pebble, PebbleBuilder, Website};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The server in miniature. Everything ends when it is dropped.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<AheadClock>,
    pub(crate) pebble: Pebble,
    pub(crate) apache: Apache,
    pub(crate) dns: Dns,
    pub(crate) dir: TempDir,
}

/// The machine's clock, put forward: the CA, the DNS server and Apache know nothing of it.
#[derive(Default)]
pub(crate) struct AheadClock(AtomicI64);

impl AheadClock {
    /// Put it forward by whole seconds.
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0.load(Ordering::SeqCst))
    }
}

/// What the server in miniature is like.
pub(crate) struct Plan {
    websites: Vec<Website>,
    pebble: Box<dyn FnOnce(PebbleBuilder) -> PebbleBuilder + Send>,
    import: String,
    apache: Box<dyn FnOnce(ApacheBuilder) -> ApacheBuilder + Send>,
}

impl Plan {
    /// A server without websites.
    pub(crate) fn new() -> Self {
        Self {
            websites: Vec::new(),
            pebble: Box::new(|pebble| pebble),
            import: String::new(),
            apache: Box::new(|apache| apache),
        }
    }

    /// Let Pebble behave otherwise.
    pub(crate) fn pebble(mut self, change: impl FnOnce(PebbleBuilder) -> PebbleBuilder + Send + 'static) -> Self {
        self.pebble = Box::new(change);
        self
    }

    /// Let Apache be configured otherwise.
    pub(crate) fn apache(mut self, change: impl FnOnce(ApacheBuilder) -> ApacheBuilder + Send + 'static) -> Self {
        self.apache = Box::new(change);
        self
    }

    /// Add a user with one website; the names after the first are aliases, all served as `website` says.
    pub(crate) fn user(mut self, name: &str, names: &[&str], website: Website) -> Self {
        let aliases: Vec<_> = names[1..].iter().map(|alias| format!("{alias:?}")).collect();
        let _ = writeln!(
            self.import,
            "[[user]]\nname = {name:?}\n[[user.website]]\ndomain = {:?}\naliases = [{}]\ndocument_root = \"DOCS/{}\"",
            names[0],
            aliases.join(", "),
            names[0],
        );
        self.websites.push(website);
        self
    }

    /// Add a website that Apache serves and nobody imports.
    pub(crate) fn website(mut self, website: Website) -> Self {
        self.websites.push(website);
        self
    }

    /// Start everything; `addressed` are the names that DNS knows.
    pub(crate) async fn start(self, addressed: &[&str]) -> World {
        let binaries = Binaries::from_env().expect("programs of the rig");
        let dir = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().expect("directory");
        let responder = TcpListener::bind("127.0.0.1:0").await.expect("challenge port");
        let dns = Dns::start(&binaries, &dir.path().join("dns")).await.expect("DNS");
        for name in addressed {
            dns.add_a(name, Ipv4Addr::LOCALHOST).await.expect("address");
        }
        let apache = Apache::builder(dir.path().join("apache"))
            .challenge_backend(responder.local_addr().expect("challenge address"))
            .websites(self.websites);
        let apache = (self.apache)(apache).start(&binaries).await.expect("Apache");
        let pebble = Pebble::builder(dir.path().join("pebble")).http_port(apache.http_port()).dns(dns.address());
        let pebble = (self.pebble)(pebble).start(&binaries).await.expect("Pebble");
        let clock = Arc::new(AheadClock::default());
        let provider = (pebble.directory_url(), pebble.tls_root_pem_path().to_owned());
        let config = config(&dir, provider, Some(&apache));
        let engine = Engine::open_at(config, clock.clone()).await.expect("engine");
        tokio::spawn(answer_challenges(responder, engine.clone()));
        let docs = apache.document_root("").to_string_lossy().trim_end_matches('/').to_owned();
        let text = self.import.replace("DOCS", &docs);
        if !text.is_empty() {
            engine.import(&text, ImportFormat::Toml).await.expect("import");
        }
        let answer = TermsAnswer::Agreed { by: "test".into() };
        engine.select_provider("ca", &answer).await.expect("provider");
        World { engine, clock, pebble, apache, dns, dir }
    }
}

/// The configuration of an engine whose provider `ca` is at this directory URL with this root.
pub(crate) fn config(dir: &TempDir, (directory_url, root): (String, PathBuf), apache: Option<&Apache>) -> EngineConfig {
    EngineConfig {
        database_url: format!("sqlite://{}/autossl.db", dir.path().display()),
        data_dir: dir.path().join("data"),
        logs_dir: dir.path().join("logs"),
        acme: AcmeConfig { trusted_roots: vec![root], request_timeout: 5, order_timeout: 60, ..AcmeConfig::default() },
        providers: vec![ProviderConfig {
            id: "ca".into(),
            name: "Test CA".into(),
            directory_url,
            limits: Default::default(),
            allow_private: true,
        }],
        apache: apache.map(|apache| ApacheConfig {
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
        }),
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

impl World {
    /// Run AutoSSL to its end.
    pub(crate) async fn run(&self, scope: RunScope) -> RunSummary {
        run(&self.engine, scope).await
    }

    /// The log of a run.
    pub(crate) async fn log(&self, run: &RunSummary) -> Vec<LogRecord> {
        log(&self.engine, run).await
    }

    /// The SHA-256 of the certificate that Apache presents for a name.
    pub(crate) async fn served(&self, name: &str) -> Vec<u8> {
        rig::served_certificate(self.apache.https_address(), name).await.expect("handshake")
    }

    /// Ask Apache for a page over TLS as a client would that trusts the CA.
    pub(crate) async fn https_status(&self, name: &str) -> anyhow::Result<u16> {
        let roots = self.pebble.issuer_roots_pem().await.expect("roots");
        rig::https_get(self.apache.https_address(), name, &roots).await
    }
}

/// Run AutoSSL to its end on an engine.
pub(crate) async fn run(engine: &Engine, scope: RunScope) -> RunSummary {
    let id = engine.request_run(scope, "test").await.expect("run");
    assert!(engine.work_off(CancellationToken::new()).await.expect("work"), "another process works on runs");
    engine.run(&id).await.expect("run")
}

/// The log of a run of an engine.
pub(crate) async fn log(engine: &Engine, run: &RunSummary) -> Vec<LogRecord> {
    engine.log_page(&run.id, &LogFilter::default(), 0, 5_000).await.expect("log").records
}

/// The worker of an engine, as the server runs it.
pub(crate) struct Worker(CancellationToken, JoinHandle<()>);

impl Worker {
    /// Start to work.
    pub(crate) fn start(engine: &Engine) -> Self {
        let (stop, engine) = (CancellationToken::new(), engine.clone());
        let token = stop.clone();
        Self(stop, tokio::spawn(async move { engine.work(token).await.unwrap() }))
    }

    /// Stop as the server does.
    pub(crate) async fn stop(self) {
        self.0.cancel();
        self.1.await.unwrap();
    }

    /// Die without a word.
    pub(crate) async fn die(self) {
        self.1.abort();
        assert!(self.1.await.unwrap_err().is_cancelled());
    }
}

/// Wait until so many runs have ended, and list them, newest first.
pub(crate) async fn ended(engine: &Engine, runs: usize) -> Vec<RunSummary> {
    for _ in 0..3_000 {
        let rows = engine.runs(1, 20).await.unwrap().rows;
        if rows.len() == runs && rows.iter().all(|run| !run.state.is_open()) {
            return rows;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not {runs} runs: {:#?}", engine.runs(1, 20).await.unwrap().rows);
}

/// Answer HTTP-01 challenges from the engine's store, as the server's challenge port does.
pub(crate) async fn answer_challenges(listener: TcpListener, engine: Engine) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let engine = engine.clone();
        tokio::spawn(async move {
            let mut request = vec![0; 8192];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let token = request.split_whitespace().nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or("");
            let response = match engine.key_authorization(token).await {
                Ok(Some(answer)) => {
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}", answer.len())
                }
                _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
            };
            let _ = stream.write_all(response.as_bytes()).await;
        });
    }
}

/// A loopback address on which nothing listens.
pub(crate) fn closed_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    listener.local_addr().expect("address")
}
