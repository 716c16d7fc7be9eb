//! Values come and go one by one; what somebody else made stays.

use engine::config::{DnsAccess, DnsKeyConfig, DnsZoneConfig};
use engine::dcv::Code;
use rig::{TsigKey, Zone};

use crate::lab::{KEY, Lab, Server, open_store, values};

const CHALLENGE: &str = "_acme-challenge.a.test";

fn somebody_elses() -> Zone {
    let records =
        "_acme-challenge TXT \"somebody else's\"\n_acme-challenge CAA 0 issue \"ca.test\"\n@ TXT \"v=spf1 -all\"";
    Zone::new("a.test", records).changed_with(KEY)
}

#[tokio::test]
async fn values_are_published_and_removed_beside_those_of_somebody_else() {
    for lab in Server::both(&[somebody_elses()]).await {
        let zones = lab.open(vec![lab.zone("a.test", KEY)]);
        let wanted = [("a.test", "one"), ("*.a.test", "two"), ("www.a.test", "three")];

        let published = lab.publish(&zones, &wanted).await;

        assert!(published.failures.is_empty() && published.warnings.is_empty(), "{published:?}");
        assert_eq!(lab.values("a.test", CHALLENGE).await, ["one", "somebody else's", "two"]);
        assert_eq!(lab.values("a.test", "_acme-challenge.www.a.test").await, ["three"]);
        assert_eq!(lab.journal().await.len(), 3);

        zones.withdraw(lab.store.as_ref(), &published.records).await.unwrap();

        assert_eq!(lab.values("a.test", CHALLENGE).await, ["somebody else's"]);
        assert!(lab.values("a.test", "_acme-challenge.www.a.test").await.is_empty());
        assert_eq!(lab.values("a.test", "a.test").await, ["v=spf1 -all"]);
        assert!(lab.journal().await.is_empty());
        zones.withdraw(lab.store.as_ref(), &published.records).await.unwrap();
        assert_eq!(lab.values("a.test", CHALLENGE).await, ["somebody else's"], "removing again removes nothing else");
    }
}

#[tokio::test]
async fn longer_keys_and_values_do_as_well() {
    let secret = "DfvT1Fxg7eQ1pF5t3zvLQCmq5o0oTGtR6L3S0h4oDnL5zX8m1L1b2qFv1HcXW0cIuXmE9kq0rZyYk3d7Lw3o2Q==";
    for algorithm in ["hmac-sha384", "hmac-sha512"] {
        let key = TsigKey { name: "Long.Key.Test", algorithm, secret };
        for lab in Server::both(&[Zone::new("a.test", "").changed_with(key)]).await {
            let zones = lab.open(vec![lab.zone("a.test", key)]);
            let long = "x".repeat(600);
            let published = lab.publish(&zones, &[("A.test", &long)]).await;
            assert!(published.failures.is_empty(), "{algorithm}: {published:?}");
            assert_eq!(lab.values("a.test", CHALLENGE).await, [long]);
        }
    }
}

#[tokio::test]
async fn hundreds_of_values_are_published_at_once() {
    for lab in Server::both(&[Zone::new("a.test", "").changed_with(KEY)]).await {
        let zones = lab.open(vec![lab.zone("a.test", KEY)]);
        let names: Vec<String> = (0..300).map(|number| format!("host-{number}.a.test")).collect();
        let wanted: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
        let published = lab.publish(&zones, &wanted).await;
        assert_eq!((published.failures.len(), published.records.len()), (0, 300), "{:?}", published.failures.first());
        zones.withdraw(lab.store.as_ref(), &published.records).await.unwrap();
        assert!(lab.values("a.test", "_acme-challenge.host-299.a.test").await.is_empty());
        assert!(lab.journal().await.is_empty());
    }
}

#[tokio::test]
async fn a_key_file_as_name_servers_write_it_is_enough() {
    let lab = Lab::bind(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let file = lab.directory.path().join("autossl.key");
    let text = format!("key \"{}\" {{\n\talgorithm {};\n\tsecret \"{}\";\n}};\n", KEY.name, KEY.algorithm, KEY.secret);
    std::fs::write(&file, text).unwrap();
    let key = Some(DnsKeyConfig { file: Some(file), ..DnsKeyConfig::default() });
    let access = DnsAccess::Rfc2136 { server: lab.address().to_string(), key, ttl: 0 };
    let zones = lab.open(vec![DnsZoneConfig { access, ..lab.zone("a.test", KEY) }]);
    assert!(lab.publish(&zones, &[("a.test", "v")]).await.failures.is_empty());
}

#[tokio::test]
async fn what_cannot_be_removed_now_stays_in_the_journal() {
    let lab = Lab::knot(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let zones = lab.open(vec![lab.zone("a.test", KEY)]);
    let published = lab.publish(&zones, &[("a.test", "v")]).await;
    let wrong = TsigKey { secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ..KEY };
    let locked_out = lab.open(vec![lab.zone("a.test", wrong)]);

    locked_out.withdraw(lab.store.as_ref(), &published.records).await.unwrap();

    assert_eq!(lab.journal().await.len(), 1);
    let store = open_store(lab.directory.path()).await;
    let swept = zones.sweep(store.as_ref(), crate::lab::NOW).await.unwrap();
    assert_eq!((swept.removed, swept.left.len()), (1, 0));
    assert!(values(lab.address(), "a.test", CHALLENGE).await.is_empty());
}

#[tokio::test]
async fn a_value_that_the_server_refused_is_not_kept_in_mind() {
    let lab = Lab::bind(&[Zone::new("a.test", "")]).await;
    lab.refused(lab.zone("a.test", KEY), "a.test", Code::Dns01PublishFailed).await;
    assert!(lab.journal().await.is_empty());
}
