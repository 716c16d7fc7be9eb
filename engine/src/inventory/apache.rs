//! Websites from a running server's Apache: its virtual hosts as Apache itself resolves them.
//!
//! Two answers of Apache are read, each from a short `-t` run that opens no port and no log and leaves the running server
//! alone. `DUMP_CONFIG` (of mod_info) is the configuration after `Include`, `Define`, `<IfModule>` and macros: it has every
//! directive with its place, but says nothing about addresses that do not resolve. `DUMP_VHOSTS` is what Apache will serve and
//! at which address, but has no document roots, certificates or owners. A virtual host counts where both know it.
//!
//! Whatever goes wrong is an error, never an empty list: a failed answer must not look as if all websites had vanished.

mod answers;
mod body;
mod claim;
mod command;
mod config;
mod discovered;
mod error;
mod host;
mod merge;
mod names;
mod owner;
#[cfg(test)]
pub(super) mod sample;
mod served;
mod skipped;
mod snapshot;
mod tree;
mod vhost;
mod words;

pub(crate) use body::Node;
pub use config::DiscoveryConfig;
pub use discovered::{Discovered, DiscoveredUser, DiscoveredWebsite, Port};
pub use error::DiscoveryError;
pub(crate) use host::{Host, Speech, hosts};
pub use skipped::{SkipReason, Skipped};
pub use snapshot::Apache;
pub(crate) use words::split as split_words;

/// Ask Apache for its virtual hosts and make users and websites of them.
///
/// Starts Apache twice (four times where the configuration changed meanwhile) and `getent` once for each 500 owners. Takes
/// one to two seconds for 2,000 websites. Dropping the future ends the commands with all that they started.
///
/// # Errors
/// Where a command does not start, fails, lasts too long or says too much; where `mod_info.so` is not found; where an answer is
/// not understood; and where no virtual host is there at all.
pub async fn discover(config: &DiscoveryConfig) -> Result<Discovered, DiscoveryError> {
    let answers = answers::ask(config).await?;
    let (vhosts, mut skips) = vhost::resolve(&answers.tree, &answers.served, config);
    let (sites, more) = merge::merge(vhosts);
    skips.extend(more);
    let accounts = owner::look_up(&sites, config).await?;
    Ok(owner::assign(sites, skips, &accounts, config))
}
