//! Orders that are made at the same time share changes and waits.

use rig::Zone;

use crate::lab::{KEY, Lab};

#[tokio::test]
async fn what_is_wanted_at_the_same_time_is_published_in_one_change() {
    let records: String = (0..20).map(|number| format!("_acme-challenge.h{number} TXT \"v\"\n")).collect();
    let lab = Lab::knot(&[Zone::new("a.test", &records), Zone::new("b.test", "").changed_with(KEY)]).await;
    let hook = lab.hooked("a.test", r#"{ echo "$1"; cat > /dev/null; } >> "$0/calls""#);
    let zones = lab.open(vec![hook, lab.zone("b.test", KEY)]);
    let names: Vec<String> = (0..20).map(|number| format!("h{number}.a.test")).collect();
    let orders =
        names.iter().map(async |name| lab.publish(&zones, &[(name.as_str(), "v"), ("b.test", name.as_str())]).await);

    let published = futures::future::join_all(orders).await;

    assert!(published.iter().all(|one| one.failures.is_empty() && one.records.len() == 2), "{published:?}");
    let calls = std::fs::read_to_string(lab.directory.path().join("calls")).unwrap();
    assert!(calls.lines().count() <= 2, "20 orders, {} changes", calls.lines().count());
    assert_eq!(lab.values("b.test", "_acme-challenge.b.test").await.len(), 20);
}

#[tokio::test]
async fn an_order_that_is_given_up_holds_up_no_other() {
    let lab = Lab::knot(&[Zone::new("a.test", "").changed_with(KEY)]).await;
    let zones = lab.open(vec![lab.zone("a.test", KEY)]);
    let given_up = lab.publish(&zones, &[("gone.a.test", "v")]);
    let other = lab.publish(&zones, &[("a.test", "v")]);
    let cut_off = tokio::time::timeout(std::time::Duration::from_millis(100), given_up).await;
    assert!(cut_off.is_err(), "a batch waits longer for others");
    assert!(other.await.failures.is_empty());
    assert!(lab.values("a.test", "_acme-challenge.gone.a.test").await.is_empty());
    assert_eq!(lab.values("a.test", "_acme-challenge.a.test").await, ["v"]);
}
