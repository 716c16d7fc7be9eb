//! Two certificate authorities, A and B, and an engine that orders from A and, where A cannot, from B.

use crate::world::{self, AheadClock};
use engine::clock::Clock;
use engine::config::{EngineConfig, ProviderConfig};
use engine::inventory::ImportFormat;
use engine::model::{ProviderHealth, RunScope, RunSummary};
use engine::{Engine, TermsAnswer};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use testca::{TestCa, TestCaBuilder, Validation};
use tokio_util::sync::CancellationToken;

/// The short name of A in the configuration.
pub(crate) const A: &str = "ca";
/// That of B.
pub(crate) const B: &str = "b";

/// Two authorities and an engine.
pub(crate) struct Pair {
    pub(crate) engine: Engine,
    pub(crate) a: TestCa,
    pub(crate) b: TestCa,
    pub(crate) clock: Arc<AheadClock>,
    pub(crate) dir: TempDir,
    change: Change,
}

/// What is otherwise in the configuration than usual.
pub(crate) type Change = Box<dyn Fn(&mut EngineConfig) + Send + Sync>;

/// Describe an authority that validates every name and is called so in CAA records.
pub(crate) fn authority(name: &str) -> TestCaBuilder {
    let identity = format!("{}.test", name.to_ascii_lowercase());
    TestCa::builder().name(name).validation(Validation::Always).caa_identities(&[&identity])
}

pub(crate) fn agreed() -> TermsAnswer {
    TermsAnswer::Agreed { by: "test".into() }
}

/// A user with one website for each name.
fn users(names: &[&str]) -> String {
    let mut text = String::new();
    for name in names {
        let website = format!("[[user.website]]\ndomain = '{name}.test'\ndocument_root = '/srv'\n");
        write!(text, "[[user]]\nname = '{name}'\n{website}").unwrap();
    }
    text
}

impl Pair {
    /// Start, with A selected and B as its fallback.
    pub(crate) async fn start(names: &[&str]) -> Self {
        let pair = Self::of(authority("A"), authority("B"), names, Box::new(|_| {})).await;
        pair.engine.set_fallbacks(&[B.into()], &agreed()).await.unwrap();
        pair
    }

    /// Start these two, with A selected and no fallback.
    pub(crate) async fn of(a: TestCaBuilder, b: TestCaBuilder, names: &[&str], change: Change) -> Self {
        let (a, b) = (a.start().unwrap(), b.start().unwrap());
        let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(AheadClock::default()));
        let engine = open(&dir, [&a, &b], &change, &clock).await;
        let pair = Self { engine, a, b, clock, dir, change };
        pair.import(names).await;
        pair.engine.select_provider(A, &agreed()).await.unwrap();
        pair
    }

    /// Let there be a user with a website for each of these names.
    pub(crate) async fn import(&self, names: &[&str]) {
        self.engine.import(&users(names), ImportFormat::Toml).await.unwrap();
    }

    /// Another process on the same database takes over.
    pub(crate) async fn reopen(&mut self) {
        self.engine = open(&self.dir, [&self.a, &self.b], &self.change, &self.clock).await;
    }

    /// Run as a person asks for it.
    pub(crate) async fn run(&self) -> RunSummary {
        world::run(&self.engine, RunScope::AllUsers).await
    }

    /// Run as the schedule asks for it.
    pub(crate) async fn scheduled(&self, scope: RunScope) -> RunSummary {
        let id = self.engine.request_run(scope, "scheduler").await.unwrap();
        assert!(self.engine.work_off(CancellationToken::new()).await.unwrap());
        self.engine.run(&id).await.unwrap()
    }

    /// The sentences of a run's log.
    pub(crate) async fn told(&self, run: &RunSummary) -> Vec<String> {
        world::log(&self.engine, run).await.into_iter().map(|line| line.contents).collect()
    }

    /// How a provider does.
    pub(crate) async fn health(&self, id: &str) -> ProviderHealth {
        self.engine.providers_in_order().await.unwrap().into_iter().find(|known| known.id == id).unwrap().health
    }

    /// The history of the newest job of a user, line by line.
    pub(crate) async fn history(&self, job: i64) -> Vec<String> {
        self.engine.job(job).await.unwrap().history.into_iter().map(|event| event.detail).collect()
    }

    /// Certificates that A and B have issued, and orders that were made at each.
    pub(crate) fn issued(&self) -> [u64; 2] {
        [self.a.journal().certificates_issued(), self.b.journal().certificates_issued()]
    }

    pub(crate) fn ordered(&self) -> [u64; 2] {
        [self.a.journal().orders_created(), self.b.journal().orders_created()]
    }

    /// The engine's time.
    pub(crate) fn now(&self) -> engine::model::Timestamp {
        self.clock.now()
    }
}

async fn open(dir: &TempDir, cas: [&TestCa; 2], change: &Change, clock: &Arc<AheadClock>) -> Engine {
    let roots: Vec<PathBuf> = (0..2).map(|number| dir.path().join(format!("root-{number}.pem"))).collect();
    for (ca, root) in cas.iter().zip(&roots) {
        std::fs::write(root, ca.tls_root_pem()).unwrap();
    }
    let mut config = world::config(dir, (cas[0].directory_url(), roots[0].clone()), None);
    config.providers[0].name = "Authority A".into();
    config.acme.trusted_roots = roots;
    config.providers.push(ProviderConfig {
        id: B.into(),
        name: "Authority B".into(),
        directory_url: cas[1].directory_url(),
        limits: Default::default(),
        allow_private: true,
    });
    change(&mut config);
    Engine::open_at(config, clock.clone()).await.unwrap()
}
