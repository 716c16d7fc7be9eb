//! Which addresses a name has, and what each of them serves.

use std::collections::BTreeMap;

use engine::dcv::{Code, Method};

use crate::{
    lab::{Lab, evidence},
    web::{Behaviour, Web},
};
use rig::Zone;

#[tokio::test]
async fn a_name_that_is_here_passes_with_nothing_to_say() {
    let mut lab = Lab::with("a A 127.0.0.1\nb CNAME a\nboth A 127.0.0.1\nboth AAAA ::1").await;
    let web = Web::start(&[("127.0.0.1", lab.board.served()), ("::1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    lab.clean("a.test").await;
    lab.clean("b.test").await;
    lab.clean("both.test").await;
    lab.settings.own_addresses = vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    lab.clean("both.test").await;
}

#[tokio::test]
async fn a_public_ca_cannot_reach_private_addresses() {
    let records = "shop A 10.0.0.1\nshop A 127.0.0.1\nboth A 10.0.0.1\nboth A 8.8.8.8\nnat A 8.8.8.8";
    let mut lab = Lab::start(&[Zone::new("com", records)]).await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    lab.settings.allow_private = false;
    lab.settings.mapped_addresses = BTreeMap::from([("8.8.8.8".parse().unwrap(), "127.0.0.1".parse().unwrap())]);
    let seen = lab.blocked("shop.com", Code::AddressPrivate).await;
    assert!(seen.contains("10.0.0.1 (private)") && seen.contains("127.0.0.1 (loopback)"), "{seen}");
    lab.warned("both.com", Code::AddressPrivateSome).await;
    // A name at the router's address is ours, and is fetched from inside.
    lab.clean("nat.com").await;
}

#[tokio::test]
async fn another_servers_address_explains_a_failure_and_blocks_nothing_by_itself() {
    let mut lab = Lab::with("proxied A 127.0.0.2\nmoved A 127.0.0.3\nmixed A 127.0.0.2\nmixed A 127.0.0.1").await;
    let gone = Behaviour::status(404, &[("server", "cloudflare"), ("cf-ray", "abc")], "");
    let served = lab.board.served();
    let web = Web::start(&[("127.0.0.1", served.clone()), ("127.0.0.2", served), ("127.0.0.3", gone)]).await;
    lab.settings.http_port = web.port;
    lab.settings.own_addresses = vec!["127.0.0.1".parse().unwrap()];
    let seen = lab.warned("proxied.test", Code::AddressElsewhere).await;
    assert_eq!(seen, "not ours: 127.0.0.2; this server has 127.0.0.1");
    lab.warned("mixed.test", Code::AddressPartlyElsewhere).await;
    let verdict = lab.check("moved.test").await;
    assert_eq!(verdict.reason().unwrap().code, Code::HttpNotFound);
    assert!(evidence(&verdict, Code::ProxyInFront).contains("Cloudflare"), "{verdict:?}");
    evidence(&verdict, Code::AddressElsewhere);
}

#[tokio::test]
async fn one_address_that_fails_beside_a_good_one_blocks() {
    let mut lab = Lab::with("robin A 127.0.0.1\nrobin A 127.0.0.2").await;
    let other = Behaviour::status(200, &[("content-type", "text/html")], "<html>parked</html>");
    let web = Web::start(&[("127.0.0.1", lab.board.served()), ("127.0.0.2", other)]).await;
    lab.settings.http_port = web.port;
    let seen = lab.blocked("robin.test", Code::AddressDisagree).await;
    assert!(seen.contains("127.0.0.2") && seen.contains("http_page_instead") && !seen.contains("127.0.0.1"), "{seen}");
}

#[tokio::test]
async fn a_stale_ipv6_address_blocks_although_ipv4_works() {
    let mut lab = Lab::with("stale A 127.0.0.1\nstale AAAA ::1").await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    let seen = lab.blocked("stale.test", Code::Ipv6Unreachable).await;
    assert!(seen.contains("connect_refused"), "{seen}");
    let other = Behaviour::status(404, &[], "");
    let web = Web::start(&[("127.0.0.1", lab.board.served()), ("::1", other)]).await;
    lab.settings.http_port = web.port;
    let verdict = lab.check("stale.test").await;
    assert_eq!(verdict.method, Method::None);
    assert!(evidence(&verdict, Code::Ipv6Differs).contains("::1"), "{verdict:?}");
}

#[tokio::test]
async fn addresses_beyond_the_limit_are_told() {
    let mut lab = Lab::with("many A 127.0.0.1\nmany A 127.0.0.2\nmany A 127.0.0.3").await;
    let servers = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map(|address| (address, lab.board.served()));
    let web = Web::start(&servers).await;
    lab.settings.http_port = web.port;
    lab.settings.address_limit = 2;
    assert_eq!(lab.warned("many.test", Code::AddressNotChecked).await, "2 of 3 addresses checked");
}

#[tokio::test]
async fn a_name_that_is_an_address_needs_no_dns_and_no_caa_record() {
    // The zone's server is asked nothing, and the CA would be forbidden by every record.
    let mut lab = Lab::with("a A 127.0.0.1\n@ CAA 0 issue \";\"").await;
    let web = Web::start(&[("127.0.0.1", lab.board.served()), ("::1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    lab.settings.resolvers = Some(vec!["127.0.0.1:1".parse().unwrap()]);
    lab.clean("127.0.0.1").await;
    lab.clean("::1").await;
    lab.settings.own_addresses = vec!["127.0.0.1".parse().unwrap()];
    lab.clean("127.0.0.1").await;
    lab.settings.allow_private = false;
    lab.blocked("127.0.0.1", Code::AddressPrivate).await;
}

#[tokio::test]
async fn an_address_of_another_server_fails_by_what_it_answers() {
    let mut lab = Lab::with("a A 127.0.0.1").await;
    let web = Web::start(&[("127.0.0.2", Behaviour::status(404, &[], ""))]).await;
    lab.settings.http_port = web.port;
    lab.settings.own_addresses = vec!["127.0.0.1".parse().unwrap()];
    let seen = lab.blocked("127.0.0.2", Code::HttpNotFound).await;
    assert!(seen.starts_with("http://127.0.0.2/.well-known/acme-challenge/"), "{seen}");
    evidence(&lab.check("127.0.0.2").await, Code::AddressElsewhere);
    lab.blocked("127.0.0.3", Code::ConnectRefused).await;
}
