//! DNS-01: for wildcards, and where HTTP-01 does not do.

use engine::dcv::{Code, Dns01, Method, Severity};

use crate::{
    lab::{Lab, deaf, evidence},
    web::{Behaviour, Web},
};
use rig::{Resolution, Zone};

async fn zones(zones: &[Zone]) -> Lab {
    let mut lab = Lab::start(zones).await;
    lab.request.dns01 = Dns01::Available;
    lab
}

#[tokio::test]
async fn a_wildcard_needs_dns_01() {
    let mut lab = zones(&[Zone::new("test", ""), Zone::new("a.test", "")]).await;
    let verdict = lab.check("*.a.test").await;
    assert_eq!((verdict.method, verdict.findings), (Method::Dns01, Vec::new()));
    lab.request.dns01 = Dns01::Unavailable;
    assert_eq!(lab.blocked("*.a.test", Code::WildcardNeedsDns01).await, "*.a.test");
}

#[tokio::test]
async fn dns_01_makes_up_for_http_01() {
    let mut lab = zones(&[Zone::new("test", ""), Zone::new("a.test", "@ A 127.0.0.1")]).await;
    let web = Web::start(&[("127.0.0.1", Behaviour::status(404, &[], ""))]).await;
    lab.settings.http_port = web.port;
    let verdict = lab.check("a.test").await;
    assert_eq!(verdict.method, Method::Dns01);
    let reasons: Vec<_> = verdict.findings.iter().map(|finding| (finding.code, finding.severity)).collect();
    assert_eq!(reasons, [(Code::HttpNotFound, Severity::Warning)]);
    // A name need not exist to be validated by DNS.
    let verdict = lab.check("later.a.test").await;
    assert_eq!(verdict.method, Method::Dns01);
    evidence(&verdict, Code::DnsNoSuchName);
}

#[tokio::test]
async fn a_domain_that_nobody_delegated_has_no_place_for_the_record() {
    let lab = zones(&[Zone::new("test", "")]).await;
    let seen = lab.blocked("*.nobody.test", Code::Dns01NotDelegated).await;
    assert_eq!(seen, "_acme-challenge.nobody.test: the closest zone is the top-level domain test");
}

#[tokio::test]
async fn a_zone_that_does_not_answer_cannot_hold_the_record() {
    let (_socket, silent) = deaf().await;
    let mut lab = zones(&[Zone::new("", ""), Zone::new("test", ""), Zone::broken("a.test")]).await;
    let knot = lab.knot.address();
    let zones = vec![("test".into(), knot), ("a.test".into(), knot), ("b.test".into(), silent)];
    lab.resolve(Resolution { zones, ..Resolution::default() }).await;
    lab.request.issuers.clear();
    let seen = lab.blocked("*.a.test", Code::Dns01ZoneFailed).await;
    assert!(seen.contains("SERVFAIL"), "{seen}");
    lab.settings.lookup_timeout = std::time::Duration::from_millis(1_500);
    lab.blocked("*.b.test", Code::Dns01ZoneFailed).await;
}

#[tokio::test]
async fn a_delegated_challenge_record_is_noted() {
    let lab = zones(&[
        Zone::new("test", ""),
        Zone::new("a.test", "_acme-challenge CNAME a.keys.test."),
        Zone::new("keys.test", ""),
    ])
    .await;
    let verdict = lab.check("*.a.test").await;
    assert_eq!(verdict.method, Method::Dns01);
    let seen = evidence(&verdict, Code::Dns01Delegated);
    assert_eq!(seen, "_acme-challenge → a.keys.test, in zone keys.test at ns.dns.rig");
}
