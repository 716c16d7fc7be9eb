//! HAProxy: certificates are exchanged in the running process by its runtime API, without a reload. The list of certificates and the
//! files that it names are kept up to date, so that a restart has the same.

mod entry;
mod runtime;

use super::probe::{Door, Protocol};
use super::{FileText, Files, Installer, Scene, command};
use crate::config::HaproxyConfig;
use crate::tls_store::{DEFAULT, Generation, Place};
use async_trait::async_trait;
use entry::Entry;
use runtime::Runtime;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The list names private keys' places only; HAProxy reads it as root.
const MODE: u32 = 0o644;

/// Installs into one HAProxy.
pub(super) struct Haproxy {
    config: HaproxyConfig,
    place: Place,
}

impl Haproxy {
    pub(super) fn new(config: HaproxyConfig, place: Place) -> Self {
        Self { config, place }
    }

    fn runtime(&self) -> Runtime<'_> {
        Runtime::new(&self.config.socket)
    }

    /// Load what is on disk at a path into the running process, in place of what it has.
    async fn load(&self, file: &str) -> Result<(), String> {
        let pem = std::fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
        self.runtime().set_certificate(file, &pem).await
    }
}

#[async_trait]
impl Installer for Haproxy {
    fn service(&self) -> &str {
        "haproxy"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn is_web_server(&self) -> bool {
        true
    }

    fn takes_companions(&self) -> bool {
        true
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Files, String> {
        let mut by_website: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, website) in scene.names {
            by_website.entry(website).or_default().push(name);
        }
        let mut text = String::from("# Written by AutoSSL. Changes made here are lost at the next certificate.\n");
        for (website, names) in by_website {
            let mut files = vec![self.place.combined(website)];
            // Of two with a name, HAProxy chooses by the kind of key that the client can do.
            files.extend(
                (scene.generation)(website)
                    .is_some_and(Generation::has_companion)
                    .then(|| self.place.companion(website)),
            );
            for file in files {
                for entry in entry::entries(&file.to_string_lossy(), &names)? {
                    text += &format!("{entry}\n");
                }
            }
        }
        let file = FileText { text: Some(text), mode: MODE, website: None };
        Ok(Files::from([(self.config.crt_list.clone(), file)]))
    }

    async fn is_down(&self) -> Option<String> {
        let error = self.runtime().reach().await.err()?;
        Some(format!("HAProxy does not run: {error}"))
    }

    async fn test(&self) -> Result<(), String> {
        if self.config.test.is_empty() { Ok(()) } else { command::run(&self.config.test).await }
    }

    async fn activate(&self, changed: &[&str]) -> Result<(), String> {
        let runtime = self.runtime();
        let list = self.config.crt_list.to_string_lossy();
        let text =
            std::fs::read_to_string(&self.config.crt_list).map_err(|error| format!("cannot read {list}: {error}"))?;
        let wanted: BTreeSet<Entry> = text.lines().filter_map(entry::read).map(|(_, entry)| entry).collect();
        let loaded = runtime.entries(&list).await?;
        let known = runtime.certificates().await?;
        let files_of = |website: &&str| [self.place.combined(website), self.place.companion(website)];
        let changed: BTreeSet<String> =
            changed.iter().flat_map(files_of).map(|file| file.to_string_lossy().into_owned()).collect();
        let files: BTreeSet<&String> = wanted.iter().map(|entry| &entry.file).collect();
        for file in files.iter().filter(|file| changed.contains(**file) || !known.contains(**file)) {
            if !known.contains(*file) {
                runtime.new_certificate(file).await?;
            }
            self.load(file).await?;
        }
        // What is new counts after what is there already, so no name is without a certificate in between.
        let there: BTreeSet<&Entry> = loaded.iter().map(|(_, entry)| entry).collect();
        for entry in wanted.iter().filter(|entry| !there.contains(entry)) {
            runtime.add(&list, entry).await?;
        }
        let is_ours = |file: &str| self.place.holds(Path::new(file));
        for (line, entry) in loaded.iter().filter(|(_, entry)| is_ours(&entry.file) && !wanted.contains(entry)) {
            runtime.delete(&list, entry, *line).await?;
        }
        for file in known.iter().filter(|file| is_ours(file) && !files.contains(file)) {
            runtime.delete_certificate(file).await?;
        }
        let default = self.place.combined_of_name(DEFAULT).to_string_lossy().into_owned();
        if known.contains(&default) {
            self.load(&default).await?;
        }
        Ok(())
    }

    fn doors(&self) -> Vec<Door> {
        vec![Door { protocol: Protocol::Tls, address: self.config.probe }]
    }
}
