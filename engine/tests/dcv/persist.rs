//! Persistent validation records (dns-persist-01) as they stand in real zones.

use std::collections::BTreeSet;

use engine::dcv::{Code, Method, PersistAccount, PersistTerms, Severity};
use engine::model::Timestamp;
use rig::Zone;

use crate::{
    lab::{ACCOUNT, CA, Lab, evidence},
    web::{Behaviour, Web},
};

const NOW: i64 = 1_800_000_000;

/// Write a record for a name.
fn record(name: &str, value: &str) -> String {
    format!("_validation-persist.{name} TXT \"{value}\"\n")
}

fn ours(more: &str) -> String {
    format!("{CA}; accounturi={ACCOUNT}{more}")
}

/// A lab in which no name has a web server.
async fn with(zones: &[Zone]) -> Lab {
    let mut lab = Lab::start(zones).await;
    lab.request.persist = Some(PersistTerms {
        issuers: vec![CA.to_owned()],
        account: PersistAccount::Uri(ACCOUNT.to_owned()),
        at: Timestamp(NOW),
        counted_on: BTreeSet::new(),
    });
    lab.settings.http_port = 1;
    lab
}

async fn zone(records: &str) -> Lab {
    with(&[Zone::new("test", records)]).await
}

fn count_on(lab: &mut Lab, name: &str) {
    lab.request.persist.as_mut().unwrap().counted_on.insert(name.to_owned());
}

#[tokio::test]
async fn a_record_validates_without_a_web_server_or_an_address() {
    let records = record("a", &ours("")) + &record("b", &ours("; policy=wildcard")) + "_validation-persist.c CNAME d\n";
    let lab = zone(&(records + &format!("d TXT \"v=spf1\"\nd TXT \"{}\"\n", ours("")))).await;
    for name in ["a.test", "b.test", "*.b.test", "c.test"] {
        let verdict = lab.check(name).await;
        assert_eq!((verdict.method, verdict.findings), (Method::DnsPersist01, Vec::new()), "{name}");
    }
    let caa = "@ CAA 0 issue \"ca.test; validationmethods=dns-01\"\n".to_owned() + &record("e", &ours(""));
    let lab = zone(&caa).await;
    let seen = lab.blocked("e.test", Code::CaaMethodNotAllowed).await;
    assert!(seen.ends_with("validationmethods=dns-persist-01"), "{seen}");
}

#[tokio::test]
async fn a_record_that_is_not_there_is_missed_only_where_it_is_counted_on() {
    let mut lab = zone(&record("a", "other.test; accounturi=x")).await;
    lab.blocked("a.test", Code::DnsNoAddress).await;
    assert_eq!(lab.blocked("*.a.test", Code::WildcardNeedsDns01).await, "*.a.test");
    for name in ["a.test", "*.a.test"] {
        count_on(&mut lab, name);
        assert_eq!(lab.blocked(name, Code::PersistMissing).await, "_validation-persist.a.test");
    }
}

#[tokio::test]
async fn a_record_that_is_missing_is_a_warning_where_the_web_server_answers() {
    let mut lab = zone("a A 127.0.0.1").await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    lab.clean("a.test").await;
    count_on(&mut lab, "a.test");
    assert_eq!(lab.warned("a.test", Code::PersistMissing).await, "_validation-persist.a.test");
}

#[tokio::test]
async fn a_record_for_another_account_is_told_with_both() {
    let theirs = format!("{CA}; accounturi=https://ca.test/acct/2");
    let lab = zone(&(record("a", &theirs) + &record("b", &theirs) + &record("b", &ours("")))).await;
    let seen = lab.blocked("a.test", Code::PersistOtherAccount).await;
    let expected = "_validation-persist.a.test: accounturi=\"https://ca.test/acct/2\"; wanted: https://ca.test/acct/1";
    assert_eq!(seen, expected);
    assert_eq!(lab.check("b.test").await.method, Method::DnsPersist01, "one that fits is enough");
}

#[tokio::test]
async fn a_record_is_told_of_before_it_expires_and_when_it_has() {
    let until = |moment: i64| ours(&format!("; persistUntil={moment}"));
    let lab = zone(&(record("past", &until(NOW - 1)) + &record("soon", &until(NOW + 86_400)))).await;
    let seen = lab.blocked("past.test", Code::PersistExpired).await;
    assert_eq!(seen, "_validation-persist.past.test: persistUntil=1799999999, which is 2027-01-15T07:59:59Z");
    let verdict = lab.check("soon.test").await;
    assert_eq!(verdict.method, Method::DnsPersist01);
    assert!(evidence(&verdict, Code::PersistExpiresSoon).contains("2027-01-16T08:00:00Z"), "{verdict:?}");
    assert!(verdict.findings.iter().all(|finding| finding.severity == Severity::Warning));
}

#[tokio::test]
async fn a_record_without_the_policy_is_not_for_wildcards() {
    let lab = zone(&record("a", &ours("; policy=all"))).await;
    assert_eq!(lab.check("a.test").await.method, Method::DnsPersist01);
    let seen = lab.blocked("*.a.test", Code::PersistNoWildcard).await;
    assert_eq!(seen, "_validation-persist.a.test: policy=wildcard is not there");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_told_with_the_reason() {
    let lab = zone(&(record("a", CA) + &record("b", &ours("; persistUntil=never")))).await;
    let seen = lab.blocked("a.test", Code::PersistMalformed).await;
    assert_eq!(seen, "_validation-persist.a.test: accounturi is missing");
    let seen = lab.blocked("b.test", Code::PersistMalformed).await;
    assert_eq!(seen, "_validation-persist.b.test: persistUntil=never is not a number of seconds");
}

#[tokio::test]
async fn a_question_without_an_answer_is_told_where_the_record_is_counted_on() {
    let broken = Zone::broken("_validation-persist.a.test");
    let mut lab = with(&[Zone::new("", ""), Zone::new("test", "a A 127.0.0.1"), broken]).await;
    let web = Web::start(&[("127.0.0.1", Behaviour::status(404, &[], ""))]).await;
    lab.settings.http_port = web.port;
    lab.blocked("a.test", Code::HttpNotFound).await;
    count_on(&mut lab, "a.test");
    let seen = lab.blocked("a.test", Code::PersistLookupFailed).await;
    assert!(seen.starts_with("_validation-persist.a.test: SERVFAIL"), "{seen}");
}

#[tokio::test]
async fn an_account_may_be_hashed_with_the_domain_or_for_all_domains() {
    let account = PersistAccount::Hashed {
        prefix: "https://ca.test/account-hash/".into(),
        url: ACCOUNT.into(),
        thumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".into(),
    };
    let uri = |domain: &str| format!("{CA}; accounturi={}", account.uri(domain));
    let records =
        record("a", &uri("a.test")) + &record("b", &uri("*")) + &record("c", &uri("a.test")) + &record("d", &ours(""));
    let mut lab = zone(&records).await;
    lab.request.persist.as_mut().unwrap().account = account;
    for name in ["a.test", "b.test"] {
        assert_eq!(lab.check(name).await.method, Method::DnsPersist01, "{name}");
    }
    for name in ["c.test", "d.test"] {
        lab.blocked(name, Code::PersistOtherAccount).await;
    }
}
