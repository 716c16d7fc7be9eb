//! Dovecot: one file of ours that its configuration includes, with a block for each certificate, and a reload.
//!
//! `doveadm reload` tells success also where the configuration was refused: the log is read, and handshakes decide.

mod block;
mod log;
mod settings;

use super::{FileText, Files, Installer, Placed, Scene, command, daemon, mail};
use crate::config::DovecotConfig;
use crate::install::Door;
use crate::tls_store::{Generation, Place};
use async_trait::async_trait;
use block::{Certificates, Syntax};
use log::Mark;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Measured: 5,000 blocks are read in 24 s; this allows a machine four times slower.
const RELOAD_PER_BLOCK: Duration = Duration::from_millis(20);
const RELOAD_BASE: Duration = Duration::from_secs(15);

/// Installs into one Dovecot.
pub(super) struct Dovecot {
    config: DovecotConfig,
    place: Place,
    /// The words that this version knows, once it was asked.
    syntax: Mutex<Option<Syntax>>,
    /// Where its log ended before the last reload.
    mark: Mutex<Option<Mark>>,
}

impl Dovecot {
    pub(super) fn new(config: DovecotConfig, place: Place) -> Self {
        Self { config, place, syntax: Mutex::new(None), mark: Mutex::new(None) }
    }

    /// Ask once which words the version knows; `is_down` is called before anything is rendered.
    async fn learn_syntax(&self) -> Result<(), String> {
        let version = command::output(&self.config.version).await?;
        let syntax =
            Syntax::of(&version).ok_or_else(|| format!("Dovecot tells no version that is known: {version:?}"))?;
        *self.syntax.lock().unwrap_or_else(PoisonError::into_inner) = Some(syntax);
        Ok(())
    }

    fn blocks(&self) -> u32 {
        let text = std::fs::read_to_string(&self.config.include).unwrap_or_default();
        u32::try_from(block::count(&text)).unwrap_or(u32::MAX)
    }

    async fn setting(&self, name: &str) -> Option<String> {
        // The command of the test is doveconf with the arguments that name the configuration.
        let command: Vec<String> = self.config.test.iter().filter(|word| *word != "-n").cloned().collect();
        let output = command::output(&[command, vec!["-h".to_owned(), name.to_owned()]].concat()).await;
        output.ok().map(|text| text.trim().to_owned())
    }
}

#[async_trait]
impl Installer for Dovecot {
    fn service(&self) -> &str {
        "dovecot"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn concerned(&self, names: &[String]) -> Vec<String> {
        mail::concerned(&self.config.names, names)
    }

    fn takes_companions(&self) -> bool {
        true
    }

    fn check(&self, placed: Placed<'_>) -> Result<(), String> {
        mail::plain(&self.place.combined(&placed.item.website)).map(drop)
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Files, String> {
        let syntax = self
            .syntax
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ok_or("Dovecot was not asked for its version")?;
        let mut websites: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, website) in scene.names {
            websites.entry(website).or_default().push(name);
        }
        let mut text = block::HEAD.to_owned();
        for (website, names) in websites {
            let certificates = match (scene.generation)(website).is_some_and(Generation::has_companion) {
                true => Certificates::WithCompanion,
                false => Certificates::Alone,
            };
            text += &syntax.blocks(&names, &self.place.certificate_dir(website), certificates)?;
        }
        let file = FileText { text: Some(text), mode: 0o644, website: None };
        Ok(Files::from([(self.config.include.clone(), file)]))
    }

    async fn is_down(&self) -> Option<String> {
        match daemon::is_down("Dovecot", &self.config.pid_file) {
            None => self.learn_syntax().await.err(),
            down => down,
        }
    }

    async fn test(&self) -> Result<(), String> {
        command::run(&self.config.test).await
    }

    async fn activate(&self, _changed: &[&str]) -> Result<(), String> {
        let path = self.setting("log_path").await.map(PathBuf::from).filter(|path| path.is_absolute());
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = path.map(Mark::at_end_of);
        command::run(&self.config.reload).await
    }

    fn complaint(&self) -> Option<String> {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.complaint()
    }

    fn doors(&self) -> Vec<Door> {
        mail::doors(&self.config.doors)
    }

    fn patience(&self) -> Duration {
        RELOAD_BASE + RELOAD_PER_BLOCK * self.blocks()
    }

    async fn warnings(&self) -> Vec<String> {
        let shutdown_clients = self.setting("shutdown_clients").await;
        let limits = [self.setting("service/config/vsz_limit").await, self.setting("default_vsz_limit").await];
        settings::warnings(shutdown_clients.as_deref(), limits.each_ref().map(Option::as_deref), self.blocks())
    }
}
