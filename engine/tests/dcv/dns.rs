//! What the DNS can do to a name.

use std::time::Duration;

use engine::dcv::{Code, Settings};
use tokio::net::UdpSocket;

use crate::{
    lab::{Lab, deaf},
    web::Web,
};
use rig::{Resolution, Zone};

/// The zones that tests of the resolver use; `test` and `ok.test` are fine.
async fn resolving(zones: &[Zone], plan: impl FnOnce(&Lab) -> Resolution) -> Lab {
    let root = [Zone::new("", "com NS ns.dns.rig.\ntest NS ns.dns.rig.")];
    let mut lab = Lab::start(&[&root, zones].concat()).await;
    let plan = plan(&lab);
    lab.resolve(plan).await;
    lab
}

fn at(lab: &Lab, zone: &str) -> (String, std::net::SocketAddr) {
    (zone.to_owned(), lab.knot.address())
}

#[tokio::test]
async fn names_that_no_certificate_can_have_are_refused_without_a_question() {
    let mut lab = Lab::with("").await;
    lab.settings.resolvers = Some(Vec::new());
    for name in ["under_score.test", "*.*.a.test", "plain"] {
        lab.blocked(name, Code::NameInvalid).await;
    }
    lab.settings.allow_private = false;
    let seen = lab.blocked("printer.local", Code::NameNotPublic).await;
    assert_eq!(seen, "printer.local ends in .local");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_from_one_without_addresses() {
    let lab = Lab::with("bare TXT x\nalias CNAME gone\nlong CNAME short\nshort CNAME bare").await;
    assert_eq!(lab.blocked("gone.test", Code::DnsNoSuchName).await, "NXDOMAIN");
    assert_eq!(lab.blocked("bare.test", Code::DnsNoAddress).await, "neither A nor AAAA");
    assert_eq!(lab.blocked("alias.test", Code::CnameDangling).await, "CNAME gone.test: NXDOMAIN");
    assert_eq!(lab.blocked("long.test", Code::DnsNoAddress).await, "CNAME short.test → bare.test: neither A nor AAAA");
}

#[tokio::test]
async fn a_resolver_tells_the_same_things_by_other_means() {
    let chain: String = (0..30).map(|step| format!("c{step} CNAME c{}\n", step + 1)).collect();
    let records = format!("alias CNAME gone\na CNAME b\nb CNAME c\nc CNAME a\n{chain}c30 A 127.0.0.1\n");
    let lab = resolving(&[Zone::new("test", &records)], |lab| Resolution {
        zones: vec![at(lab, "test")],
        ..Resolution::default()
    })
    .await;
    lab.blocked("gone.test", Code::DnsNoSuchName).await;
    lab.blocked("alias.test", Code::CnameDangling).await;
    let seen = lab.blocked("a.test", Code::CnameLoop).await;
    assert_eq!(seen, "CNAME b.test → c.test → a.test: the last was there before");
    let seen = lab.blocked("c0.test", Code::CnameChainTooLong).await;
    assert!(seen.contains("c1.test → c2.test"), "{seen}");
}

#[tokio::test]
async fn a_server_that_does_not_chase_aliases_shows_loops_too() {
    let lab = Lab::start(&[Zone::new("one", "x CNAME x.two."), Zone::new("two", "x CNAME x.one.")]).await;
    let seen = lab.blocked("x.one", Code::CnameLoop).await;
    assert_eq!(seen, "CNAME x.two → x.one: the last was there before");
}

#[tokio::test]
async fn a_failing_zone_is_the_domain_owners_fault() {
    let (_socket, silent) = deaf().await;
    let mut lab = resolving(&[Zone::new("test", ""), Zone::broken("broken.test")], |lab| Resolution {
        zones: vec![at(lab, "test"), at(lab, "broken.test"), ("silent.test".into(), silent)],
        refused: vec!["refused.test".into()],
        ..Resolution::default()
    })
    .await;
    lab.blocked("www.broken.test", Code::DnsServfail).await;
    lab.blocked("www.refused.test", Code::DnsRefused).await;
    lab.settings.lookup_timeout = Duration::from_millis(1_500);
    let seen = lab.blocked("www.silent.test", Code::DnsTimeout).await;
    assert!(seen.contains("does not answer"), "{seen}");
}

#[tokio::test]
async fn a_resolver_that_does_not_work_is_not_blamed_on_the_domain() {
    let (_socket, silent) = deaf().await;
    let mut lab = Lab::with("").await;
    lab.settings.resolvers = Some(Vec::new());
    assert_eq!(lab.blocked("a.test", Code::ResolverUnavailable).await, "no resolver is configured");
    lab.settings.lookup_timeout = Duration::from_millis(200);
    lab.settings.resolvers = Some(vec![silent]);
    let seen = lab.blocked("a.test", Code::ResolverUnavailable).await;
    assert!(seen.contains("also for the root zone"), "{seen}");
    // A server that refuses the root as well refuses us, not the name.
    lab.settings.resolvers = Some(vec![lab.knot.address()]);
    lab.blocked("a.elsewhere", Code::ResolverUnavailable).await;
}

#[tokio::test]
async fn a_second_resolver_helps_out() {
    let (_socket, silent) = deaf().await;
    let mut lab = Lab::with("a A 127.0.0.1").await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings = Settings {
        resolvers: Some(vec![silent, lab.knot.address()]),
        lookup_timeout: Duration::from_secs(2),
        http_port: web.port,
        ..lab.settings
    };
    lab.clean("a.test").await;
}

#[tokio::test]
async fn answers_that_cannot_be_read_are_named() {
    let mut lab = Lab::with("").await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    lab.settings.resolvers = Some(vec![socket.local_addr().unwrap()]);
    let garble = tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((_, from)) = socket.recv_from(&mut buffer).await {
            let _ = socket.send_to(&[&buffer[..2], b"nonsense"].concat(), from).await;
        }
    });
    let seen = lab.blocked("a.test", Code::DnsBadAnswer).await;
    assert!(seen.contains("cannot be read"), "{seen}");
    garble.abort();
}

#[tokio::test]
async fn the_whole_check_ends_in_time() {
    let (_socket, silent) = deaf().await;
    let mut lab = Lab::with("").await;
    lab.settings.resolvers = Some(vec![silent]);
    lab.settings.name_timeout = Duration::from_millis(100);
    lab.blocked("a.test", Code::CheckTimedOut).await;
}

#[tokio::test]
async fn a_long_answer_comes_over_tcp() {
    let addresses: String = (1..=200).map(|last| format!("many A 127.9.9.{last}\n")).collect();
    let mut lab = Lab::with(&addresses).await;
    lab.settings.address_limit = 1;
    let seen = lab.check("many.test").await;
    assert!(crate::lab::evidence(&seen, Code::AddressNotChecked).contains("1 of 200"), "{seen:?}");
}

#[tokio::test]
async fn dnssec_is_judged_by_the_resolver() {
    let root = Zone::new("", "test NS ns.dns.rig.");
    let zones = [
        root,
        Zone::new("test", ""),
        Zone::signed("good.test", "www A 127.0.0.1"),
        Zone::signed("bogus.test", "www A 127.0.0.1"),
    ];
    let mut lab = Lab::start(&zones).await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    // What the registrar has for bogus.test is another zone's key.
    let good = lab.knot.ds("good.test").unwrap();
    let bogus = good.replace("good.test", "bogus.test");
    let zones = ["test", "good.test", "bogus.test"].map(|zone| at(&lab, zone)).to_vec();
    lab.resolve(Resolution { zones, anchors: vec![good, bogus], ..Resolution::default() }).await;
    lab.clean("www.good.test").await;
    let seen = lab.blocked("www.bogus.test", Code::DnssecBogus).await;
    assert!(seen.contains("the resolver says: error"), "{seen}");
    // A second resolver that does not look does not make it better.
    let knot = lab.knot.address();
    lab.settings.resolvers.iter_mut().for_each(|resolvers| resolvers.push(knot));
    lab.blocked("www.bogus.test", Code::DnssecBogus).await;
}

#[tokio::test]
async fn a_resolver_that_does_not_validate_is_noticed_where_it_matters() {
    let ds = "12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let records = format!("good NS ns.dns.rig.\ngood DS {ds}\nplain A 127.0.0.1");
    let zones = [Zone::new("test", &records), Zone::new("good.test", "www A 127.0.0.1")];
    let mut lab = resolving(&zones, |lab| Resolution {
        zones: vec![at(lab, "test"), at(lab, "good.test")],
        ..Resolution::default()
    })
    .await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    let seen = lab.warned("www.good.test", Code::DnssecNotChecked).await;
    assert!(seen.starts_with("good.test has a DS record"), "{seen}");
    lab.clean("plain.test").await;
}
