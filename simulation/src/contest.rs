//! How many certificates a client gets in a second, one name each: the engine, a bare protocol client, and other programs, at the same
//! authority.
//!
//! The authority takes every HTTP-01 challenge as valid at once, so that what is measured is the clients.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use engine::inventory::ImportFormat;
use engine::model::RunScope;
use engine::{Engine, TermsAnswer};
use futures::{StreamExt, TryStreamExt, stream};
use testca::TestCa;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::bare::Bare;
use crate::server;

/// Who gets certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The engine with everything that it does: journal, budget, logs, certificate store.
    Engine,
    /// The requests of the protocol and nothing else.
    Bare,
    /// The program `lego`, one process for each certificate, as it is meant to be used.
    Lego,
    /// The program `certbot`, one process for each certificate, as it is meant to be used.
    Certbot,
}

impl Client {
    /// Name it as the table does.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "AutoSSL",
            Self::Bare => "bare protocol client",
            Self::Lego => "lego",
            Self::Certbot => "certbot",
        }
    }

    /// The program that has to be there.
    #[must_use]
    pub fn program(self) -> Option<&'static str> {
        match self {
            Self::Engine | Self::Bare => None,
            Self::Lego => Some("lego"),
            Self::Certbot => Some("certbot"),
        }
    }

    /// Get so many certificates, so many at once, from an authority that is so far away; tell how long it took.
    ///
    /// What is done once and for all (an account, a database) is not in the time. Files go below `directory`.
    ///
    /// # Errors
    /// Where a certificate is missing at the end.
    pub async fn run(
        self,
        certificates: u32,
        at_once: usize,
        answer_after: Duration,
        directory: &Path,
    ) -> Result<Duration> {
        let ca = TestCa::builder().answer_after(answer_after).start()?;
        let took = match self {
            Self::Engine => by_engine(&ca, certificates, at_once, directory).await?,
            Self::Bare => {
                let bare = Bare::register(&ca.directory_url(), ca.tls_root_pem()).await?;
                let names: Vec<_> = (0..certificates).map(name).collect();
                let began = Instant::now();
                bare.obtain(&names, at_once).await?;
                began.elapsed()
            }
            Self::Lego | Self::Certbot => self.by_program(&ca, certificates, at_once, directory).await?,
        };
        let issued = ca.journal().certificates().len();
        ensure!(issued >= certificates as usize, "{} got {issued} of {certificates} certificates", self.name());
        Ok(took)
    }

    async fn by_program(self, ca: &TestCa, certificates: u32, at_once: usize, directory: &Path) -> Result<Duration> {
        let root = directory.join("root.pem");
        std::fs::write(&root, ca.tls_root_pem()).with_context(|| format!("cannot write {}", root.display()))?;
        // Both lock their files: so many workers, each with an account and files of its own.
        let workers: Vec<_> = (0..at_once)
            .map(|number| Worker {
                client: self,
                url: ca.directory_url(),
                root: root.clone(),
                home: directory.join(format!("worker{number}")),
            })
            .collect();
        for worker in &workers {
            std::fs::create_dir_all(worker.home.join("web"))?;
        }
        let first = stream::iter(
            workers
                .iter()
                .enumerate()
                .map(|(number, worker)| async move { worker.obtain(&format!("first{number}.test")).await }),
        );
        first.buffer_unordered(at_once).try_for_each(|()| async { Ok(()) }).await?;
        let began = Instant::now();
        let work = workers.iter().enumerate().map(|(number, worker)| async move {
            for turn in (0..certificates).skip(number).step_by(at_once) {
                worker.obtain(&name(turn)).await?;
            }
            anyhow::Ok(())
        });
        stream::iter(work).buffer_unordered(at_once).try_for_each(|()| async { Ok(()) }).await?;
        Ok(began.elapsed())
    }
}

async fn by_engine(ca: &TestCa, certificates: u32, at_once: usize, directory: &Path) -> Result<Duration> {
    let mut config = server::config(directory, ca)?;
    config.limits.orders_in_flight = at_once;
    let engine = Engine::open(config).await?;
    engine.import(&server::websites(certificates), ImportFormat::Toml).await?;
    engine.select_provider("ca", &TermsAnswer::Agreed { by: "bench".into() }).await?;
    engine.request_run(RunScope::AllUsers, "bench").await?;
    let began = Instant::now();
    engine.work_off(CancellationToken::new()).await?;
    Ok(began.elapsed())
}

/// One of several copies of a program.
struct Worker {
    client: Client,
    url: String,
    root: PathBuf,
    home: PathBuf,
}

impl Worker {
    async fn obtain(&self, name: &str) -> Result<()> {
        let web = self.home.join("web");
        let mut command = match self.client {
            Client::Certbot => {
                let mut command = Command::new("certbot");
                for folder in ["--config-dir", "--work-dir", "--logs-dir"] {
                    command.arg(folder).arg(&self.home);
                }
                command.args(["certonly", "--non-interactive", "--agree-tos", "--register-unsafely-without-email"]);
                command.args(["--webroot", "--webroot-path"]).arg(&web).args(["--server", &self.url, "--domain", name]);
                command.env("REQUESTS_CA_BUNDLE", &self.root);
                command
            }
            _ => {
                let mut command = Command::new("lego");
                command.arg("--path").arg(&self.home).args(["--server", &self.url, "--accept-tos"]);
                command.args(["--email", "bench@example.test", "--http", "--http.webroot"]).arg(&web);
                command.args(["--domains", name, "run"]).env("LEGO_CA_CERTIFICATES", &self.root);
                command
            }
        };
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.with_context(|| format!("cannot run {}", self.client.name()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} failed for {name}: {said}", self.client.name());
        Ok(())
    }
}

fn name(number: u32) -> String {
    format!("site{number}.test")
}
