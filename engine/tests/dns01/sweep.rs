//! What a crash leaves behind is removed at the next start, and nothing else.

use engine::store::{DnsPurpose, DnsRecord};
use rig::Zone;

use crate::lab::{KEY, NOW, Server, open_store, values};

const CHALLENGE: &str = "_acme-challenge.a.test";

fn record(name: &str, zone: &str, value: &str, purpose: DnsPurpose) -> DnsRecord {
    DnsRecord { zone: zone.into(), name: name.into(), value: value.into(), purpose }
}

#[tokio::test]
async fn a_crash_between_publishing_and_removing_leaves_nothing() {
    for lab in Server::both(&[Zone::new("a.test", "_acme-challenge TXT \"theirs\"").changed_with(KEY)]).await {
        let zones = lab.open(vec![lab.zone("a.test", KEY)]);
        lab.publish(&zones, &[("a.test", "one"), ("*.a.test", "two")]).await;
        drop(zones);

        let (zones, store) = (lab.open(vec![lab.zone("a.test", KEY)]), open_store(lab.directory.path()).await);
        let swept = zones.sweep(store.as_ref(), NOW).await.unwrap();

        assert_eq!((swept.removed, swept.left.len()), (2, 0));
        assert_eq!(values(lab.address(), "a.test", CHALLENGE).await, ["theirs"]);
        assert_eq!(zones.sweep(store.as_ref(), NOW).await.unwrap().removed, 0);
    }
}

#[tokio::test]
async fn a_crash_before_the_change_was_sent_harms_nobody() {
    for lab in Server::both(&[Zone::new("a.test", "_acme-challenge TXT \"theirs\"").changed_with(KEY)]).await {
        let planned = [record(CHALLENGE, "a.test", "never sent", DnsPurpose::Challenge)];
        lab.store.put_dns_records(&planned, NOW).await.unwrap();
        let zones = lab.open(vec![lab.zone("a.test", KEY)]);
        assert_eq!(zones.sweep(lab.store.as_ref(), NOW).await.unwrap().removed, 1);
        assert_eq!(lab.values("a.test", CHALLENGE).await, ["theirs"]);
    }
}

#[tokio::test]
async fn a_trial_of_another_process_is_left_alone_for_an_hour() {
    let [lab, _] = Server::both(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let zones = lab.open(vec![lab.zone("a.test", KEY)]);
    lab.store.put_dns_records(&[record(CHALLENGE, "a.test", "t", DnsPurpose::Trial)], NOW).await.unwrap();
    assert_eq!(zones.sweep(lab.store.as_ref(), NOW.plus(3_599)).await.unwrap().removed, 0);
    assert_eq!(zones.sweep(lab.store.as_ref(), NOW.plus(3_600)).await.unwrap().removed, 1);
}

#[tokio::test]
async fn values_of_a_zone_that_is_no_longer_configured_are_kept_in_mind() {
    let [lab, _] = Server::both(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let strange = record("_acme-challenge.gone.test", "gone.test", "v", DnsPurpose::Challenge);
    lab.store.put_dns_records(std::slice::from_ref(&strange), NOW).await.unwrap();
    let swept = lab.open(vec![lab.zone("a.test", KEY)]).sweep(lab.store.as_ref(), NOW).await.unwrap();
    assert_eq!(swept.left, [(strange, "no zone that AutoSSL may change gives access to it".to_owned())]);
    assert_eq!(lab.journal().await.len(), 1);
}
