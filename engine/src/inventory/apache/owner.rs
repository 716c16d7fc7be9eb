//! Finds the owner of each website, and puts the websites together by owner.

use super::super::is_account_name;
use super::command::{self, Limits};
use super::config::DiscoveryConfig;
use super::discovered::{Discovered, DiscoveredUser, DiscoveredWebsite};
use super::error::DiscoveryError;
use super::merge::Site;
use super::skipped::{Skip, SkipReason};
use super::vhost::{Root, Scheme, Vhost};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;

/// The user ids that one `getent` is asked for.
const IDS_AT_ONCE: usize = 500;

/// How `getent` ends where it does not know one of the ids.
const SOME_UNKNOWN: i32 = 2;

const MOST_ACCOUNTS_MIB: u32 = 16;

/// What the operating system knows about owners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accounts {
    /// The owner's id of each document root that exists.
    pub(super) roots: HashMap<String, u32>,
    pub(super) names: HashMap<u32, String>,
}

/// Ask the operating system for the owners of document roots, and for the names of ids.
pub(super) async fn look_up(sites: &[Site], config: &DiscoveryConfig) -> Result<Accounts, DiscoveryError> {
    let paths: BTreeSet<String> =
        sites.iter().filter(|site| named(site).is_none()).map(root).map(str::to_owned).collect();
    let roots = owners_of(paths, config).await?;
    let named_ids = sites.iter().filter_map(named).filter_map(id_of);
    let ids: BTreeSet<u32> = roots.values().copied().chain(named_ids).collect();
    let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
    let limits = Limits { time: config.time_limit(), output_mib: MOST_ACCOUNTS_MIB };
    let mut names = HashMap::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let command: Vec<String> =
            ["getent", "passwd"].into_iter().map(str::to_owned).chain(some.iter().cloned()).collect();
        let answer = command::run(&command, limits).await?;
        let output = match answer.status.code() {
            Some(SOME_UNKNOWN) => answer.output,
            _ => answer.succeeded(&command)?,
        };
        names.extend(output.lines().filter_map(account));
    }
    Ok(Accounts { roots, names })
}

async fn owners_of(paths: BTreeSet<String>, config: &DiscoveryConfig) -> Result<HashMap<String, u32>, DiscoveryError> {
    let looking = tokio::task::spawn_blocking(|| paths.into_iter().filter_map(with_owner).collect());
    match tokio::time::timeout(config.time_limit(), looking).await {
        Ok(roots) => roots.map_err(|error| DiscoveryError::Owners { reason: error.to_string() }),
        Err(_) => Err(DiscoveryError::Owners { reason: format!("it takes longer than {} s", config.time_limit) }),
    }
}

/// Give each website to its owner.
pub(super) fn assign(
    sites: Vec<Site>,
    mut skips: Vec<Skip>,
    accounts: &Accounts,
    config: &DiscoveryConfig,
) -> Discovered {
    let mut users: BTreeMap<String, Vec<DiscoveredWebsite>> = BTreeMap::new();
    for site in sites {
        skips.extend(other_roots(&site));
        skips.extend(other_owners(&site));
        match owner(&site, accounts, config) {
            Ok(owner) => users.entry(owner).or_default().push(website(site)),
            Err(detail) => {
                let reason = SkipReason::NoOwner { website: site.domain.to_string(), detail };
                skips.extend(site.written().next().map(|vhost| vhost.skip(reason)));
            }
        }
    }
    skips.sort_by_key(|(rank, _)| *rank);
    let users = users.into_iter().map(|(name, mut websites)| {
        websites.sort_by(|one, other| one.domain.cmp(&other.domain));
        DiscoveredUser { name, websites }
    });
    Discovered { users: users.collect(), skipped: skips.into_iter().map(|(_, skipped)| skipped).collect() }
}

fn owner(site: &Site, accounts: &Accounts, config: &DiscoveryConfig) -> Result<String, String> {
    let found = match named(site) {
        Some(named) => match id_of(named) {
            Some(id) => accounts.names.get(&id).cloned().ok_or_else(|| format!("user id {id} has no name")),
            None => Ok(named.to_owned()),
        },
        None => owner_of_root(root(site), accounts, config),
    };
    let found = found.and_then(|name| match is_account_name(&name) {
        true => Ok(name),
        false => Err(format!("account {name:?} has a name that AutoSSL does not take")),
    });
    found.or_else(|detail| config.fallback_user.clone().ok_or(detail))
}

fn owner_of_root(root: &str, accounts: &Accounts, config: &DiscoveryConfig) -> Result<String, String> {
    let id = accounts.roots.get(root).ok_or_else(|| format!("document root {root} cannot be read"))?;
    let name = accounts.names.get(id);
    if *id < config.first_user_id {
        let name = name.map_or("without a name", String::as_str);
        return Err(format!("document root {root} belongs to the system account {name} ({id})"));
    }
    name.cloned().ok_or_else(|| format!("document root {root} belongs to user id {id}, which has no name"))
}

fn website(site: Site) -> DiscoveredWebsite {
    let ports = |wanted: fn(&Vhost) -> bool| {
        let addresses = site.vhosts.iter().filter(|vhost| wanted(vhost)).flat_map(|vhost| &vhost.addresses);
        addresses.map(|address| address.port).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let certificate = |vhost: &Vhost| match &vhost.scheme {
        Scheme::Https { certificate } => certificate.clone(),
        Scheme::Http => None,
    };
    let certificate = site.written().find_map(certificate);
    DiscoveredWebsite {
        document_root: root(&site).to_owned(),
        http_ports: ports(is_http),
        https_ports: ports(|vhost| !is_http(vhost)),
        certificate,
        domain: site.domain,
        aliases: site.aliases.into_iter().collect(),
    }
}

/// Prefer a document root that a virtual host names over the main server's, and plain HTTP over TLS.
fn root(site: &Site) -> &str {
    let given = |vhost: &&Vhost| matches!(vhost.root, Root::Given(_));
    let plain = site.written().find(|vhost| given(vhost) && is_http(vhost));
    plain.or_else(|| site.written().find(given)).or_else(|| site.written().next()).map_or("/", Vhost::root)
}

fn is_http(vhost: &Vhost) -> bool {
    vhost.scheme == Scheme::Http
}

fn named(site: &Site) -> Option<&str> {
    site.written().find_map(|vhost| vhost.owner.as_deref())
}

fn other_roots(site: &Site) -> Vec<Skip> {
    let taken = root(site);
    let others = site.written().filter(|vhost| matches!(&vhost.root, Root::Given(root) if root != taken));
    others.map(|vhost| vhost.skip(SkipReason::OtherRoot { root: vhost.root().into(), taken: taken.into() })).collect()
}

fn other_owners(site: &Site) -> Vec<Skip> {
    let Some(taken) = named(site) else { return Vec::new() };
    let others = site.written().filter_map(|vhost| vhost.owner.as_deref().map(|owner| (vhost, owner)));
    let others = others.filter(|(_, owner)| *owner != taken);
    others
        .map(|(vhost, owner)| vhost.skip(SkipReason::OtherOwner { owner: owner.into(), taken: taken.into() }))
        .collect()
}

fn id_of(named: &str) -> Option<u32> {
    named.strip_prefix('#')?.parse().ok()
}

fn with_owner(path: String) -> Option<(String, u32)> {
    let id = std::fs::metadata(&path).ok()?.uid();
    Some((path, id))
}

/// A line of `getent passwd`: `name:password:id:…`.
fn account(line: &str) -> Option<(u32, String)> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    let id = fields.nth(1)?.parse().ok()?;
    Some((id, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::config::DiscoveryConfig;
    use super::super::sample::{Sample, reasons};
    use super::*;

    fn users(discovered: &Discovered) -> Vec<(&str, Vec<&str>)> {
        let domains = |user: &DiscoveredUser| user.websites.len();
        assert!(discovered.users.iter().all(|user| domains(user) > 0));
        let users = discovered.users.iter();
        users
            .map(|user| (user.name.as_str(), user.websites.iter().map(|site| site.domain.as_str()).collect()))
            .collect()
    }

    fn sample() -> Sample {
        Sample::new()
            .vhost("*:80", &["ServerName z.test", "DocumentRoot /home/bob/z"])
            .vhost("*:80", &["ServerName b.test", "DocumentRoot /home/bob/b"])
            .vhost("*:80", &["ServerName named.test", "DocumentRoot /home/bob/x", "AssignUserID carol users"])
            .vhost("*:80", &["ServerName suexec.test", "DocumentRoot /home/bob/x", "SuexecUserGroup \"dave\" users"])
            .vhost("*:80", &["ServerName id.test", "DocumentRoot /home/bob/x", "AssignUserID #1000 #1000"])
            .vhost("*:80", &["ServerName system.test"])
            .vhost("*:80", &["ServerName missing.test", "DocumentRoot /nowhere"])
            .vhost("*:80", &["ServerName odd.test", "AssignUserID DOMAIN\\bob users"])
            .vhost("*:80", &["ServerName noid.test", "AssignUserID #4711 users"])
    }

    #[test]
    fn a_directive_names_the_owner_or_else_the_document_root_does() {
        let discovered = sample().discover(&DiscoveryConfig::default());
        let expected = [
            ("bob", vec!["b.test", "id.test", "z.test"]),
            ("carol", vec!["named.test"]),
            ("dave", vec!["suexec.test"]),
        ];
        assert_eq!(users(&discovered), expected);
        assert_eq!(
            reasons(discovered.skipped),
            [
                "system.test (/c:6): website system.test has no owner: document root /var/www/html belongs to the system account root (0)",
                "missing.test (/c:7): website missing.test has no owner: document root /nowhere cannot be read",
                "odd.test (/c:8): website odd.test has no owner: account \"DOMAIN\\\\bob\" has a name that AutoSSL does not take",
                "noid.test (/c:9): website noid.test has no owner: user id 4711 has no name",
            ]
        );
    }

    #[test]
    fn the_fallback_gets_what_nobody_owns() {
        let config = DiscoveryConfig { fallback_user: Some("webmaster".into()), ..DiscoveryConfig::default() };
        let discovered = sample().discover(&config);
        let webmaster = ("webmaster", vec!["missing.test", "noid.test", "odd.test", "system.test"]);
        assert_eq!(users(&discovered).last(), Some(&webmaster));
        assert!(discovered.skipped.is_empty());
    }

    #[test]
    fn the_plain_virtual_host_s_document_root_and_the_first_named_owner_are_taken_and_the_others_reported() {
        let discovered = Sample::new()
            .vhost("*:443", &["ServerName a.test", "DocumentRoot /home/x/tls", "SSLEngine on", "AssignUserID bob b"])
            .vhost("*:80", &["ServerName a.test", "DocumentRoot /home/x/plain", "AssignUserID carol c"])
            .vhost("*:443", &["ServerName b.test", "DocumentRoot /home/bob/tls", "SSLEngine on"])
            .vhost("*:80", &["ServerName b.test"])
            .discover(&DiscoveryConfig::default());
        let roots: Vec<&str> = discovered.users[0].websites.iter().map(|site| site.document_root.as_str()).collect();
        assert_eq!(users(&discovered), [("bob", vec!["a.test", "b.test"])]);
        assert_eq!(roots, ["/home/x/plain", "/home/bob/tls"]);
        assert_eq!(
            reasons(discovered.skipped),
            [
                "a.test (/c:1): its document root /home/x/tls is not taken, the website has /home/x/plain",
                "a.test (/c:2): its owner carol is not taken, the website has bob",
            ]
        );
    }

    #[test]
    fn a_line_of_getent_is_read() {
        assert_eq!(account("bob:x:1001:1001:Bob,,:/home/bob:/bin/sh"), Some((1_001, "bob".into())));
        assert_eq!(account("odd"), None);
    }
}
