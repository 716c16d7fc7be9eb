//! Apache: one file for each website, a configuration test, one graceful reload for all, and a handshake for each name.
//!
//! Apache's own test never reads a certificate, and a reload with a broken one ends the server. So every pair of chain and key
//! is checked here first, and what stood before is put back where the server does not come up or presents something else.

use super::probe::Prober;
use super::vhost::Rest;
use super::{InstallFailure, Installer, Item, vhost};
use crate::analyze::address_of;
use crate::config::ApacheConfig;
use crate::model::Timestamp;
use crate::vault::{self, Vault};
use crate::x509;
use async_trait::async_trait;
use futures::{StreamExt, stream};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::Instant;

const COMMAND_LIMIT: Duration = Duration::from_secs(120);
/// Measured: a reload reads 500 to 700 virtual hosts a second; this allows a machine five times slower.
const RELOAD_PER_WEBSITE: Duration = Duration::from_millis(10);
const RELOAD_BASE: Duration = Duration::from_secs(15);
const PROBE_PAUSE: Duration = Duration::from_millis(50);
const PROBES_AT_ONCE: usize = 8;

type Outcome = Result<(), InstallFailure>;

/// Installs into one Apache.
pub(super) struct Apache {
    config: ApacheConfig,
    vault: Vault,
}

/// What stood in place before an item was put there.
struct Before<'a> {
    item: &'a Item,
    file: PathBuf,
    text: Option<String>,
    generation: Option<u32>,
    changed: bool,
}

impl Apache {
    pub(super) fn new(config: ApacheConfig, vault: Vault) -> Self {
        Self { config, vault }
    }

    /// Put an item's file and certificate in place, after checking both.
    fn apply<'a>(&self, item: &'a Item, now: Timestamp) -> Result<Before<'a>, InstallFailure> {
        let failed = |detail: String| InstallFailure { code: "install_refused", detail };
        let (chain, key) =
            self.vault.read(&item.website, item.generation).map_err(|error| failed(error_line(&error)))?;
        let leaf = x509::check_chain(&chain, &key, &item.names, now)
            .map_err(|reason| failed(format!("the certificate of {} was not installed: {reason}", item.website)))?;
        if leaf.fingerprint != item.fingerprint {
            return Err(failed(format!(
                "generation {} of {} holds another certificate",
                item.generation, item.website
            )));
        }
        let text =
            vhost::render(item, &self.config.listen, &self.vault.active_combined(&item.website)).map_err(failed)?;
        let file = self.config.vhost_dir.join(vhost::file_name(&item.website));
        let old_text = std::fs::read_to_string(&file).ok();
        let generation =
            self.vault.activate(&item.website, item.generation).map_err(|error| failed(error_line(&error)))?;
        let changed = old_text.as_deref() != Some(text.as_str()) || generation != Some(item.generation);
        let before = Before { item, file, text: old_text, generation, changed };
        if let Err(error) = vault::write_whole(&before.file, &text, 0o644) {
            let detail = error_line(&error);
            self.restore(&before);
            return Err(failed(detail));
        }
        Ok(before)
    }

    /// Put back what stood before an item.
    fn restore(&self, before: &Before<'_>) {
        let website = &before.item.website;
        let certificate = match before.generation {
            Some(generation) => self.vault.activate(website, generation).map(drop),
            None => self.vault.deactivate(website),
        };
        let file = match &before.text {
            Some(text) => vault::write_whole(&before.file, text, 0o644).map_err(|error| error_line(&error)),
            None => std::fs::remove_file(&before.file).or_else(ignore_missing).map_err(|error| error.to_string()),
        };
        if let Err(error) = certificate {
            tracing::error!(website.domain = %website, error = %error_line(&error), "the earlier certificate cannot be put back");
        }
        if let Err(error) = file {
            tracing::error!(website.domain = %website, %error, "the earlier configuration cannot be put back");
        }
    }

    /// Keep the items with which Apache's test passes; the others are put back.
    async fn keep_tested<'a>(
        &self,
        applied: Vec<(usize, Before<'a>)>,
        outcomes: &mut [Outcome],
        now: Timestamp,
    ) -> Vec<(usize, Before<'a>)> {
        let Err(reason) = run(&self.config.test).await else { return applied };
        applied.iter().for_each(|(_, before)| self.restore(before));
        if let Err(without) = run(&self.config.test).await {
            let detail = format!(
                "Apache's configuration test fails without AutoSSL's change too; nothing was changed: {without}"
            );
            fail_all(outcomes, applied.iter().map(|(index, _)| *index), "apache_config_broken", &detail);
            return Vec::new();
        }
        if let [(index, _)] = applied.as_slice() {
            outcomes[*index] = Err(refused_by_test(&reason));
            return Vec::new();
        }
        // Together they fail: find out which one it is.
        let mut kept = Vec::new();
        for (index, before) in applied {
            match self.apply(before.item, now) {
                Ok(again) => match run(&self.config.test).await {
                    Ok(()) => kept.push((index, again)),
                    Err(reason) => {
                        self.restore(&again);
                        outcomes[index] = Err(refused_by_test(&reason));
                    }
                },
                Err(failure) => outcomes[index] = Err(failure),
            }
        }
        kept
    }

    /// Reload, then wait until every name of every item is presented as it should be; tell which items are not.
    async fn reload_and_prove(&self, items: &[&Item]) -> Result<Vec<Outcome>, String> {
        run(&self.config.reload).await?;
        let prober = Prober::new()?;
        let vhosts = std::fs::read_dir(&self.config.vhost_dir).map_or(0, Iterator::count);
        let patience = RELOAD_BASE + RELOAD_PER_WEBSITE * u32::try_from(vhosts).unwrap_or(u32::MAX);
        let deadline = Instant::now() + patience;
        let proofs: Vec<_> = items.iter().map(|item| self.prove(&prober, item, deadline)).collect();
        Ok(stream::iter(proofs).buffered(PROBES_AT_ONCE).collect().await)
    }

    async fn prove(&self, prober: &Prober, item: &Item, deadline: Instant) -> Outcome {
        for name in &item.names {
            loop {
                let seen = match prober.presented(self.config.probe, name).await {
                    Ok(fingerprint) if fingerprint == item.fingerprint => break,
                    Ok(_) => "another certificate is presented".to_owned(),
                    Err(reason) => reason,
                };
                if Instant::now() + PROBE_PAUSE > deadline {
                    let why = if address_of(name).is_some() { vhost::ADDRESS_HINT } else { "" };
                    let detail =
                        format!("{name} at {}: {seen}{why}; the earlier state was put back", self.config.probe);
                    return Err(InstallFailure { code: "not_served", detail });
                }
                tokio::time::sleep(PROBE_PAUSE).await;
            }
        }
        Ok(())
    }

    /// Find the files of other websites with names of these: a name that moved would be answered for by the website that had it.
    fn others_with(&self, applied: &[(usize, Before<'_>)]) -> Vec<(PathBuf, String)> {
        let own: HashSet<&Path> = applied.iter().map(|(_, before)| before.file.as_path()).collect();
        let names = names_of(applied.iter().map(|(_, before)| before.item));
        let files = std::fs::read_dir(&self.config.vhost_dir).into_iter().flatten().filter_map(Result::ok);
        let others = files.map(|file| file.path()).filter(|path| !own.contains(path.as_path()));
        let with_text = others.filter_map(|path| std::fs::read_to_string(&path).ok().map(|text| (path, text)));
        with_text.filter(|(_, text)| vhost::without(text, &names) != Rest::Whole).collect()
    }

    /// Write the files of other websites without the names of these items; each as it was where no name of it is concerned.
    fn take_names<'a>(&self, others: &[(PathBuf, String)], items: impl Iterator<Item = &'a Item>) {
        if others.is_empty() {
            return;
        }
        let names = names_of(items);
        for (path, text) in others {
            let written = match vhost::without(text, &names) {
                Rest::Whole => vault::write_whole(path, text, 0o644).map_err(|error| error_line(&error)),
                Rest::Text(rest) => vault::write_whole(path, &rest, 0o644).map_err(|error| error_line(&error)),
                Rest::Nothing => std::fs::remove_file(path).or_else(ignore_missing).map_err(|error| error.to_string()),
            };
            if let Err(error) = written {
                tracing::error!(file = %path.display(), %error, "names that moved cannot be taken out of another website's file");
            }
        }
    }

    /// Tell whether everything is in place and presented already, e.g. after a crash between reload and record.
    async fn is_served_already(&self, applied: &[(usize, Before<'_>)]) -> bool {
        if applied.iter().any(|(_, before)| before.changed) {
            return false;
        }
        let Ok(prober) = Prober::new() else { return false };
        let now = Instant::now();
        let proofs: Vec<_> = applied.iter().map(|(_, before)| self.prove(&prober, before.item, now)).collect();
        stream::iter(proofs).buffered(PROBES_AT_ONCE).all(|outcome| async move { outcome.is_ok() }).await
    }

    fn is_running(&self) -> bool {
        let pid = std::fs::read_to_string(&self.config.pid_file).ok().and_then(|text| text.trim().parse::<u32>().ok());
        pid.is_some_and(|pid| std::path::Path::new("/proc").join(pid.to_string()).exists())
    }
}

#[async_trait]
impl Installer for Apache {
    fn service(&self) -> &'static str {
        "apache"
    }

    async fn presented(&self, name: &str) -> Result<String, String> {
        Prober::new()?.presented(self.config.probe, name).await
    }

    async fn install(&self, items: &[Item], now: Timestamp) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = vec![Ok(()); items.len()];
        let mut applied = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match self.apply(item, now) {
                Ok(before) => applied.push((index, before)),
                Err(failure) => outcomes[index] = Err(failure),
            }
        }
        let others = self.others_with(&applied);
        self.take_names(&others, applied.iter().map(|(_, before)| before.item));
        let kept = self.keep_tested(applied, &mut outcomes, now).await;
        self.take_names(&others, kept.iter().map(|(_, before)| before.item));
        if kept.is_empty() || others.is_empty() && self.is_served_already(&kept).await {
            return outcomes;
        }
        let wanted: Vec<&Item> = kept.iter().map(|(_, before)| before.item).collect();
        match self.reload_and_prove(&wanted).await {
            Ok(proofs) => {
                for ((index, _), proof) in kept.iter().zip(proofs) {
                    outcomes[*index] = proof;
                }
            }
            Err(reason) => {
                let detail = format!("Apache did not reload, the earlier state was put back: {reason}");
                fail_all(&mut outcomes, kept.iter().map(|(index, _)| *index), "apache_reload_failed", &detail);
            }
        }
        let unproved: Vec<_> = kept.iter().filter(|(index, _)| outcomes[*index].is_err()).collect();
        if !unproved.is_empty() {
            unproved.iter().for_each(|(_, before)| self.restore(before));
            let proved = kept.iter().filter(|(index, _)| outcomes[*index].is_ok());
            self.take_names(&others, proved.map(|(_, before)| before.item));
            let running = self.is_running();
            if let Err(reason) = run(&self.config.reload).await {
                tracing::error!(apache.running = running, %reason, "Apache does not reload with the earlier state either");
            }
        }
        outcomes
    }
}

fn names_of<'a>(items: impl Iterator<Item = &'a Item>) -> HashSet<&'a str> {
    items.flat_map(|item| std::iter::once(&item.website).chain(&item.names)).map(String::as_str).collect()
}

fn refused_by_test(reason: &str) -> InstallFailure {
    InstallFailure {
        code: "apache_config_refused",
        detail: format!("Apache's configuration test refused it, nothing was changed: {reason}"),
    }
}

fn fail_all(outcomes: &mut [Outcome], indexes: impl Iterator<Item = usize>, code: &'static str, detail: &str) {
    for index in indexes {
        outcomes[index] = Err(InstallFailure { code, detail: detail.to_owned() });
    }
}

fn ignore_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn error_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line = format!("{line}: {cause}");
        source = cause.source();
    }
    line
}

/// Run a command to its end and tell what it said where it failed.
async fn run(command: &[String]) -> Result<(), String> {
    let [program, arguments @ ..] = command else { return Err("no command is configured".into()) };
    let output = Command::new(program).args(arguments).stdin(std::process::Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(COMMAND_LIMIT, output)
        .await
        .map_err(|_| format!("{program} did not end within {} s", COMMAND_LIMIT.as_secs()))?
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ");
    Err(format!("{program} ended with {}: {}", output.status, said.chars().take(500).collect::<String>()))
}
