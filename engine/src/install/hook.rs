//! A command of the administrator's, for services that AutoSSL does not know.
//!
//! It is called with `test` or `activate` after its own arguments, and reads a JSON object on its standard input; `docs/fronts.md`
//! says what is in it. Exit code 0 means done, anything else is a failure, of which the last words are told.

use super::Installer;
use super::command::in_one_line;
use super::probe::{Door, Protocol};
use crate::config::HookConfig;
use crate::process_group::converse;
use crate::tls_store::Place;
use async_trait::async_trait;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Installs by a command.
pub(super) struct Hook {
    config: HookConfig,
    place: Place,
}

/// What the command reads.
#[derive(Serialize)]
struct Message<'a> {
    /// Another number where this changes in a way that commands must know.
    version: u32,
    action: &'a str,
    /// A directory for each name, with the three files in it.
    names_directory: &'a Path,
    /// The certificates that are others than before; all of them for `test`.
    certificates: Vec<Certificate<'a>>,
}

#[derive(Serialize)]
struct Certificate<'a> {
    website: &'a str,
    /// The names that it is to be presented for; none where it is to be presented no more.
    names: Vec<&'a str>,
    fullchain: PathBuf,
    key: PathBuf,
    combined: PathBuf,
}

impl Hook {
    pub(super) fn new(config: HookConfig, place: Place) -> Self {
        Self { config, place }
    }

    async fn call(&self, action: &str, changed: Option<&[&str]>) -> Result<(), String> {
        let names = self.place.open().and_then(|view| view.names());
        let names = names.map_err(|error| format!("the TLS store of the hook: {error}"))?;
        let mut by_website: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, website) in &names {
            by_website.entry(website).or_default().push(name);
        }
        let websites: Vec<&str> = changed.map_or_else(|| by_website.keys().copied().collect(), <[&str]>::to_vec);
        let certificates = websites.into_iter().map(|website| {
            let dir = self.place.certificate_dir(website);
            Certificate {
                website,
                names: by_website.remove(website).unwrap_or_default(),
                fullchain: dir.join("fullchain.pem"),
                key: dir.join("key.pem"),
                combined: dir.join("combined.pem"),
            }
        });
        let certificates = certificates.collect();
        let names_directory = self.place.names_dir();
        let message = Message { version: 1, action, names_directory: &names_directory, certificates };
        let message = serde_json::to_vec(&message).map_err(|error| error.to_string())?;
        let command = self.config.command.join(" ");
        let run = tokio::time::timeout(self.config.timeout, self.run(action, &names_directory, &message)).await;
        run.map_err(|_| format!("{command} {action} was not done after {} s", self.config.timeout.as_secs()))?
            .map_err(|error| format!("{command}: {error}"))?
            .map_err(|said| format!("{command} {action} {said}"))
    }

    async fn run(&self, action: &str, names_directory: &Path, message: &[u8]) -> io::Result<Result<(), String>> {
        let [program, arguments @ ..] = &self.config.command[..] else {
            return Err(io::Error::other("it is empty"));
        };
        let mut command = Command::new(program);
        command.args(arguments).arg(action);
        command.env("AUTOSSL_ACTION", action).env("AUTOSSL_NAMES_DIRECTORY", names_directory);
        let ended = converse(&mut command, message).await?;
        let (status, said) = (ended.status, in_one_line(ended.complaint()));
        Ok(match (status.success(), said.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => Err(format!("ended with {status} and said nothing")),
            (false, false) => Err(format!("ended with {status} and said: {said}")),
        })
    }
}

#[async_trait]
impl Installer for Hook {
    fn service(&self) -> &str {
        "hook"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn presents_addresses(&self) -> bool {
        true
    }

    fn concerned(&self, names: &[String]) -> Vec<String> {
        let is_wanted = |name: &&String| {
            let patterns = &self.config.names;
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(name))
        };
        names.iter().filter(is_wanted).cloned().collect()
    }

    async fn is_down(&self) -> Option<String> {
        None
    }

    async fn test(&self) -> Result<(), String> {
        self.call("test", None).await
    }

    async fn activate(&self, changed: &[&str]) -> Result<(), String> {
        self.call("activate", Some(changed)).await
    }

    fn doors(&self) -> Vec<Door> {
        self.config.probe.iter().map(|address| Door { protocol: Protocol::Tls, address: *address }).collect()
    }
}
