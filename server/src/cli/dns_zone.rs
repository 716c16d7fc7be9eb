//! What `autossl dns add` and `autossl dns change` are told. A secret comes from a file or standard input, never from the command
//! line, where every user of the server could read it.

use crate::error::CliError;
use clap::{Args, ValueEnum};
use engine::DnsProof;
use engine::model::{DnsKind, DnsZoneSettings};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A zone to add.
#[derive(Args)]
pub(super) struct AddArgs {
    /// The zone, or the part of it that may be changed
    zone: String,
    /// How it is changed
    #[arg(long)]
    kind: Kind,
    #[command(flatten)]
    settings: SettingArgs,
}

/// A zone to change.
#[derive(Args)]
pub(super) struct ChangeArgs {
    /// The zone, from the list
    zone: String,
    /// How it is changed
    #[arg(long)]
    kind: Option<Kind>,
    #[command(flatten)]
    settings: SettingArgs,
}

/// How a zone is changed.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// By messages to its primary server (RFC 2136)
    Rfc2136,
    /// At a provider that hosts it, with a token
    Provider,
    /// By a command, which stands after `--`
    Command,
}

#[derive(Args)]
struct SettingArgs {
    /// rfc2136: the primary server's address or name, perhaps with a port; powerdns: the URL of its interface
    #[arg(long)]
    server: Option<String>,
    /// provider: its name, such as cloudflare
    #[arg(long)]
    provider: Option<String>,
    /// rfc2136: the key's name, where its file does not say it; an empty one sends changes unsigned
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// rfc2136: how the key signs, where its file does not say it
    #[arg(long)]
    algorithm: Option<String>,
    /// A file with the key as name servers write it, its base64 alone, or the token; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// How long others may remember a value, in seconds
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u32>,
    /// A server that must show what was published, such as 192.0.2.53:53; may be repeated
    #[arg(long, value_name = "ADDRESS:PORT")]
    check_at: Option<Vec<String>>,
    /// The most seconds that one change may take
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// The most seconds to wait until all servers show what was published
    #[arg(long, value_name = "SECONDS")]
    propagation_timeout: Option<u32>,
    /// Save it without trying it
    #[arg(long)]
    untested: bool,
    /// command: the program with its whole path, and its first arguments
    #[arg(last = true, value_name = "COMMAND")]
    command: Option<Vec<String>>,
}

/// Settings, the secret where one is given, and whether they are tried.
type Wanted = (DnsZoneSettings, Option<String>, DnsProof);

impl AddArgs {
    /// Read what is wanted.
    pub(super) fn read(self) -> Result<Wanted, CliError> {
        self.settings.over(DnsZoneSettings::new(self.zone, self.kind.into()))
    }
}

impl ChangeArgs {
    /// The zone's name.
    pub(super) fn zone(&self) -> &str {
        &self.zone
    }

    /// Read what is wanted of a zone that is like this now.
    pub(super) fn read(self, before: DnsZoneSettings) -> Result<Wanted, CliError> {
        match self.kind.map(DnsKind::from) {
            Some(kind) if kind != before.kind => self.settings.over(DnsZoneSettings {
                check_at: before.check_at,
                propagation_timeout: before.propagation_timeout,
                ..DnsZoneSettings::new(before.zone, kind)
            }),
            _ => self.settings.over(before),
        }
    }
}

impl SettingArgs {
    fn over(self, mut settings: DnsZoneSettings) -> Result<Wanted, CliError> {
        fn put<T>(place: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *place = given;
            }
        }
        put(&mut settings.server, self.server);
        put(&mut settings.provider, self.provider);
        put(&mut settings.key_name, self.key);
        put(&mut settings.algorithm, self.algorithm);
        put(&mut settings.ttl, self.ttl);
        put(&mut settings.check_at, self.check_at);
        put(&mut settings.timeout, self.timeout);
        put(&mut settings.propagation_timeout, self.propagation_timeout);
        put(&mut settings.command, self.command);
        let secret = self.secret_file.as_deref().map(secret).transpose()?;
        let proof = if self.untested { DnsProof::Untested } else { DnsProof::Tried };
        Ok((settings, secret, proof))
    }
}

impl From<Kind> for DnsKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Rfc2136 => Self::Rfc2136,
            Kind::Provider => Self::Provider,
            Kind::Command => Self::Command,
        }
    }
}

fn secret(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|read| text = read)
    };
    read.map_err(|source| CliError::File { path: path.to_owned(), source })?;
    if text.trim().is_empty() {
        return Err(CliError::Password(format!("{} is empty", path.display())));
    }
    Ok(text)
}
