//! Where the record is, and who must show it.

use engine::dcv::Code;
use rig::{Bind, Zone};

use crate::lab::{KEY, Lab, binaries, deaf, values, wanted};

const CHALLENGE: &str = "_acme-challenge.a.test";

#[tokio::test]
async fn a_challenge_record_that_is_an_alias_is_made_in_the_other_zone() {
    let lab = Lab::knot(&[
        Zone::new("a.test", "_acme-challenge CNAME a.keys.test."),
        Zone::new("b.test", "_acme-challenge CNAME b.test.elsewhere.test."),
        Zone::new("elsewhere.test", ""),
        Zone::new("keys.test", "").changed_with(KEY),
    ])
    .await;
    let zones = lab.open(vec![lab.zone("keys.test", KEY)]);
    assert!(zones.reach("*.a.test").await.is_ok());

    let published = lab.publish(&zones, &[("*.a.test", "v"), ("b.test", "v")]).await;

    assert_eq!(values(lab.address(), "keys.test", "a.keys.test").await, ["v"]);
    let [(name, finding)] = &published.failures[..] else { panic!("{published:?}") };
    assert_eq!((name.as_str(), finding.code), ("b.test", Code::Dns01NotOurs));
    assert_eq!(finding.evidence, "b.test.elsewhere.test is in zone elsewhere.test");
    zones.withdraw(lab.store.as_ref(), &published.records).await.unwrap();
    assert!(values(lab.address(), "keys.test", "a.keys.test").await.is_empty());
}

#[tokio::test]
async fn aliases_that_go_round_end() {
    let lab =
        Lab::knot(&[Zone::new("a.test", "_acme-challenge CNAME x\nx CNAME _acme-challenge").changed_with(KEY)]).await;
    let seen = lab.refused(lab.zone("a.test", KEY), "a.test", Code::Dns01ZoneFailed).await;
    assert!(seen.contains("do not end"), "{seen}");
}

#[tokio::test]
async fn the_longest_zone_is_used_and_a_delegated_part_is_not_ours() {
    let zones = [Zone::new("a.test", "").changed_with(KEY), Zone::new("own.a.test", ""), Zone::new("test", "")];
    let lab = Lab::bind(&zones).await;
    let zones = lab.open(vec![lab.hooked("a.test", "exit 3"), lab.zone("x.a.test", KEY)]);
    let published = lab.publish(&zones, &[("x.a.test", "v"), ("own.a.test", "v")]).await;
    assert_eq!(lab.values("a.test", "_acme-challenge.x.a.test").await, ["v"]);
    let [(_, finding)] = &published.failures[..] else { panic!("{published:?}") };
    assert_eq!(finding.code, Code::Dns01NotOurs, "{finding:?}");
}

#[tokio::test]
async fn the_servers_of_the_ns_records_are_asked() {
    let zones = [Zone::new("a.test", "").changed_with(KEY), Zone::new("dns.rig", "ns A 127.0.0.1")];
    let lab = Lab::bind(&zones).await;
    let mut zone = lab.zone("a.test", KEY);
    zone.check_at.clear();
    let published = lab.publish(&lab.open(vec![zone.clone()]), &[("a.test", "v")]).await;
    assert!(published.failures.is_empty(), "{published:?}");

    let lost = Lab::bind(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let mut zone = lost.zone("a.test", KEY);
    zone.check_at.clear();
    let seen = lost.refused(zone, "a.test", Code::Dns01NotPropagated).await;
    assert!(seen.ends_with("no address is known of its name servers ns.dns.rig"), "{seen}");
}

#[tokio::test]
async fn a_secondary_that_lags_is_waited_for() {
    let lab = Lab::knot(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let copies = [("a.test", lab.address())];
    let secondary = Bind::start(&binaries(), &lab.directory.path().join("second"), &[], &copies).await.unwrap();
    let mut zone = lab.zone("a.test", KEY);
    zone.check_at.push(secondary.address());
    let zones = lab.open(vec![zone]);

    let wanted = [wanted("a.test", "v")];
    let mut publishing = Box::pin(zones.publish(lab.store.as_ref(), &wanted, crate::lab::NOW));
    let at_the_primary = async { while values(lab.address(), "a.test", CHALLENGE).await.is_empty() {} };
    tokio::select! {
        published = &mut publishing => panic!("the secondary cannot have it: {published:?}"),
        () = at_the_primary => {}
    }
    assert!(values(secondary.address(), "a.test", CHALLENGE).await.is_empty());
    secondary.notify("a.test").await.unwrap();

    let published = publishing.await.unwrap();
    assert!(published.failures.is_empty(), "{published:?}");
    assert_eq!(values(secondary.address(), "a.test", CHALLENGE).await, ["v"]);
}

#[tokio::test]
async fn a_secondary_that_never_gets_it_is_named() {
    let lab = Lab::knot(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let stale = Lab::bind(&[Zone::new("a.test", "")]).await;
    let mut zone = lab.zone("a.test", KEY);
    zone.check_at.push(stale.address());
    zone.propagation_timeout = 1;
    let seen = lab.refused(zone, "a.test", Code::Dns01NotPropagated).await;
    assert_eq!(seen, format!("{CHALLENGE} in zone a.test: not at {} after 1 s", stale.address()));
    assert_eq!(lab.journal().await.len(), 1, "it is to be removed");
}

#[tokio::test]
async fn a_server_that_is_down_is_a_warning_while_another_answers() {
    let lab = Lab::knot(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let (socket, down) = deaf().await;
    drop(socket);
    let mut zone = lab.zone("a.test", KEY);
    zone.check_at.push(down);
    let published = lab.publish(&lab.open(vec![zone.clone()]), &[("a.test", "v")]).await;
    assert!(published.failures.is_empty(), "{published:?}");
    let [warning] = &published.warnings[..] else { panic!("{published:?}") };
    assert_eq!(warning.code, Code::Dns01ServerSilent);
    assert!(warning.evidence.contains(&down.to_string()), "{warning:?}");

    zone.check_at = vec![down];
    let seen = lab.refused(zone, "a.test", Code::Dns01NotPropagated).await;
    assert!(seen.contains("no server answers: "), "{seen}");
}
