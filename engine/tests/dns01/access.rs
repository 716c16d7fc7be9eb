//! What is said when a server does not do what it is asked.

use engine::config::{DnsAccess, DnsZoneConfig};
use engine::dcv::Code;
use rig::{TsigKey, Zone};
use tokio::net::TcpListener;

use crate::lab::{KEY, Lab, Server};

const OTHER: TsigKey =
    TsigKey { name: "other", algorithm: "hmac-sha256", secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };

fn zones() -> [Zone; 2] {
    [Zone::new("a.test", "").changed_with(KEY), Zone::new("b.test", "").changed_with(OTHER)]
}

/// Every text names the server, the zone and the reason.
async fn said(lab: &Lab, zone: DnsZoneConfig, name: &str, reason: &str) {
    let (place, apex) = (lab.address().to_string(), zone.zone.clone());
    let seen = lab.refused(zone, name, Code::Dns01PublishFailed).await;
    for part in [place.as_str(), &format!("zone {apex}"), reason] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_told_apart() {
    for lab in Server::both(&zones()).await {
        said(&lab, lab.zone("a.test", TsigKey { secret: OTHER.secret, ..KEY }), "a.test", "BADSIG").await;
        said(&lab, lab.zone("a.test", TsigKey { name: "strange", ..KEY }), "a.test", "BADKEY").await;
    }
}

#[tokio::test]
async fn a_key_that_may_not_change_the_zone_is_told() {
    let [knot, bind] = Server::both(&zones()).await;
    said(&bind, bind.zone("a.test", OTHER), "a.test", "REFUSED").await;
    said(&knot, knot.zone("a.test", OTHER), "a.test", "does not let").await;
    let unsigned = |lab: &Lab| {
        let access = DnsAccess::Rfc2136 { server: lab.address().to_string(), key: None, ttl: 0 };
        DnsZoneConfig { access, ..lab.zone("a.test", KEY) }
    };
    said(&bind, unsigned(&bind), "a.test", "anybody without a key").await;
    said(&knot, unsigned(&knot), "a.test", "anybody without a key").await;
}

#[tokio::test]
async fn a_server_that_is_not_the_primary_is_told() {
    let elsewhere = Lab::knot(&[Zone::new("c.test", "")]).await;
    for lab in Server::both(&zones()).await {
        let mut zone = lab.zone("c.test", KEY);
        zone.check_at = vec![elsewhere.address()];
        let zones = engine::dns01::DnsZones::open(&engine::config::DnsConfig {
            zones: vec![zone],
            resolvers: vec![elsewhere.address()],
            ..Default::default()
        })
        .unwrap();
        let published = lab.publish(&zones, &[("c.test", "v")]).await;
        let seen = &published.failures[0].1.evidence;
        assert!(seen.contains("NOTAUTH: it is not the primary server of this zone"), "{seen}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_or_says_nothing_is_told() {
    let lab = Lab::knot(&zones()).await;
    let at = |address: String| {
        let zone = lab.zone("a.test", KEY);
        let DnsAccess::Rfc2136 { key, ttl, .. } = zone.access.clone() else { panic!("it is rfc2136") };
        DnsZoneConfig { access: DnsAccess::Rfc2136 { server: address, key, ttl }, timeout: 1, ..zone }
    };
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_at = silent.local_addr().unwrap().to_string();
    let seen = lab.refused(at(silent_at.clone()), "a.test", Code::Dns01PublishFailed).await;
    assert_eq!(seen, format!("DNS server {silent_at} did not answer about zone a.test within 1 s"));
    drop(silent);
    let seen = lab.refused(at(silent_at.clone()), "a.test", Code::Dns01PublishFailed).await;
    assert!(seen.starts_with(&format!("DNS server {silent_at} cannot be reached about zone a.test: ")), "{seen}");
    assert_eq!(lab.journal().await.len(), 1, "nobody knows whether the change was made");
}
