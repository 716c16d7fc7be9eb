//! Certificates that AutoSSL did not install: left alone, or replaced where the options allow it.

use crate::world::{self, Plan, World};
use engine::inventory::ImportFormat;
use engine::model::{Coverage, LogRecord, QueueQuery, QueueRow, RunScope, RunState, RunSummary, WebsiteRow};
use engine::{Confirmation, Engine};
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rig::Website;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

/// A certificate that somebody else installed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Domain validated, with so many days left.
    Domain(i64),
    /// Organization validated, with so many days left.
    Organization(i64),
    /// Extended validation, with so many days left.
    Extended(i64),
    /// Signed by its own key.
    SelfSigned,
    /// A path where nothing is.
    Missing,
}

/// A server on which others have installed certificates, and an engine that trusts their authority.
struct Others {
    world: World,
    engine: Engine,
}

impl Others {
    /// Start with one user and website each; the website's name is the user's with `.test`.
    async fn start(users: &[(&str, Kind)]) -> Self {
        Self::start_limited(users, None).await
    }

    /// As [`Others::start`], with a limit of the provider's orders.
    async fn start_limited(users: &[(&str, Kind)], new_orders: Option<&str>) -> Self {
        let named: Vec<String> = users.iter().map(|(user, _)| format!("{user}.test")).collect();
        let plan = users
            .iter()
            .zip(&named)
            .fold(Plan::new(), |plan, ((user, _), name)| plan.user(user, &[name], Website::new(name.clone())));
        let world = plan.start(&named.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let ca = Ca::new();
        let root = world.dir.path().join("other-root.pem");
        fs::write(&root, &ca.pem).unwrap();
        let provider = (world.pebble.directory_url(), world.pebble.tls_root_pem_path().to_owned());
        let mut config = world::config(&world.dir, provider, Some(&world.apache));
        config.acme.trusted_roots.push(root);
        config.providers[0].limits =
            new_orders.map(|rate| ("new_orders".to_owned(), rate.to_owned())).into_iter().collect();
        let engine = Engine::open_at(config, world.clock.clone()).await.unwrap();
        let this = Self { world, engine };
        for (user, kind) in users {
            this.write(&ca, user, *kind);
        }
        this.configure(
            "zz",
            &users.iter().filter(|(_, kind)| *kind != Kind::Missing).map(|(user, _)| *user).collect::<Vec<_>>(),
        );
        this.import(&users.iter().map(|(user, _)| *user).collect::<Vec<_>>()).await;
        this
    }

    fn path(&self, user: &str, ending: &str) -> String {
        self.world.dir.path().join(format!("{user}.{ending}")).to_string_lossy().into_owned()
    }

    fn write(&self, ca: &Ca, user: &str, kind: Kind) {
        if let Some((certificate, key)) = ca.issue(&format!("{user}.test"), kind) {
            fs::write(self.path(user, "pem"), certificate).unwrap();
            fs::write(self.path(user, "key"), key).unwrap();
        }
    }

    /// Let Apache present these users' certificates; virtual hosts of files that sort first win.
    fn configure(&self, prefix: &str, users: &[&str]) {
        let mut text = String::new();
        for user in users {
            let _ = writeln!(
                text,
                "<VirtualHost {}>\nServerName {user}.test\nSSLEngine on\nSSLCertificateFile {}\nSSLCertificateKeyFile {}\n</VirtualHost>",
                self.world.apache.https_address(),
                self.path(user, "pem"),
                self.path(user, "key"),
            );
        }
        fs::write(self.world.apache.vhost_dir().join(format!("{prefix}-others.conf")), text).unwrap();
        let command = self.world.apache.graceful_command();
        assert!(Command::new(&command[0]).args(&command[1..]).status().unwrap().success());
    }

    /// Tell AutoSSL which certificates the websites are configured with.
    async fn import(&self, users: &[&str]) {
        let mut text = String::new();
        for user in users {
            let root = self.world.apache.document_root(&format!("{user}.test"));
            let _ = writeln!(
                text,
                "[[user]]\nname = {user:?}\n[[user.website]]\ndomain = \"{user}.test\"\ndocument_root = {root:?}\n\
                 certificate = {:?}\nkey = {:?}",
                self.path(user, "pem"),
                self.path(user, "key"),
            );
        }
        self.engine.import(&text, ImportFormat::Toml).await.unwrap();
    }

    async fn set(&self, key: &str, value: &str) {
        self.engine.set_option(key, value, Confirmation::Given, "test").await.unwrap();
    }

    async fn run(&self) -> (RunSummary, Vec<LogRecord>) {
        let run = world::run(&self.engine, RunScope::AllUsers).await;
        let log = world::log(&self.engine, &run).await;
        (run, log)
    }

    /// Import users whose websites are not configured with a certificate.
    async fn import_bare(&self, users: &[&str]) {
        for user in users {
            let root = self.world.apache.document_root(&format!("{user}.test"));
            let text = format!(
                "[[user]]\nname = {user:?}\n[[user.website]]\ndomain = \"{user}.test\"\ndocument_root = {root:?}\n"
            );
            self.engine.import(&text, ImportFormat::Toml).await.unwrap();
        }
    }

    async fn queue(&self) -> Vec<QueueRow> {
        self.engine.queue(&QueueQuery::default()).await.unwrap().rows
    }

    async fn website(&self, user: &str) -> WebsiteRow {
        self.engine.user(user).await.unwrap().websites.remove(0)
    }

    fn orders(&self) -> usize {
        self.world.pebble.orders_created().unwrap()
    }
}

/// An authority that has nothing to do with the provider.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Ca {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Other CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    fn issue(&self, name: &str, kind: Kind) -> Option<(String, String)> {
        let (days, policy): (i64, &[u8]) = match kind {
            Kind::Domain(days) => (days, &[0x67, 0x81, 0x0c, 0x01, 0x02, 0x01]),
            Kind::Organization(days) => (days, &[0x67, 0x81, 0x0c, 0x01, 0x02, 0x02]),
            Kind::Extended(days) => (days, &[0x67, 0x81, 0x0c, 0x01, 0x01]),
            Kind::SelfSigned => (90, &[0x67, 0x81, 0x0c, 0x01, 0x02, 0x01]),
            Kind::Missing => return None,
        };
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = in_days(days);
        let length = u8::try_from(policy.len()).unwrap();
        let policies = [&[0x30, length + 4, 0x30, length + 2, 0x06, length], policy].concat();
        params.custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 32], policies));
        let key = KeyPair::generate().unwrap();
        let certificate = match kind {
            Kind::SelfSigned => params.self_signed(&key).unwrap(),
            _ => params.signed_by(&key, &self.issuer).unwrap(),
        };
        Some((certificate.pem(), key.serialize_pem()))
    }
}

/// The midnight that begins the day after so many days.
fn in_days(days: i64) -> time::OffsetDateTime {
    let day = jiff::Timestamp::now().as_second().div_euclid(86_400) + days;
    time::OffsetDateTime::from_unix_timestamp(day * 86_400).unwrap()
}

fn line<'a>(log: &'a [LogRecord], user: &str, code: &str) -> &'a LogRecord {
    let found = log.iter().find(|line| line.user.as_deref() == Some(user) && line.code.as_deref() == Some(code));
    found.unwrap_or_else(|| panic!("no {code} of {user} in {log:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_others_are_left_alone_and_counted_and_the_log_says_why() {
    let others = Others::start(&[
        ("valid", Kind::Domain(40)),
        ("expired", Kind::Domain(-1)),
        ("own", Kind::SelfSigned),
        ("gone", Kind::Missing),
    ])
    .await;
    let before = others.world.served("expired.test").await;

    let (run, log) = others.run().await;

    assert_eq!((run.state, run.counts.kept, others.orders()), (RunState::Succeeded, 4, 0), "{log:#?}");
    assert_eq!(others.world.served("expired.test").await, before);
    let valid = others.website("valid").await;
    assert_eq!((valid.coverage, valid.issuer.as_deref()), (Coverage::Secured, Some("Other CA")));
    assert_eq!(valid.others.unwrap().words, "domain validated (DV)");
    let row = others.engine.user("valid").await.unwrap().row;
    assert_eq!((row.names_secured, row.names_total), (1, 1));
    assert!(line(&log, "valid", "foreign_left_alone").contents.contains("option replace-foreign"));
    let expired = others.website("expired").await;
    assert_eq!(expired.coverage, Coverage::Defective);
    let problem = expired.domains[0].problem.as_ref().unwrap();
    assert!(problem.code == "foreign_left_alone" && problem.detail.ends_with("the certificate has expired"));
    assert_eq!(others.website("own").await.coverage, Coverage::Defective);
    assert!(line(&log, "gone", "foreign_unreadable").contents.contains("No such file"), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_option_those_that_are_invalid_or_end_within_3_days_are_replaced_and_no_ev_or_ov() {
    let others = Others::start(&[
        ("valid", Kind::Domain(40)),
        ("expired", Kind::Domain(-1)),
        ("own", Kind::SelfSigned),
        ("ending", Kind::Domain(3)),
        ("later", Kind::Domain(5)),
        ("firm", Kind::Organization(2)),
        ("bank", Kind::Extended(-1)),
    ])
    .await;
    others.set("replace-foreign", "on").await;

    let (_, log) = others.run().await;

    assert_eq!(others.orders(), 3, "{log:#?}");
    for replaced in ["expired", "own", "ending"] {
        let website = others.website(replaced).await;
        assert_eq!((website.coverage, website.others), (Coverage::Secured, None), "{replaced}: {log:#?}");
        assert!(website.served_at.is_some(), "{replaced}");
        assert!(line(&log, replaced, "foreign_replaced").contents.contains("others"));
        assert_eq!(others.world.https_status(&format!("{replaced}.test")).await.unwrap(), 200);
    }
    for (kept, code) in [
        ("valid", "foreign_still_valid"),
        ("later", "foreign_still_valid"),
        ("firm", "foreign_vetted"),
        ("bank", "foreign_vetted"),
    ] {
        line(&log, kept, code);
        assert!(others.website(kept).await.others.is_some(), "{kept}");
    }
    let (again, log) = others.run().await;
    assert_eq!((again.counts.kept, others.orders()), (7, 3), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ev_and_ov_certificates_are_replaced_only_after_a_confirmation_of_their_own() {
    let others = Others::start(&[("firm", Kind::Organization(2)), ("bank", Kind::Extended(30))]).await;
    others.set("replace-foreign", "on").await;
    let refused = others.engine.set_option("replace-ev-ov", "on", Confirmation::Missing, "test").await.unwrap_err();
    assert!(refused.to_string().contains("has to be confirmed"), "{refused}");
    others.run().await;
    assert_eq!(others.orders(), 0);

    others.set("replace-ev-ov", "on").await;
    let (_, log) = others.run().await;

    assert_eq!(others.orders(), 1, "{log:#?}");
    assert!(others.website("firm").await.others.is_none());
    line(&log, "bank", "foreign_still_valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_apache_presents_decides_whose_certificate_is_in_place() {
    let others = Others::start(&[("alice", Kind::Missing), ("bob", Kind::Missing)]).await;
    others.import_bare(&["alice", "bob"]).await;
    others.run().await;
    assert_eq!(others.orders(), 2);

    // Both buy a certificate, but only alice's virtual host stands before AutoSSL's.
    let ca = Ca::new();
    for user in ["alice", "bob"] {
        others.write(&ca, user, Kind::Organization(40));
    }
    let own = others.world.served("alice.test").await;
    others.configure("aa", &["alice"]);
    others.configure("zz", &["bob"]);
    while others.world.served("alice.test").await == own {
        tokio::task::yield_now().await;
    }
    others.import(&["alice", "bob"]).await;
    let (run, log) = others.run().await;

    assert_eq!((run.counts.kept, others.orders()), (2, 2), "{log:#?}");
    assert_eq!(others.website("alice").await.issuer.as_deref(), Some("Other CA"));
    let bob = others.website("bob").await;
    assert!(bob.others.is_none() && bob.coverage == Coverage::Secured, "{bob:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_gives_way_to_a_certificate_that_others_install() {
    let users = [("alice", Kind::Missing), ("bob", Kind::Missing), ("carol", Kind::Missing)];
    let others = Others::start_limited(&users, Some("2/3h")).await;
    others.import_bare(&["alice", "bob", "carol"]).await;
    others.run().await;
    let (waiting, orders) = (others.queue().await, others.orders());
    assert!(!waiting.is_empty(), "the limit lets two orders through at most");

    let user = waiting[0].user.as_str();
    others.write(&Ca::new(), user, Kind::Domain(40));
    others.import(&[user]).await;
    let (_, log) = others.run().await;

    line(&log, user, "foreign_installed");
    line(&log, user, "foreign_left_alone");
    assert!(!others.queue().await.iter().any(|row| row.user == user), "the job is over");
    assert_eq!(others.orders(), orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_says_what_would_become_of_certificates_of_others() {
    let others = Others::start(&[("expired", Kind::Domain(-1)), ("gone", Kind::Missing)]).await;
    let off = others.engine.plan(&RunScope::AllUsers).await.unwrap().text();
    assert!(off.contains("may not replace such") && off.contains("No such file"), "{off}");
    others.set("replace-foreign", "on").await;
    let on = others.engine.plan(&RunScope::AllUsers).await.unwrap().text();
    assert!(on.contains("another's certificate may be replaced: the certificate has expired"), "{on}");
    assert_eq!(others.orders(), 0);
}
