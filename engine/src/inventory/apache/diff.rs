//! What changed since the discovery before, with a guard against a sudden loss.

use super::super::DomainName;
use super::discovered::{Discovered, DiscoveredWebsite};
use super::skipped::{SkipReason, Skipped};
use std::collections::{BTreeMap, HashSet};

/// A discovery that loses a larger part of the websites than this, in percent, is not applied by itself.
///
/// A missing mount, an `IncludeOptional` that matches nothing or a half-finished migration looks like that; websites that
/// are given up go one by one. Who means it says so with [`Loss::Confirmed`].
pub const MOST_LOST_PERCENT: usize = 50;

/// Whether a large loss is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nobody looked: refuse a loss of more than [`MOST_LOST_PERCENT`].
    Guarded,
    /// The administrator has seen it and wants it.
    Confirmed,
}

/// A website with its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The account's name.
    pub user: String,
    /// The website.
    pub website: DiscoveredWebsite,
}

/// A website that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it was.
    pub before: Owned,
    /// As it is.
    pub after: Owned,
}

/// What changed, each part by domain. A website is the same where its domain is, whoever owns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Websites that are new.
    pub added: Vec<Owned>,
    /// Websites with another owner, alias, document root, port or certificate file.
    pub changed: Vec<Change>,
    /// Websites that are gone.
    pub vanished: Vec<Owned>,
}

/// Too many websites vanished at once; nothing should be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} of {before} websites vanished from apache at once, more than {MOST_LOST_PERCENT} %: nothing was changed",
    changes.vanished.len()
)]
pub struct SuspiciousLoss {
    /// How many websites there were.
    pub before: usize,
    /// What would have been changed.
    pub changes: Box<Changes>,
}

impl Changes {
    /// Tell whether everything is as it was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.vanished.is_empty()
    }
}

/// Compare two discoveries.
///
/// A website that is still configured stays as it was where its owner cannot be told, e.g. since its document root is not
/// mounted, and where the name in its `<VirtualHost>` does not resolve: the running Apache resolved it when it started.
///
/// # Errors
/// Where more than [`MOST_LOST_PERCENT`] of the websites vanished and nobody confirmed it.
pub fn diff(previous: &Discovered, now: &Discovered, loss: Loss) -> Result<Changes, SuspiciousLoss> {
    let mut before = by_domain(previous);
    let count = before.len();
    let mut changes = Changes::default();
    for (domain, (user, website)) in by_domain(now) {
        match before.remove(domain) {
            None => changes.added.push(owned(user, website)),
            Some(old) if old == (user, website) => {}
            Some(old) => changes.changed.push(Change { before: owned(old.0, old.1), after: owned(user, website) }),
        }
    }
    let unsettled = unsettled(now);
    before.retain(|domain, _| !unsettled.contains(*domain));
    changes.vanished = before.into_values().map(|(user, website)| owned(user, website)).collect();
    if loss == Loss::Guarded && changes.vanished.len() * 100 > count * MOST_LOST_PERCENT {
        return Err(SuspiciousLoss { before: count, changes: Box::new(changes) });
    }
    Ok(changes)
}

fn by_domain(discovered: &Discovered) -> BTreeMap<&DomainName, (&str, &DiscoveredWebsite)> {
    let users = discovered.users.iter();
    let websites = users.flat_map(|user| user.websites.iter().map(|website| (user.name.as_str(), website)));
    websites.map(|(user, website)| (&website.domain, (user, website))).collect()
}

/// The domains that Apache has but that nothing certain can be said about.
fn unsettled(discovered: &Discovered) -> HashSet<DomainName> {
    let name = |skipped: &Skipped| match &skipped.reason {
        SkipReason::NoOwner { website, .. } => DomainName::parse(website).ok(),
        SkipReason::NotServed | SkipReason::NotShown => DomainName::parse(&skipped.vhost).ok(),
        _ => None,
    };
    discovered.skipped.iter().filter_map(name).collect()
}

fn owned(user: &str, website: &DiscoveredWebsite) -> Owned {
    Owned { user: user.to_owned(), website: website.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::config::DiscoveryConfig;
    use super::super::sample::Sample;
    use super::*;

    fn discovered(websites: &[(&str, &str)]) -> Discovered {
        let add = |sample: Sample, (user, domain): &(&str, &str)| {
            let directives = [format!("ServerName {domain}"), format!("DocumentRoot /home/{user}/www")];
            sample.vhost("*:80", &[&directives[0], &directives[1]])
        };
        websites.iter().fold(Sample::new(), add).discover(&DiscoveryConfig::default())
    }

    fn domains<'a>(owned: impl IntoIterator<Item = &'a Owned>) -> Vec<String> {
        owned.into_iter().map(|owned| format!("{} {}", owned.user, owned.website.domain)).collect()
    }

    #[test]
    fn added_changed_and_vanished_websites_are_told_apart() {
        let before = discovered(&[("alice", "a.test"), ("alice", "b.test"), ("bob", "c.test")]);
        let now = discovered(&[("alice", "a.test"), ("bob", "b.test"), ("bob", "d.test")]);
        let changes = diff(&before, &now, Loss::Guarded).unwrap();
        assert_eq!(domains(&changes.added), ["bob d.test"]);
        assert_eq!(domains(changes.changed.iter().map(|change| &change.before)), ["alice b.test"]);
        assert_eq!(domains(changes.changed.iter().map(|change| &change.after)), ["bob b.test"]);
        assert_eq!(domains(&changes.vanished), ["bob c.test"]);
        assert!(diff(&now, &now, Loss::Guarded).unwrap().is_empty());
    }

    #[test]
    fn a_loss_of_more_than_half_is_refused_unless_confirmed() {
        let four = discovered(&[("alice", "a.test"), ("alice", "b.test"), ("bob", "c.test"), ("bob", "d.test")]);
        let two = discovered(&[("alice", "a.test"), ("alice", "b.test")]);
        let one = discovered(&[("alice", "a.test"), ("carol", "new1.test"), ("carol", "new2.test")]);
        assert_eq!(diff(&four, &two, Loss::Guarded).unwrap().vanished.len(), 2, "a half is allowed");
        let loss = diff(&four, &one, Loss::Guarded).unwrap_err();
        assert_eq!(
            loss.to_string(),
            "3 of 4 websites vanished from apache at once, more than 50 %: nothing was changed"
        );
        assert_eq!(diff(&four, &one, Loss::Confirmed).unwrap(), *loss.changes);
        assert!(diff(&two, &Discovered::default(), Loss::Guarded).is_err());
        assert_eq!(diff(&Discovered::default(), &four, Loss::Guarded).unwrap().added.len(), 4);
    }

    #[test]
    fn a_website_that_is_configured_but_has_no_owner_or_address_stays() {
        let before = discovered(&[("alice", "a.test"), ("bob", "b.test"), ("bob", "c.test")]);
        let gone = Sample::new().vhost("*:80", &["ServerName a.test", "DocumentRoot /not/mounted"]);
        let gone = gone.ignored("nosuch.invalid:80", &["ServerName C.test"]);
        let now = gone.discover(&DiscoveryConfig::default());
        assert_eq!((now.website_count(), now.skipped.len()), (0, 2));
        assert_eq!(domains(&diff(&before, &now, Loss::Guarded).unwrap().vanished), ["bob b.test"]);
    }
}
