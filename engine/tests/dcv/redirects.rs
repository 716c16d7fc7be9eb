//! Redirects: the good ones are followed as CAs do, the bad ones have a reason each.

use std::collections::BTreeMap;

use engine::dcv::Code;

use crate::{
    lab::Lab,
    web::{Behaviour, Web, reply},
};
use rig::Zone;

/// The website `a.test` at 127.0.0.1, `b.test` at 127.0.0.2, one port for both.
async fn two_hosts(a: impl FnOnce(&Lab) -> Behaviour, b: impl FnOnce(&Lab) -> Behaviour) -> (Lab, Web) {
    let mut lab = Lab::with("a A 127.0.0.1\nb A 127.0.0.2\nbare TXT x").await;
    let web = Web::start(&[("127.0.0.1", a(&lab)), ("127.0.0.2", b(&lab))]).await;
    lab.settings.http_port = web.port;
    (lab, web)
}

async fn refused(behaviour: Behaviour, code: Code) -> String {
    let (lab, _web) = two_hosts(|_| behaviour, Lab::served).await;
    lab.blocked("a.test", code).await
}

impl Lab {
    fn served(&self) -> Behaviour {
        self.board.served()
    }
}

/// Redirect to the same path at another origin.
fn to(origin: &'static str) -> Behaviour {
    Behaviour::http(move |request| reply(302, &[("location", &format!("{origin}{}", request.uri().path()))], ""))
}

#[tokio::test]
async fn redirects_are_followed_to_other_hosts_and_to_https_with_any_certificate() {
    let (mut lab, _web) = two_hosts(|_| to("http://b.test"), Lab::served).await;
    lab.clean("a.test").await;
    let tls = Web::start(&[("127.0.0.1", lab.served().in_tls()), ("127.0.0.2", lab.served().in_tls())]).await;
    lab.settings.https_port = tls.port;
    for location in ["https://b.test", "https://a.test:443"] {
        let web = Web::start(&[("127.0.0.1", to(location))]).await;
        lab.settings.http_port = web.port;
        lab.clean("a.test").await;
    }
}

#[tokio::test]
async fn redirects_that_cas_do_not_follow_are_refused() {
    for (location, code) in [
        ("http://", Code::RedirectBadUrl),
        ("ftp://b.test/x", Code::RedirectBadScheme),
        ("http://b.test:8080/x", Code::RedirectBadPort),
        ("http://127.0.0.2/x", Code::RedirectBadHost),
        ("http://localhost/x", Code::RedirectBadHost),
    ] {
        let seen = refused(Behaviour::redirect(location), code).await;
        assert!(seen.contains(location), "{seen}");
    }
    refused(Behaviour::status(303, &[("location", "/x")], ""), Code::RedirectStatusRefused).await;
    refused(Behaviour::status(302, &[], ""), Code::RedirectBadUrl).await;
}

#[tokio::test]
async fn redirects_that_do_not_end_are_noticed() {
    let (lab, _web) = two_hosts(|_| to("http://b.test"), |_| to("http://a.test")).await;
    let seen = lab.blocked("a.test", Code::RedirectLoop).await;
    assert!(seen.contains("http://b.test/.well-known/acme-challenge/… at 127.0.0.2: 302"), "{seen}");
    let longer = || Behaviour::http(|request| reply(301, &[("location", &format!("{}x", request.uri().path()))], ""));
    refused(longer(), Code::RedirectTooMany).await;
    let (mut lab, _web) = two_hosts(|_| to("http://b.test"), Lab::served).await;
    lab.settings.redirect_limit = 1;
    lab.clean("a.test").await;
    lab.settings.redirect_limit = 0;
    lab.blocked("a.test", Code::RedirectTooMany).await;
}

#[tokio::test]
async fn a_redirect_to_a_host_that_fails_names_the_hop() {
    let (lab, _web) = two_hosts(|_| to("http://b.test"), |_| Behaviour::status(404, &[], "")).await;
    let seen = lab.blocked("a.test", Code::RedirectTargetFailed).await;
    assert!(seen.contains("at 127.0.0.1: 302 → http://b.test/"), "{seen}");
    assert!(seen.contains("b.test: http_not_found"), "{seen}");
    let (lab, _web) = two_hosts(|_| to("http://bare.test"), Lab::served).await;
    lab.blocked("a.test", Code::RedirectTargetUnresolved).await;
    let seen = refused(to("http://gone.test"), Code::RedirectTargetUnresolved).await;
    assert!(seen.contains("gone.test"), "{seen}");
}

#[tokio::test]
async fn a_redirect_to_https_needs_tls_there() {
    let (mut lab, web) = two_hosts(|_| to("https://b.test"), Lab::served).await;
    // Plain HTTP where TLS is wanted.
    lab.settings.https_port = web.port;
    lab.blocked("a.test", Code::RedirectTlsFailed).await;
}

#[tokio::test]
async fn a_redirect_is_no_way_into_the_servers_own_network() {
    let mut lab = Lab::start(&[Zone::new("com", "shop A 8.8.8.8\ninside A 127.0.0.2\nmeta A 169.254.169.254")]).await;
    let secret = Behaviour::status(200, &[], "secret");
    let web = Web::start(&[("127.0.0.1", to("http://inside.com")), ("127.0.0.2", secret)]).await;
    lab.settings.http_port = web.port;
    lab.settings.allow_private = false;
    lab.settings.mapped_addresses = BTreeMap::from([("8.8.8.8".parse().unwrap(), "127.0.0.1".parse().unwrap())]);
    let seen = lab.blocked("shop.com", Code::RedirectTargetPrivate).await;
    assert!(seen.contains("inside.com is at 127.0.0.2") && !seen.contains("secret"), "{seen}");
}
