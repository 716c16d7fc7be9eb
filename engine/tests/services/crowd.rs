//! Twenty websites in every service at once, and clients that go on asking while all of them are renewed.

use crate::front::{Front, Ground, NOWHERE};
use crate::world::{apache_config, dovecot_config, exim_config, exim_settings, postfix_config};
use engine::config::{EngineConfig, NginxConfig, NginxWay, WebDiskConfig};
use engine::model::RunState;
use rig::{Apache, Dovecot, Exim, ImapSession, Nginx, Openssl, Postfix};
use std::net::SocketAddr;

const WEBSITES: usize = 20;
/// HTTPS requests while certificates are renewed.
const REQUESTS: usize = 10_000;

/// A server that runs everything.
struct Crowd {
    front: Front,
    names: Vec<String>,
    web: Apache,
    disk: Apache,
    nginx: Nginx,
    dovecot: Dovecot,
    exim: Exim,
    postfix: Postfix,
}

impl Crowd {
    async fn start() -> Self {
        let ground = Ground::new();
        let names: Vec<String> = (1..=WEBSITES).map(|number| format!("site{number:02}.test")).collect();
        let web = Apache::builder(ground.path("web")).start(&ground.binaries).await.expect("Apache");
        let disk = Apache::builder(ground.path("disk")).web_disk().start(&ground.binaries).await.expect("Web Disk");
        let nginx = Nginx::builder(ground.path("nginx")).challenge_backend(NOWHERE).start(&ground.binaries).await;
        let nginx = nginx.expect("nginx");
        let dovecot = Dovecot::start(&ground.binaries, &ground.path("dovecot")).await.expect("Dovecot");
        let (home, names_dir, settings) = (ground.path("exim"), ground.path("tls/exim/names"), exim_settings());
        let exim = Exim::start(&ground.binaries, &home, &names_dir, &settings).await.expect("Exim");
        let postfix = Postfix::start(&ground.binaries, &ground.path("postfix")).await.expect("Postfix");
        let change = |config: &mut EngineConfig| {
            config.apache = Some(apache_config(&web));
            config.services.web_disk =
                Some(WebDiskConfig { labels: vec!["webdisk".into()], apache: apache_config(&disk) });
            config.services.nginx = Some(NginxConfig {
                way: NginxWay::Blocks { listen: vec![nginx.https_address().to_string()], include: None },
                conf_dir: nginx.conf_dir(),
                test: nginx.test_command(),
                reload: nginx.reload_command(),
                pid_file: nginx.pid_file(),
                probe: nginx.https_address(),
            });
            config.services.dovecot = Some(dovecot_config(&dovecot));
            config.services.exim = Some(exim_config(&exim));
            config.services.postfix = Some(postfix_config(&postfix));
        };
        let sites: Vec<&str> = names.iter().map(String::as_str).collect();
        let front = ground.engine_with(&sites, &["www", "webdisk", "mail"], change).await;
        Self { front, names, web, disk, nginx, dovecot, exim, postfix }
    }

    /// Check with two clients what each protocol presents for a website, which is one certificate; return it.
    async fn assert_served(&self, website: &str) -> Vec<u8> {
        let (www, mail, webdisk) = (format!("www.{website}"), format!("mail.{website}"), format!("webdisk.{website}"));
        let own = self.front.assert_served(self.web.https_address(), website).await;
        for (door, name) in [
            (self.web.https_address(), &www),
            (self.nginx.https_address(), &www),
            (self.disk.https_address(), &webdisk),
        ] {
            assert_eq!(self.front.assert_served(door, name).await, own, "{name} at {door}");
        }
        let root = self.front.ground.path("issuer-root.pem");
        for door in [self.dovecot.imaps_address(), self.exim.smtps_address(), self.postfix.smtps_address()] {
            assert_eq!(rig::served_certificate(door, &mail).await.expect("handshake"), own, "{mail} at {door}");
            assert_eq!(Openssl::tls(door).verified(&mail, &root).await.expect("trusted"), own, "{mail} at {door}");
        }
        let starttls = [
            (self.dovecot.imap_address(), "imap"),
            (self.exim.smtp_address(), "smtp"),
            (self.postfix.smtp_address(), "smtp"),
        ];
        for (door, protocol) in starttls {
            let seen = Openssl::starttls(door, protocol).verified(&mail, &root).await.expect("trusted");
            assert_eq!(seen, own, "{mail} at {door} after STARTTLS");
        }
        own
    }

    async fn assert_all_served(&self) -> Vec<Vec<u8>> {
        let mut seen = Vec::new();
        for website in &self.names {
            let own = self.assert_served(website).await;
            assert!(!seen.contains(&own), "{website} has a certificate of its own");
            seen.push(own);
        }
        seen
    }

    async fn sessions(&self) -> Vec<ImapSession> {
        let mut sessions = Vec::new();
        for website in &self.names[..3] {
            let (name, door): (String, SocketAddr) = (format!("mail.{website}"), self.dovecot.imaps_address());
            sessions.push(ImapSession::log_in(door, &name, "alice").await.expect("a session"));
        }
        sessions
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_websites_are_served_by_every_protocol_and_renewed_under_load_without_an_error() {
    let crowd = Crowd::start().await;
    let run = crowd.front.run().await;
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 20), "{:#?}", crowd.front.log(&run).await);
    let before = crowd.assert_all_served().await;
    let mut sessions = crowd.sessions().await;

    let sites: Vec<&str> = crowd.names.iter().map(String::as_str).collect();
    let half = REQUESTS / 2;
    let loads = [crowd.web.https_address(), crowd.nginx.https_address()].map(|at| crowd.front.load(at, &sites, half));
    let mut renewals = 0;
    while loads.iter().any(|load| load.sent() < half) {
        let run = crowd.front.renew().await;
        assert_eq!(run.counts.served, 20, "{:#?}", crowd.front.log(&run).await);
        renewals += 1;
    }
    for load in loads {
        assert!(load.end().await >= half);
    }
    println!("{REQUESTS} requests during {renewals} renewals of {WEBSITES} websites");
    for session in &mut sessions {
        session.noop().await.expect("no session was ended");
    }
    assert!(crowd.assert_all_served().await.iter().all(|own| !before.contains(own)), "all were renewed");
}
