//! CAA records as they stand in real zones.

use std::time::Duration;

use engine::dcv::{Code, Dns01, Method};

use crate::{
    lab::{Lab, deaf, evidence},
    web::Web,
};
use rig::{Resolution, Zone};

/// A lab whose names all serve the token: CAA alone decides.
async fn with(records: &str) -> (Lab, Web) {
    let mut lab = Lab::with(&format!("* A 127.0.0.1\n{records}")).await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    (lab, web)
}

/// Write records for a name with an address.
fn site(name: &str, records: &[&str]) -> String {
    let caa: String = records.iter().map(|record| format!("{name} CAA {record}\n")).collect();
    format!("{name} A 127.0.0.1\n{caa}")
}

#[tokio::test]
async fn the_closest_records_decide() {
    let records = [
        site("shop", &["0 issue \"other.test\""]),
        site("www.shop", &[]),
        site("mail.shop", &["0 issue \"CA.test\""]),
        site("none", &["0 issue \";\""]),
        site("both", &["0 issue \"other.test\"", "0 issue \"ca.test\"", "0 iodef \"mailto:a@b.test\""]),
        "alias CNAME shop\n".to_owned(),
    ];
    let (lab, _web) = with(&records.concat()).await;
    let seen = lab.blocked("shop.test", Code::CaaOtherIssuer).await;
    assert_eq!(seen, "CAA shop.test: issue \"other.test\"; wanted: ca.test");
    let seen = lab.blocked("a.www.shop.test", Code::DnsNoSuchName).await;
    assert_eq!(seen, "NXDOMAIN");
    let seen = lab.blocked("www.shop.test", Code::CaaOtherIssuer).await;
    assert!(seen.starts_with("CAA shop.test: "), "{seen}");
    lab.blocked("alias.test", Code::CaaOtherIssuer).await;
    lab.clean("mail.shop.test").await;
    lab.clean("both.test").await;
    lab.clean("free.test").await;
    lab.blocked("none.test", Code::CaaForbidsAll).await;
}

#[tokio::test]
async fn a_top_level_domain_can_have_records_and_an_internal_ca_does_not_look() {
    let (mut lab, _web) = with("@ CAA 0 issue \"other.test\"").await;
    lab.blocked("a.test", Code::CaaOtherIssuer).await;
    lab.request.issuers.clear();
    lab.clean("a.test").await;
}

#[tokio::test]
async fn the_parameters_of_rfc_8657_are_obeyed() {
    let records = [
        site("ours", &["0 issue \"ca.test; accounturi=https://ca.test/acct/1\""]),
        site("theirs", &["0 issue \"ca.test; accounturi=https://ca.test/acct/2\""]),
        site("dns", &["0 issue \"ca.test; validationmethods=dns-01\""]),
    ];
    let (mut lab, _web) = with(&records.concat()).await;
    lab.clean("ours.test").await;
    let seen = lab.blocked("theirs.test", Code::CaaAccountMismatch).await;
    assert!(seen.ends_with("accounturi=https://ca.test/acct/1"), "{seen}");
    lab.blocked("dns.test", Code::CaaMethodNotAllowed).await;
    lab.request.account_uri = None;
    lab.blocked("ours.test", Code::CaaAccountMismatch).await;
}

#[tokio::test]
async fn wildcards_have_records_of_their_own() {
    let zones = [
        Zone::new("a.test", "@ CAA 0 issue \"ca.test\"\n@ CAA 0 issuewild \";\""),
        Zone::new("b.test", "@ CAA 0 issue \";\"\n@ CAA 0 issuewild \"ca.test\""),
        Zone::new("test", ""),
    ];
    let mut lab = Lab::start(&zones).await;
    lab.request.dns01 = Dns01::Available;
    lab.blocked("*.a.test", Code::CaaWildcardForbidden).await;
    assert_eq!(lab.check("*.b.test").await.method, Method::Dns01);
}

#[tokio::test]
async fn what_cannot_be_understood_forbids() {
    // A record of flags and a tag length that reaches past the end.
    let records = [
        site("critical", &["128 tbs \"x\"", "0 issue \"ca.test\""]),
        site("optional", &["0 tbs \"x\"", "0 issue \"ca.test\""]),
        site("typo", &["0 issue \"ca test\""]),
        "raw A 127.0.0.1\nraw TYPE257 \\# 5 0005697373\n".to_owned(),
    ];
    let (lab, _web) = with(&records.concat()).await;
    lab.blocked("critical.test", Code::CaaUnknownCritical).await;
    lab.clean("optional.test").await;
    let seen = lab.blocked("typo.test", Code::CaaMalformed).await;
    assert!(seen.contains("issue \"ca test\""), "{seen}");
    let seen = lab.blocked("raw.test", Code::CaaMalformed).await;
    assert!(seen.contains("unreadable"), "{seen}");
}

#[tokio::test]
async fn records_that_cannot_be_read_forbid() {
    // The websites' own zones answer; the question fails on the way up.
    let (_socket, silent) = deaf().await;
    let names = ["a.down", "a.silent", "a.bogus"];
    let mut zones: Vec<Zone> = names.iter().map(|zone| Zone::new(zone, "www A 127.0.0.1")).collect();
    zones.extend([Zone::new("", ""), Zone::broken("down"), Zone::new("bogus", "")]);
    let mut lab = Lab::start(&zones).await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    let knot = lab.knot.address();
    let mut at: Vec<(String, _)> = names.iter().map(|zone| ((*zone).to_owned(), knot)).collect();
    at.extend([("down".to_owned(), knot), ("bogus".to_owned(), knot), ("silent".to_owned(), silent)]);
    let anchor = "bogus. DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    lab.resolve(Resolution {
        zones: at,
        anchors: vec![anchor.to_owned()],
        insecure: vec!["a.bogus".to_owned()],
        ..Resolution::default()
    })
    .await;
    let seen = lab.blocked("www.a.down", Code::CaaLookupFailed).await;
    assert!(seen.starts_with("CAA down: SERVFAIL"), "{seen}");
    lab.blocked("www.a.bogus", Code::CaaDnssecBogus).await;
    lab.settings.lookup_timeout = Duration::from_millis(1_500);
    lab.blocked("www.a.silent", Code::CaaTimeout).await;
}

#[tokio::test]
async fn records_that_allow_dns_01_only_lead_to_dns_01() {
    let mut lab = Lab::start(&[
        Zone::new("test", ""),
        Zone::new("a.test", "@ A 127.0.0.1\n@ CAA 0 issue \"ca.test; validationmethods=dns-01\""),
    ])
    .await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    lab.request.dns01 = Dns01::Available;
    let verdict = lab.check("a.test").await;
    assert_eq!(verdict.method, Method::Dns01);
    evidence(&verdict, Code::CaaMethodNotAllowed);
}
