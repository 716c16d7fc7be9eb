//! Trying a zone.

use engine::dcv::Code;
use rig::{TsigKey, Zone};

use crate::lab::{KEY, Lab, NOW, Server};

#[tokio::test]
async fn a_zone_that_works_passes_and_is_as_it_was() {
    for lab in Server::both(&[Zone::new("a.test", "_acme-challenge TXT \"theirs\"").changed_with(KEY)]).await {
        let zones = lab.open(vec![lab.zone("a.test", KEY)]);
        let trial = zones.try_zone(lab.store.as_ref(), "A.test.", NOW).await.unwrap().unwrap();
        assert!(trial.passed() && trial.findings.is_empty(), "{trial:?}");
        assert_eq!((trial.record.as_str(), trial.seen_at), ("_acme-challenge.a.test", vec![lab.address().to_string()]));
        assert_eq!(lab.values("a.test", "_acme-challenge.a.test").await, ["theirs"]);
        assert!(lab.journal().await.is_empty());
        assert_eq!(zones.try_zone(lab.store.as_ref(), "b.test", NOW).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_zone_that_does_not_work_says_why() {
    let lab = Lab::bind(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let wrong = TsigKey { name: "wrong", ..KEY };
    let zones = lab.open(vec![lab.zone("a.test", wrong), lab.zone("nowhere.test", KEY)]);
    let trial = zones.try_zone(lab.store.as_ref(), "a.test", NOW).await.unwrap().unwrap();
    assert!(!trial.passed());
    assert_eq!(trial.findings[0].code, Code::Dns01PublishFailed);
    assert!(trial.findings[0].evidence.contains("BADKEY"), "{trial:?}");
    assert!(lab.journal().await.is_empty());
    let trial = zones.try_zone(lab.store.as_ref(), "nowhere.test", NOW).await.unwrap().unwrap();
    assert!(!trial.passed(), "{trial:?}");
}

#[tokio::test]
async fn a_zone_whose_own_challenge_record_is_an_alias_is_tried_below() {
    let zone = Zone::new("a.test", "_acme-challenge CNAME elsewhere.test.").changed_with(KEY);
    let lab = Lab::knot(&[zone, Zone::new("elsewhere.test", "")]).await;
    let zones = lab.open(vec![lab.zone("a.test", KEY)]);
    let trial = zones.try_zone(lab.store.as_ref(), "a.test", NOW).await.unwrap().unwrap();
    assert!(trial.passed(), "{trial:?}");
    assert_eq!(trial.record, "_acme-challenge.autossl-test.a.test");
}
