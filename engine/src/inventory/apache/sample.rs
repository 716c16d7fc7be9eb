//! Apache's two prints for tests, made from a few virtual hosts; the virtual host in line 1 of file `/c` is the first.

use super::config::DiscoveryConfig;
use super::discovered::Discovered;
use super::merge::merge;
use super::owner::{Accounts, assign};
use super::served::{self, Served};
use super::skipped::Skipped;
use super::tree::{self, Tree};
use super::vhost::resolve;

/// A server under test.
#[derive(Clone, Debug, Default)]
pub(in crate::inventory) struct Sample {
    main: Vec<String>,
    vhosts: Vec<(Seen, String, Vec<String>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Both,
    OnlyConfigured,
    OnlyServed,
}

impl Sample {
    pub(in crate::inventory) fn new() -> Self {
        Self::default()
    }

    /// Add a directive of the main server.
    pub(super) fn main(mut self, directive: &str) -> Self {
        self.main.push(directive.into());
        self
    }

    pub(in crate::inventory) fn vhost(self, address: &str, directives: &[&str]) -> Self {
        self.add(Seen::Both, address, directives)
    }

    /// Add one that Apache reads but does not serve.
    pub(in crate::inventory) fn ignored(self, address: &str, directives: &[&str]) -> Self {
        self.add(Seen::OnlyConfigured, address, directives)
    }

    /// Add one that Apache serves but does not show.
    pub(super) fn hidden(self, address: &str, name: &str) -> Self {
        self.add(Seen::OnlyServed, address, &[&format!("ServerName {name}")])
    }

    /// Add directives to the last virtual host.
    pub(super) fn with_last(mut self, directives: &[&str]) -> Self {
        let (_, _, last) = self.vhosts.last_mut().unwrap();
        last.extend(directives.iter().map(|directive| (*directive).to_owned()));
        self
    }

    fn add(mut self, seen: Seen, address: &str, directives: &[&str]) -> Self {
        let directives = directives.iter().map(|directive| (*directive).to_owned()).collect();
        self.vhosts.push((seen, address.into(), directives));
        self
    }

    pub(super) fn tree(&self) -> Tree {
        let main = self.main.iter().map(|directive| format!("#   1:\n{directive}\n")).collect::<String>();
        let vhosts = self.vhosts.iter().zip(1..).filter(|((seen, ..), _)| *seen != Seen::OnlyServed);
        let vhosts = vhosts.map(|((_, address, directives), line)| {
            let body = directives.iter().map(|directive| format!("  #   9:\n  {directive}\n")).collect::<String>();
            format!("#   {line}:\n<VirtualHost {address}>\n{body}</VirtualHost>\n")
        });
        tree::parse(&format!("# In file: /c\n{main}{}", vhosts.collect::<String>())).unwrap()
    }

    pub(super) fn served(&self) -> Served {
        let hosts = self.vhosts.iter().zip(1..).filter(|((seen, ..), _)| *seen != Seen::OnlyConfigured);
        let hosts = hosts.map(|((_, address, directives), line)| {
            let name = directives.iter().find_map(|directive| directive.strip_prefix("ServerName "));
            let name = name.unwrap_or("main.test").to_ascii_lowercase();
            let name = name.trim_start_matches("http://").trim_end_matches(":8080");
            format!("{address:22} {name} (/c:{line})\n")
        });
        let hosts = hosts.collect::<String>();
        let settings = "ServerRoot: \"/etc/apache2\"\nMain DocumentRoot: \"/var/www/html\"\n";
        served::parse(&format!("VirtualHost configuration:\n{hosts}{settings}")).unwrap()
    }

    /// Discover without asking the operating system: document roots below `/home/NAME` belong to that name.
    pub(in crate::inventory) fn discover(&self, config: &DiscoveryConfig) -> Discovered {
        let (vhosts, mut skips) = resolve(&self.tree(), &self.served(), config);
        let roots: Vec<String> = vhosts.iter().map(|vhost| vhost.root().to_owned()).collect();
        let (sites, more) = merge(vhosts);
        skips.extend(more);
        let mut accounts = Accounts::default();
        accounts.names.insert(0, "root".into());
        accounts.roots.insert("/var/www/html".into(), 0);
        for (root, id) in roots.iter().zip(1_000..) {
            if let Some(name) = root.strip_prefix("/home/").and_then(|rest| rest.split('/').next()) {
                accounts.roots.insert(root.clone(), id);
                accounts.names.insert(id, name.to_owned());
            }
        }
        assign(sites, skips, &accounts, config)
    }
}

/// Write what was skipped, one line each.
pub(super) fn reasons(skipped: impl IntoIterator<Item = Skipped>) -> Vec<String> {
    let line = |skipped: Skipped| format!("{} ({}:{}): {}", skipped.vhost, skipped.file, skipped.line, skipped.reason);
    skipped.into_iter().map(line).collect()
}
