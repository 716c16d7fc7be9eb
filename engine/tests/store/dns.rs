//! The journal of published TXT values, zones that were added, and persistent records.

use crate::sample::NOW;
use engine::model::{DnsKind, DnsZoneNote, DnsZoneSettings};
use engine::store::{
    AddedDnsZone, DnsPurpose, DnsRecord, DnsZoneNotes, PersistentOffer, PersistentValue, Store, StoreError,
};

fn record(name: &str, value: &str, purpose: DnsPurpose) -> DnsRecord {
    DnsRecord { zone: "a.test".into(), name: name.into(), value: value.into(), purpose }
}

pub(crate) async fn published_values_are_kept_until_they_are_removed(store: &dyn Store) {
    let one = record("_acme-challenge.a.test", "one", DnsPurpose::Challenge);
    let two = record("_acme-challenge.a.test", "two", DnsPurpose::Trial);
    store.put_dns_records(&[two.clone(), one.clone()], NOW).await.unwrap();
    store.put_dns_records(std::slice::from_ref(&two), NOW.plus(5)).await.unwrap();
    assert_eq!(store.dns_records().await.unwrap(), [(one.clone(), NOW), (two.clone(), NOW.plus(5))]);
    let strange = record("_acme-challenge.b.test", "one", DnsPurpose::Challenge);
    store.remove_dns_records(&[one, strange]).await.unwrap();
    assert_eq!(store.dns_records().await.unwrap(), [(two.clone(), NOW.plus(5))]);
    store.remove_dns_records(&[two]).await.unwrap();
    assert!(store.dns_records().await.unwrap().is_empty());
    store.put_dns_records(&[], NOW).await.unwrap();
}

fn zone(name: &str, server: &str) -> AddedDnsZone {
    let settings = DnsZoneSettings {
        server: server.into(),
        key_name: "key".into(),
        algorithm: "hmac-sha256".into(),
        check_at: vec!["192.0.2.1:53".into(), "[2001:db8::1]:53".into()],
        timeout: 7,
        ..DnsZoneSettings::new(name.into(), DnsKind::Rfc2136)
    };
    AddedDnsZone { settings, secret: Some(vec![0, 255]), by: "ann".into(), at: NOW }
}

pub(crate) async fn an_added_zone_is_kept_with_its_trial_until_it_is_removed(store: &dyn Store) {
    let before = store.dns_zone_revision().await.unwrap();
    assert!(store.added_dns_zones().await.unwrap().zones.is_empty());
    let worked = DnsZoneNote { at: NOW, failure: None };
    store.add_dns_zone(&zone("b.test", "one"), Some(&worked)).await.unwrap();
    let command = DnsZoneSettings {
        command: vec!["/bin/x".into(), "a b".into()],
        ..DnsZoneSettings::new("a.test".into(), DnsKind::Command)
    };
    let command = AddedDnsZone { settings: command, secret: None, ..zone("a.test", "") };
    store.add_dns_zone(&command, None).await.unwrap();
    let again = store.add_dns_zone(&zone("b.test", "two"), None).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");

    let known = store.added_dns_zones().await.unwrap();
    assert_eq!(known.zones, [command, zone("b.test", "one")]);
    assert_eq!((known.revision, store.dns_zone_revision().await.unwrap()), (before + 2, before + 2));
    let notes = store.dns_zone_notes().await.unwrap();
    assert_eq!(notes["b.test"], DnsZoneNotes { tested: Some(worked), used: None });

    store.change_dns_zone(&zone("b.test", "two"), None).await.unwrap();
    assert_eq!(store.added_dns_zones().await.unwrap().zones[1], zone("b.test", "two"));
    assert!(!store.dns_zone_notes().await.unwrap().contains_key("b.test"), "it was never tried as it is now");
    for name in ["a.test", "b.test"] {
        store.remove_dns_zone(name).await.unwrap();
    }
    for missing in [store.remove_dns_zone("b.test").await, store.change_dns_zone(&zone("b.test", "x"), None).await] {
        assert!(matches!(missing, Err(StoreError::NotFound { .. })), "{missing:?}");
    }
    assert_eq!(store.dns_zone_revision().await.unwrap(), before + 5, "what failed has changed nothing");
}

pub(crate) async fn what_validations_in_zones_came_to_is_kept(store: &dyn Store) {
    let failed = DnsZoneNote { at: NOW, failure: Some("dns01_publish_failed: REFUSED".into()) };
    let worked = DnsZoneNote { at: NOW.plus(9), failure: None };
    store.note_dns_trial("c.test", &worked).await.unwrap();
    store.note_dns_uses(&[("c.test".into(), failed.clone()), ("d.test".into(), worked.clone())]).await.unwrap();
    let notes = store.dns_zone_notes().await.unwrap();
    assert_eq!(notes["c.test"], DnsZoneNotes { tested: Some(worked.clone()), used: Some(failed) });
    assert_eq!(notes["d.test"], DnsZoneNotes { tested: None, used: Some(worked) });
}

pub(crate) async fn persistent_records_are_counted_on_while_websites_have_their_names(store: &dyn Store) {
    assert_eq!(store.persistent_offer("ca").await.unwrap(), None);
    let offer = PersistentOffer {
        account: "https://ca.test/1".into(),
        issuers: vec!["ca.test".into()],
        account_uri: Some("https://ca.test/1".into()),
        seen_at: NOW,
    };
    let gone = PersistentOffer { issuers: Vec::new(), account_uri: None, ..offer.clone() };
    for offer in [offer, gone] {
        store.set_persistent_offer("ca", &offer).await.unwrap();
        assert_eq!(store.persistent_offer("ca").await.unwrap(), Some(offer));
    }

    let known =
        store.users(&Default::default(), NOW).await.unwrap().rows.into_iter().find_map(|row| row.primary_domain);
    let known = known.unwrap();
    let names = [known.clone(), format!("*.{known}"), "nobody-has-this.test".to_owned()];
    store.count_on_persistent(&names, "ca", NOW).await.unwrap();
    store.count_on_persistent(&names, "ca", NOW.plus(1)).await.unwrap();
    let mut expected = names[..2].to_vec();
    expected.sort();
    assert_eq!(store.persistent_names("ca").await.unwrap(), expected);
    assert!(store.persistent_names("other").await.unwrap().is_empty());
    store.forget_persistent(&names[1..], "ca").await.unwrap();
    assert_eq!(store.persistent_names("ca").await.unwrap(), [known.clone()]);

    let value = |value: &str, provider: &str| PersistentValue {
        domain: known.clone(),
        provider: provider.into(),
        zone: "test".into(),
        name: format!("_validation-persist.{known}"),
        value: value.into(),
    };
    for published in [value("two", "ca"), value("one", "ca"), value("three", "other")] {
        store.put_persistent_value(&published, NOW).await.unwrap();
    }
    assert_eq!(store.persistent_values(&known, "ca").await.unwrap(), [value("one", "ca"), value("two", "ca")]);
    store.remove_persistent_values(&[value("one", "ca"), value("never", "ca")]).await.unwrap();
    assert_eq!(store.persistent_values(&known, "ca").await.unwrap(), [value("two", "ca")]);
}
