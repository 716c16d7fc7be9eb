//! URLs that lead away from the certificate authority: another host, a private address, plain HTTP, a file. None is followed.

use crate::providers::{agreed, office};
use crate::world;
use engine::inventory::ImportFormat;
use engine::model::{RunScope, RunState};
use engine::store::{AddedProvider, OrderChoices};
use engine::{Engine, ErrorKind};
use rig::faults::{Fault as ProxyFault, Proxy};
use std::fmt::Write;
use std::net::TcpListener;
use testca::{Endpoint, Fault, Rule, TestCa};

/// Somewhere that nobody may be led to; it notices whoever comes.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("https://{}/x", self.0.local_addr().unwrap())
    }

    /// Assert that nobody has come: whoever connects is in the queue at once.
    fn assert_empty(&self, case: &str) {
        assert!(self.0.accept().is_err(), "{case}: somebody followed the URL");
    }

    /// Every place that a URL must not lead to; the test CA itself is at a loopback address, which is allowed for it.
    fn places(&self, ca: &TestCa) -> [(&'static str, String); 5] {
        let plain = ca.directory_url().replacen("https://", "http://", 1);
        [
            ("another host", self.url()),
            ("a private address", "https://10.0.0.1/x".into()),
            ("a cloud's metadata", "http://169.254.169.254/latest/meta-data/".into()),
            ("plain HTTP", plain),
            ("a file", "file:///etc/passwd".into()),
        ]
    }
}

fn own(id: &str, directory_url: &str) -> AddedProvider {
    let (name, root_pem) = ("Our CA".into(), None);
    AddedProvider { id: id.into(), name, directory_url: directory_url.into(), allow_private: false, root_pem }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_elsewhere_is_refused_when_it_is_added_and_when_it_is_changed() {
    let office = office(|ca| ca).await;
    let trap = Trap::set();
    let good = AddedProvider {
        allow_private: true,
        root_pem: Some(office.ca.tls_root_pem().to_owned()),
        ..own("ours", &office.ca.directory_url())
    };
    office.engine.add_provider(&good).await.unwrap();
    let local = trap.url().replace("127.0.0.1", "localhost");
    let cases = [
        ("a loopback address", trap.url(), "127.0.0.1 (loopback)"),
        ("a name that leads to one", local, "localhost is refused: it leads to "),
        ("a private address", "https://10.0.0.1/dir".into(), "10.0.0.1 (private)"),
        ("a cloud's metadata", "https://169.254.169.254/dir".into(), "169.254.169.254"),
        ("an IPv6 loopback address", "https://[::1]/dir".into(), "::1"),
        ("an IPv4 address in IPv6", "https://[::ffff:127.0.0.1]/dir".into(), "127.0.0.1"),
        ("plain HTTP", "http://ca.test/dir".into(), "must begin with https://"),
        ("a file", "file:///etc/passwd".into(), "must begin with https://"),
        ("a password in it", "https://a:b@ca.test/dir".into(), "is refused"),
    ];
    for (case, url, reason) in cases {
        for kind in ["add", "change"] {
            let refused = match kind {
                "add" => office.engine.add_provider(&own("evil", &url)).await.unwrap_err(),
                _ => office.engine.change_provider(&own("ours", &url)).await.unwrap_err(),
            };
            assert_eq!(refused.kind(), ErrorKind::Invalid, "{kind} {case}");
            assert!(refused.to_string().contains(reason), "{kind} {case}: {refused}");
        }
        trap.assert_empty(case);
    }
    assert_eq!(office.engine.added_provider("ours").await.unwrap(), good, "what is refused changes nothing");
    assert!(office.engine.added_provider("evil").await.is_err());
    let builtin = office.engine.change_provider(&own("letsencrypt", "https://ca.test/dir")).await.unwrap_err();
    assert!(builtin.to_string().contains("comes with AutoSSL"), "{builtin}");
    let configured = office.engine.change_provider(&own("ca", "https://ca.test/dir")).await.unwrap_err();
    assert!(configured.to_string().contains("in the configuration file"), "{configured}");

    let renamed = AddedProvider { name: "Renamed".into(), ..good };
    office.engine.change_provider(&renamed).await.unwrap();
    assert_eq!(office.engine.added_provider("ours").await.unwrap(), renamed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_of_the_directory_is_not_followed() {
    let trap = Trap::set();
    let dir = tempfile::tempdir().unwrap();
    let redirect = ProxyFault::status(302, "text/html", "over there").header("location", &trap.url());
    let proxy = Proxy::start(&dir.path().join("proxy"), redirect).await.unwrap();
    let provider = (proxy.directory_url(), proxy.tls_root_pem_path().to_owned());
    let engine = Engine::open(world::config(&dir, provider, None)).await.unwrap();
    let refused = engine.select_provider("ca", &agreed()).await.unwrap_err().to_string();
    assert!(refused.contains("is not an ACME directory"), "{refused}");
    trap.assert_empty("a redirect");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_whose_account_requests_lead_elsewhere_is_not_selected() {
    for (endpoint, place) in
        [(Endpoint::Directory, "newNonce"), (Endpoint::Directory, "newAccount"), (Endpoint::NewAccount, "location")]
    {
        let office = office(|ca| ca).await;
        let trap = Trap::set();
        for (what, url) in trap.places(&office.ca) {
            let case = format!("{place} at {what}");
            let rule = office.ca.faults().add(Rule::on(endpoint, Fault::altered(place, &url)).forever()).unwrap();
            let refused = office.select().await.unwrap_err();
            assert!(refused.to_string().contains("is refused: requests of this provider stay on"), "{case}: {refused}");
            office.ca.faults().remove(rule);
            trap.assert_empty(&case);
            assert_eq!(office.engine.current_provider().await.unwrap(), None, "{case}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_requests_do_not_follow_a_directory_that_leads_elsewhere() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    let trap = Trap::set();
    for (what, url) in trap.places(&office.ca) {
        office.ca.faults().add(Rule::on(Endpoint::Directory, Fault::altered("keyChange", &url))).unwrap();
        let refused = office.engine.change_account_key("ca").await.unwrap_err().to_string();
        assert!(refused.contains("is refused"), "{what}: {refused}");
        trap.assert_empty(what);
    }
}

/// So many users, each with a website.
fn users(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let domain = format!("site{number}.test");
        writeln!(text, "[[user]]\nname = 'u{number}'\n[[user.website]]\ndomain = '{domain}'\ndocument_root = '/srv'")
            .unwrap();
        text
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_urls_lead_elsewhere_is_not_followed_and_goes_on_when_they_are_right_again() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    let trap = Trap::set();
    let answers = [
        (Endpoint::Directory, "newOrder"),
        (Endpoint::NewOrder, "location"),
        (Endpoint::NewOrder, "authorizations"),
        (Endpoint::Authorization, "url"),
        (Endpoint::Order, "finalize"),
        (Endpoint::Finalize, "certificate"),
    ];
    let places = trap.places(&office.ca);
    let cases = answers.iter().flat_map(|answer| places.iter().map(move |place| (answer, place)));
    office.engine.import(&users(answers.len() * places.len()), ImportFormat::Toml).await.unwrap();
    for (number, ((endpoint, place), (what, url))) in cases.enumerate() {
        let case = format!("{place} at {what}");
        let scope = || RunScope::User(format!("u{number}"));
        office.ca.faults().add(Rule::on(*endpoint, Fault::altered(place, url)).forever()).unwrap();
        let led = world::run(&office.engine, scope()).await;
        office.ca.faults().clear();
        assert_eq!((led.state, led.counts.issued), (RunState::Failed, 0), "{case}");
        trap.assert_empty(&case);
        let log = world::log(&office.engine, &led).await;
        let told = log.iter().any(|line| match line.code.as_deref() {
            Some("ca_foreign_url") => line.contents.contains(url),
            // Such a URL is refused before anybody has to say where it leads.
            Some("ca_protocol") => *what == "a file",
            _ => false,
        });
        assert!(told, "{case}: {log:#?}");
        let healed = world::run(&office.engine, scope()).await;
        assert_eq!((healed.state, healed.counts.issued), (RunState::Succeeded, 1), "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alternate_chain_elsewhere_is_not_fetched_and_the_primary_stays() {
    let office = office(|ca| ca).await;
    office.select().await.unwrap();
    let choices = OrderChoices { preferred_chain: Some("No Such Root".into()), ..OrderChoices::default() };
    office.engine.set_order_choices("ca", &choices).await.unwrap();
    let trap = Trap::set();
    let places = trap.places(&office.ca);
    office.engine.import(&users(places.len()), ImportFormat::Toml).await.unwrap();
    for (number, (what, url)) in places.iter().enumerate() {
        office.ca.faults().clear();
        office.ca.faults().add(Rule::on(Endpoint::Certificate, Fault::altered("link", url)).forever()).unwrap();
        let run = world::run(&office.engine, RunScope::User(format!("u{number}"))).await;
        assert_eq!((run.state, run.counts.issued), (RunState::Succeeded, 1), "{what}");
        trap.assert_empty(what);
        let chain = office.dir.path().join(format!("data/certificates/site{number}.test/1/fullchain.pem"));
        assert_eq!(std::fs::read_to_string(chain).unwrap().matches("BEGIN CERTIFICATE").count(), 2, "{what}");
    }
    assert_eq!(office.ca.journal().orders_created(), 5);
}
