//! Asks Apache for its configuration and for what it serves.

use super::command::{self, Limits, shown};
use super::config::DiscoveryConfig;
use super::error::DiscoveryError;
use super::served::{self, Served};
use super::tree::{self, Tree};
use std::path::{Path, PathBuf};

/// Two runs, since Apache prints the one through stdio's buffer and the other past it: nothing promises that they do not mix.
const SERVED: [&str; 5] = ["-t", "-D", "DUMP_VHOSTS", "-D", "DUMP_RUN_CFG"];
const CONFIGURATION: [&str; 3] = ["-t", "-D", "DUMP_CONFIG"];

/// Where distributions keep mod_info; a relative one is below `ServerRoot`.
const INFO_MODULES: [&str; 10] = [
    "modules/mod_info.so",
    "/usr/lib/apache2/modules/mod_info.so",
    "/usr/lib64/httpd/modules/mod_info.so",
    "/usr/lib/httpd/modules/mod_info.so",
    "/usr/lib64/apache2/modules/mod_info.so",
    "/usr/lib64/apache2/mod_info.so",
    "/usr/lib/apache2/mod_info.so",
    "/usr/local/apache2/modules/mod_info.so",
    "/usr/local/libexec/apache24/mod_info.so",
    "/usr/libexec/apache2/mod_info.so",
];

/// How often both are asked again where they disagree: the configuration was changed between the two runs.
const ATTEMPTS: usize = 2;

/// The two answers of one moment.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) tree: Tree,
    pub(super) served: Served,
    /// The print that the tree was read out of, for those who need all of it.
    pub(super) print: String,
}

/// Ask Apache for both; what they still disagree about after a second attempt is left to the caller.
pub(super) async fn ask(config: &DiscoveryConfig) -> Result<Answers, DiscoveryError> {
    let mut answers = ask_once(config).await?;
    for _ in 1..ATTEMPTS {
        if answers.served.is_within(&answers.tree) {
            break;
        }
        answers = ask_once(config).await?;
    }
    if answers.tree.vhosts.is_empty() {
        return Err(DiscoveryError::NoVirtualHost { command: shown(&config.command) });
    }
    Ok(answers)
}

async fn ask_once(config: &DiscoveryConfig) -> Result<Answers, DiscoveryError> {
    let limits = Limits { time: config.time_limit(), output_mib: config.output_limit };
    if config.command.is_empty() {
        return Err(DiscoveryError::NoCommand);
    }
    let unreadable = |reason| DiscoveryError::Unreadable { command: shown(&config.command), reason };
    let command = with(&config.command, &SERVED);
    let text = command::run(&command, limits).await?.succeeded(&command)?;
    let served = served::parse(&text).map_err(unreadable)?;

    let candidates = candidates(config, &served.server_root);
    let mut command = with(&config.command, &CONFIGURATION);
    if let Some(module) = candidates.iter().find(|path| path.is_file()) {
        command.extend(load(module));
    }
    let text = command::run(&command, limits).await?.succeeded(&command)?;
    if text.trim().is_empty() {
        let looked = candidates.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(DiscoveryError::NoInfoModule { command: shown(&config.command), looked });
    }
    Ok(Answers { tree: tree::parse(&text).map_err(unreadable)?, served, print: text })
}

fn with(command: &[String], arguments: &[&str]) -> Vec<String> {
    command.iter().cloned().chain(arguments.iter().map(|argument| (*argument).to_owned())).collect()
}

fn candidates(config: &DiscoveryConfig, server_root: &str) -> Vec<PathBuf> {
    match &config.info_module {
        Some(path) => vec![path.clone()],
        None => INFO_MODULES.iter().map(|path| Path::new(server_root).join(path)).collect(),
    }
}

/// Load the module where the configuration does not. Directives of `-c` are read after the configuration, as if they stood
/// at its end, so the condition sees whether it is loaded, and no `<IfModule>` before sees the one that is loaded here.
fn load(module: &Path) -> Vec<String> {
    let load = format!("LoadModule info_module \"{}\"", module.display());
    ["<IfModule !info_module>", &load, "</IfModule>"].iter().flat_map(|line| ["-c".into(), (*line).into()]).collect()
}
