//! Postfix: a table with the key and the chain of each name (`tls_server_sni_maps`), which `postmap -F` makes, and a reload.
//!
//! The table holds private keys: it gets the mode of the list that it is made from, which is its owner's alone. It is made under
//! another name first, so that Postfix never reads half of one.

use super::{FileText, Files, Installer, Placed, Scene, command, daemon, mail};
use crate::config::PostfixConfig;
use crate::install::Door;
use crate::tls_store::{Generation, Place};
use async_trait::async_trait;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const HEAD: &str = "# Written by AutoSSL. Changes made here are lost at the next certificate.\n";

/// Installs into one Postfix.
pub(super) struct Postfix {
    config: PostfixConfig,
    place: Place,
}

impl Postfix {
    pub(super) fn new(config: PostfixConfig, place: Place) -> Self {
        Self { config, place }
    }

    /// Name the list that the table is made from.
    fn list(&self) -> PathBuf {
        with_suffix(&self.config.table, ".in")
    }

    /// Make the table from the list, for Postfix to find whole.
    async fn make_table(&self) -> Result<(), String> {
        let list = self.list();
        if !list.exists() {
            return Ok(());
        }
        let source = format!("{}:{}", self.config.table_type, list.display());
        command::run(&[self.config.postmap.clone(), vec![source]].concat()).await?;
        let suffix = suffix(&self.config.table_type)?;
        let (made, table) = (with_suffix(&list, suffix), with_suffix(&self.config.table, suffix));
        std::fs::rename(&made, &table)
            .map_err(|error| format!("cannot rename {} to {}: {error}", made.display(), table.display()))
    }
}

#[async_trait]
impl Installer for Postfix {
    fn service(&self) -> &str {
        "postfix"
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
        let mut text = HEAD.to_owned();
        for (name, website) in scene.names {
            let dir = self.place.certificate_dir(website);
            // Postfix wants each key before its chain.
            let mut files = vec!["key.pem", "fullchain.pem"];
            if (scene.generation)(website).is_some_and(Generation::has_companion) {
                files.extend(["key-rsa.pem", "fullchain-rsa.pem"]);
            }
            let files = files.iter().map(|file| mail::plain(&dir.join(file))).collect::<Result<Vec<_>, _>>()?;
            // Writing to a text does not fail.
            let _ = writeln!(text, "{} {}", lookup_key(name), files.join(", "));
        }
        let file = FileText { text: Some(text), mode: 0o600, website: None };
        Ok(Files::from([(self.list(), file)]))
    }

    async fn is_down(&self) -> Option<String> {
        daemon::is_down("Postfix", &self.config.pid_file)
    }

    async fn test(&self) -> Result<(), String> {
        self.make_table().await?;
        command::run(&self.config.test).await
    }

    async fn activate(&self, _changed: &[&str]) -> Result<(), String> {
        command::run(&self.config.reload).await
    }

    fn doors(&self) -> Vec<Door> {
        mail::doors(&self.config.doors)
    }
}

/// Postfix writes a wildcard as the zone with a dot before it.
fn lookup_key(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

fn suffix(table_type: &str) -> Result<&'static str, String> {
    match table_type {
        "hash" | "btree" => Ok(".db"),
        "cdb" => Ok(".cdb"),
        "lmdb" => Ok(".lmdb"),
        other => Err(format!("a Postfix table of type {other:?} cannot be made; use hash, btree, cdb or lmdb")),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
