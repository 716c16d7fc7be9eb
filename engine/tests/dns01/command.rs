//! The command of the administrator's. The zone holds already what it pretends to publish.

use std::time::Duration;

use engine::dcv::Code;
use rig::Zone;

use crate::lab::{KEY, Lab};

async fn lab() -> Lab {
    let records = "_acme-challenge TXT \"one\" \n_acme-challenge.www TXT \"two\"\n_acme-challenge.bad TXT \"v\"";
    Lab::knot(&[Zone::new("a.test", records).changed_with(KEY)]).await
}

/// What the command was told, call by call.
fn heard(lab: &Lab) -> String {
    std::fs::read_to_string(lab.directory.path().join("heard")).unwrap_or_default()
}

const HEAR: &str = r#"{ echo "$1 $2"; cat; } >> "$0/heard""#;

#[tokio::test]
async fn it_is_told_what_to_publish_and_what_to_remove() {
    let lab = lab().await;
    let zones = lab.open(vec![lab.hooked("a.test", HEAR)]);
    let published = lab.publish(&zones, &[("*.a.test", "one"), ("www.a.test", "two")]).await;
    assert!(published.failures.is_empty(), "{published:?}");
    zones.withdraw(lab.store.as_ref(), &published.records).await.unwrap();
    let values = "_acme-challenge.a.test one\n_acme-challenge.www.a.test two\n";
    assert_eq!(heard(&lab), format!("publish a.test\n{values}remove a.test\n{values}"));
    assert!(lab.journal().await.is_empty());
}

#[tokio::test]
async fn its_failure_is_told_in_its_own_words() {
    let lab = lab().await;
    let zone = lab.hooked("a.test", "echo no such account >&2; exit 7");
    let seen = lab.refused(zone, "a.test", Code::Dns01PublishFailed).await;
    assert!(seen.contains(" failed for zone a.test: it ended with exit status: 7 and said: no such account"), "{seen}");
    let seen = lab.refused(lab.hooked("a.test", "exit 1"), "a.test", Code::Dns01PublishFailed).await;
    assert!(seen.ends_with("it ended with exit status: 1 and said nothing"), "{seen}");
    let mut zone = lab.hooked("a.test", "");
    zone.access = engine::config::DnsAccess::Command { command: vec!["/nonexistent/hook".into()] };
    let seen = lab.refused(zone, "a.test", Code::Dns01PublishFailed).await;
    assert!(seen.starts_with("the command /nonexistent/hook publish failed for zone a.test: No such file"), "{seen}");
}

#[tokio::test]
async fn it_is_killed_with_all_that_it_started_when_its_time_is_over() {
    let lab = lab().await;
    let mut zone = lab.hooked("a.test", r#"sleep 600 & echo $! > "$0/child"; wait"#);
    zone.timeout = 1;
    let seen = lab.refused(zone, "a.test", Code::Dns01PublishFailed).await;
    assert!(seen.ends_with("it was not done after 1 s"), "{seen}");
    let child = std::fs::read_to_string(lab.directory.path().join("child")).unwrap();
    let command_line = format!("/proc/{}/cmdline", child.trim());
    let is_running = || std::fs::read_to_string(&command_line).unwrap_or_default().contains("sleep");
    let gone = async {
        while is_running() {
            tokio::task::yield_now().await
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(10), gone).await.is_ok(), "it was left behind");
}

#[tokio::test]
async fn it_may_say_a_lot() {
    let lab = lab().await;
    let zone = lab.hooked("a.test", "yes chatter | head -c 3000000; echo the end; exit 1");
    let seen = lab.refused(zone, "a.test", Code::Dns01PublishFailed).await;
    assert!(seen.ends_with("chatter the end") && seen.len() < 1_000, "{} bytes", seen.len());
}

#[tokio::test]
async fn a_name_that_is_refused_holds_up_no_other() {
    let lab = lab().await;
    let zones = lab.open(vec![lab.hooked("a.test", "! grep bad")]);
    let published = lab.publish(&zones, &[("a.test", "one"), ("bad.a.test", "v"), ("www.a.test", "two")]).await;
    let failed: Vec<_> = published.failures.iter().map(|(name, finding)| (name.as_str(), finding.code)).collect();
    assert_eq!(failed, [("bad.a.test", Code::Dns01PublishFailed)]);
}
