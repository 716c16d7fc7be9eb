//! The server asks a deputy to install: what it does, what it refuses, and what happens without it.

use crate::world::{Plan, World, shown};
use engine::config::{DeputyConfig, EngineConfig};
use engine::deputy::{Deputy, DeputyError};
use engine::model::{RunState, Soundness};
use serde_json::{Value, json};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A deputy that listens.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start(config: &EngineConfig) -> Self {
        let deputy = Deputy::listen(config).unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(deputy.serve(stop.clone()));
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// Let the engine ask a deputy, as one is configured for this process's own user.
fn with_deputy(config: &mut EngineConfig) {
    let directory = config.services.store.parent().unwrap().to_owned();
    let own = std::fs::metadata("/proc/self").unwrap();
    config.services.deputy = Some(DeputyConfig {
        socket: directory.join("run/deputy.sock"),
        user: own.uid().to_string(),
        group: own.gid().to_string(),
        document_roots: vec![directory.join("apache")],
    });
}

/// A server in miniature whose engine asks a deputy, and what the deputy is told.
async fn world() -> (World, EngineConfig) {
    let world = Plan::websites(&["a.test", "b.test"]).dovecot().exim().configured(with_deputy).start().await;
    let config = world.config();
    (world, config)
}

fn socket(config: &EngineConfig) -> PathBuf {
    config.services.deputy.as_ref().unwrap().socket.clone()
}

/// Send bytes to a deputy behind a length and read what it answers.
async fn said(socket: &Path, length: u32, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    stream.write_u32(length).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(answer.get(4..).unwrap_or_default()).into_owned()
}

async fn asked(socket: &Path, question: &Value) -> String {
    let bytes = serde_json::to_vec(question).unwrap();
    said(socket, u32::try_from(bytes.len()).unwrap(), &bytes).await
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).into_iter().flatten().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(files_below(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_may_not_do_itself_its_deputy_does() {
    let (world, config) = world().await;
    let deputy = Running::start(&config);
    let mode = std::fs::metadata(socket(&config)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else can connect");

    let run = world.run().await;

    assert_eq!(run.state, RunState::Succeeded, "{:#?}", world.log(&run).await);
    let first = world.https().verified("a.test", &world.issuer_root()).await.unwrap();
    assert_eq!(shown(world.imap(), "mail.a.test").await, first);
    assert_eq!(shown(world.exim(), "imap.a.test").await, first);

    let run = world.renew().await;
    assert_eq!(run.state, RunState::Succeeded, "{:#?}", world.log(&run).await);
    assert_ne!(world.https().verified("a.test", &world.issuer_root()).await.unwrap(), first);
    deputy.end().await;
    assert!(!socket(&config).exists(), "a deputy that ends leaves no socket");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_deputy_the_old_certificate_is_served_and_a_later_run_catches_up() {
    let (world, config) = world().await;
    let deputy = Running::start(&config);
    world.run().await;
    let first = shown(world.https(), "a.test").await;
    deputy.end().await;

    let run = world.renew().await;

    assert_eq!((run.state, run.counts.failed), (RunState::Incomplete, 2), "{:#?}", world.log(&run).await);
    let told = world.said(&run, "deputy_down").await;
    assert!(told.iter().any(|line| line.starts_with("a.test: not served by apache: the deputy at ")), "{told:?}");
    assert!(told.iter().all(|line| line.ends_with("nothing was changed")), "{told:?}");
    assert_eq!(shown(world.https(), "a.test").await, first);
    let reports = world.engine.services().await.unwrap();
    let broken = reports.iter().flat_map(|report| &report.observations);
    let broken: Vec<_> = broken.filter(|seen| seen.soundness == Soundness::Broken).collect();
    assert!(broken[0].seen.contains("the deputy at "), "{broken:?}");

    // Killed, it would have left its socket.
    drop(std::os::unix::net::UnixListener::bind(socket(&config)).unwrap());
    let deputy = Running::start(&config);
    let orders = world.orders();
    let run = world.run().await;
    assert_eq!(run.state, RunState::Succeeded, "{:#?}", world.log(&run).await);
    assert_ne!(world.https().verified("a.test", &world.issuer_root()).await.unwrap(), first);
    assert_eq!(world.orders(), orders, "nothing is ordered for that");
    deputy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_does_nothing_else_than_it_is_for_whatever_it_is_asked() {
    let (world, config) = world().await;
    let deputy = Running::start(&config);
    let socket = socket(&config);
    world.run().await;
    let chain = std::fs::read_to_string(world.path("data/certificates/a.test/current/fullchain.pem")).unwrap();
    let key = std::fs::read_to_string(world.path("data/certificates/a.test/current/key.pem")).unwrap();
    let before = (shown(world.https(), "a.test").await, files_below(world.dir.path()));
    let question = |change: &dyn Fn(&mut Value)| {
        let mut certificate = json!({
            "website": "a.test", "names": ["a.test"], "document_root": world.apache.document_root("a.test"),
            "fingerprint": "00", "generation": 7, "chain": chain, "key": key, "companion": null,
        });
        change(&mut certificate);
        json!({"install": {"service": "apache", "certificates": [certificate]}})
    };

    for (what, question) in [
        ("is not in the deputy's configuration", json!({"install": {"service": "sshd", "certificates": []}})),
        ("unknown variant `run`", json!({"run": {"command": "id"}})),
        ("unknown field `reload`", json!({"warnings": {"service": "apache", "reload": ["id"]}})),
        ("..", question(&|it| it["website"] = "..".into())),
        ("../../x", question(&|it| it["names"] = json!(["../../x"]))),
        ("document_roots", question(&|it| it["document_root"] = "/etc".into())),
        (
            "document root",
            question(&|it| it["document_root"] = format!("{}/../..", world.path("apache").display()).into()),
        ),
        ("another certificate", question(&|_| {})),
        ("was not installed", question(&|it| it["names"] = json!(["a.test", "b.test"]))),
        ("was not installed", question(&|it| it["key"] = rcgen::KeyPair::generate().unwrap().serialize_pem().into())),
    ] {
        let answer = asked(&socket, &question).await;
        let is_refused = answer.contains("\"refused\"") || answer.contains("\"failed\"");
        assert!(is_refused && answer.contains(what), "{what}: {answer}");
        assert!(!answer.contains("PRIVATE KEY"), "{answer}");
    }
    assert!(said(&socket, u32::MAX, b"").await.contains("at most"));
    assert!(said(&socket, 4, b"\xff\xff\xff\xff").await.contains("does not understand"));

    assert_eq!(shown(world.https(), "a.test").await, before.0);
    assert_eq!(files_below(world.dir.path()), before.1);
    assert_eq!(world.run().await.state, RunState::Succeeded, "it still answers the server");
    deputy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deputy_installed_it_shows_and_takes_out_again() {
    let (world, config) = world().await;
    let before = shown(world.https(), "a.test").await;
    let deputy = Running::start(&config);
    world.run().await;

    let plan = world.engine.plan_removal(&["a.test".to_owned()]).await.unwrap();
    let services: Vec<&str> = plan.services.iter().map(|one| one.service.as_str()).collect();
    assert_eq!(services, ["apache", "dovecot", "exim"], "{plan:?}");
    assert_eq!(plan.services[0].names.len(), 4);

    let done = world.engine.uninstall().await.unwrap().expect("no other process works on runs");
    assert!(done.len() == 3 && done.iter().all(|one| one.failure.is_none()), "{done:?}");
    assert_eq!(shown(world.https(), "a.test").await, before);
    assert!(!world.apache.vhost_dir().join("a.test.conf").exists());
    deputy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_takes_nobodys_place() {
    let (_world, mut config) = world().await;
    let deputy = Running::start(&config);
    assert!(matches!(Deputy::listen(&config), Err(DeputyError::Runs(_))));
    deputy.end().await;
    std::fs::write(socket(&config), "a file of somebody's").unwrap();
    assert!(matches!(Deputy::listen(&config), Err(DeputyError::NoSocket(_))));
    assert_eq!(std::fs::read_to_string(socket(&config)).unwrap(), "a file of somebody's");
    config.services.deputy.as_mut().unwrap().user = "no-such-user".into();
    let error = Deputy::listen(&config).err().unwrap().to_string();
    assert_eq!(error, "services.deputy.user: there is no user \"no-such-user\"");
    config.services.deputy = None;
    assert!(matches!(Deputy::listen(&config), Err(DeputyError::NotConfigured)));
}
