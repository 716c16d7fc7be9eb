//! What changed, decided from websites as Apache shows them.

use super::super::apache::DiscoveryConfig;
use super::super::apache::sample::Sample;
use super::*;
use crate::store::ConfiguredCertificate;

const APACHE: InventorySource = InventorySource::Apache;

fn snapshot(websites: &[(&str, &str)]) -> Snapshot {
    let add = |sample: Sample, (user, names): &(&str, &str)| {
        let (domain, aliases) = names.split_once(' ').unwrap_or((names, ""));
        let directives = [
            format!("ServerName {domain}"),
            format!("DocumentRoot /home/{user}/www"),
            format!("ServerAlias {}", if aliases.is_empty() { domain } else { aliases }),
        ];
        sample.vhost("*:80", &directives.each_ref().map(String::as_str))
    };
    websites.iter().fold(Sample::new(), add).discover(&DiscoveryConfig::default()).into()
}

/// What is stored after a snapshot was imported into an empty store.
fn stored(websites: &[(&str, &str)]) -> Vec<OwnedWebsite> {
    found(snapshot(websites).inventory).into_values().collect()
}

fn by_hand(user: &str, names: &[&str]) -> OwnedWebsite {
    let aliases = names[1..].iter().map(|name| (*name).to_owned()).collect();
    let website = ImportedWebsite { domain: names[0].into(), aliases, ..ImportedWebsite::default() };
    OwnedWebsite { user: user.into(), website }
}

fn guarded(stored: Vec<OwnedWebsite>, now: Snapshot) -> Result<Reconciled, SuspiciousLoss> {
    reconcile(stored, APACHE, now, Loss::Guarded)
}

fn told(changes: &Changes) -> Vec<String> {
    changes.sentences().into_iter().map(|(_, sentence)| sentence).collect()
}

#[test]
fn added_changed_and_vanished_websites_are_told_apart() {
    let before = stored(&[("alice", "a.test"), ("alice", "b.test"), ("bob", "c.test")]);
    let now = snapshot(&[("alice", "a.test"), ("bob", "b.test www.b.test"), ("bob", "d.test")]);
    let done = guarded(before, now.clone()).unwrap();
    assert_eq!(
        told(&done.changes),
        [
            "Added d.test (bob).",
            "Changed b.test (bob): with www.b.test; user bob instead of alice; \
             document root /home/bob/www instead of /home/alice/www.",
            "Vanished: c.test (bob).",
        ]
    );
    assert!(done.changes.adds_names());
    let users: Vec<(&str, usize)> =
        done.inventory.users.iter().map(|user| (user.name.as_str(), user.websites.len())).collect();
    assert_eq!(users, [("alice", 1), ("bob", 2)]);
    let again = guarded(found(now.inventory.clone()).into_values().collect(), now).unwrap();
    assert!(again.changes.is_empty() && again.inventory.users.is_empty() && !again.changes.adds_names());
}

#[test]
fn another_certificate_file_is_a_change_that_adds_no_name() {
    let before = stored(&[("alice", "a.test")]);
    let mut now = snapshot(&[("alice", "a.test")]);
    let certificate = ConfiguredCertificate { certificate: "/etc/a.pem".into(), key: None };
    now.inventory.users[0].websites[0].configured_certificate = Some(certificate);
    let changes = guarded(before, now).unwrap().changes;
    assert_eq!(told(&changes), ["Changed a.test (alice): configured certificate /etc/a.pem."]);
    assert!(!changes.adds_names());
}

#[test]
fn a_loss_of_more_than_half_is_refused_unless_confirmed() {
    let four = [("alice", "a.test"), ("alice", "b.test"), ("bob", "c.test"), ("bob", "d.test")];
    let one = || snapshot(&[("alice", "a.test"), ("carol", "new1.test"), ("carol", "new2.test")]);
    let half = guarded(stored(&four), snapshot(&four[..2])).unwrap();
    assert_eq!(half.changes.vanished.len(), 2, "a half is allowed");
    let loss = guarded(stored(&four), one()).unwrap_err();
    assert_eq!(loss.to_string(), "3 of 4 websites vanished at once, more than 50 %: nothing was changed");
    let confirmed = reconcile(stored(&four), APACHE, one(), Loss::Confirmed).unwrap();
    assert_eq!(confirmed.changes, *loss.changes);
    assert!(guarded(stored(&four), Snapshot::default()).is_err());
    assert_eq!(guarded(Vec::new(), snapshot(&four)).unwrap().changes.added.len(), 4);
}

#[test]
fn a_website_that_is_configured_but_has_no_owner_or_address_stays() {
    let before = stored(&[("alice", "a.test"), ("bob", "b.test"), ("bob", "c.test")]);
    let gone = Sample::new().vhost("*:80", &["ServerName a.test", "DocumentRoot /not/mounted"]);
    let gone = gone.ignored("nosuch.invalid:80", &["ServerName C.test"]);
    let now: Snapshot = gone.discover(&DiscoveryConfig::default()).into();
    assert_eq!((now.inventory.users.len(), now.skipped.len()), (0, 2));
    assert_eq!(told(&guarded(before, now).unwrap().changes), ["Vanished: b.test (bob)."]);
}

#[test]
fn websites_that_were_added_by_hand_stay_and_give_way_where_apache_has_their_names() {
    let stored = vec![
        by_hand("alice", &["only-here.test", "shop.alice.test"]),
        by_hand("alice", &["alice.test"]),
        by_hand("bob", &["blog.alice.test"]),
    ];
    let now = snapshot(&[("alice", "alice.test blog.alice.test shop.alice.test")]);
    let done = guarded(stored, now).unwrap();
    assert_eq!(
        told(&done.changes),
        [
            "Changed alice.test (alice): with blog.alice.test, shop.alice.test; \
             document root /home/alice/www instead of ; now from apache.",
            "Changed only-here.test (alice): without shop.alice.test.",
            "Vanished: blog.alice.test (bob).",
        ]
    );
    let alice = &done.inventory.users[0];
    let domains: Vec<&str> = alice.websites.iter().map(|website| website.domain.as_str()).collect();
    assert_eq!(domains, ["only-here.test", "alice.test"], "in the order that they had");
    assert_eq!(alice.websites[0].source, InventorySource::Database);
}
