//! Websites as Apache's configuration has them, brought up to date by each run of all users.

use crate::world::{self, Plan, World};
use engine::config::{CertificatesPer, EngineConfig, InventoryConfig, ScheduleConfig};
use engine::inventory::apache::DiscoveryConfig;
use engine::inventory::{ImportFormat, Intent, Loss};
use engine::model::{InventorySource, LogRecord, LogType, RunScope, RunSummary};
use engine::{Engine, EngineError};
use rig::Website;
use std::fs;
use std::process::Command;

/// A server whose Apache has `alice.test` and `bob.test`, and nothing is imported.
struct Hosted {
    world: World,
    engine: Engine,
    config: EngineConfig,
    /// The account that owns all document roots.
    owner: String,
}

impl Hosted {
    async fn start() -> Self {
        let names = ["alice.test", "www.alice.test", "mail.alice.test", "bob.test", "new.test"];
        let plan = Plan::new().pebble(|pebble| pebble.nonce_reject(0));
        let plan = plan.website(Website::new("alice.test").alias("www.alice.test")).website(Website::new("bob.test"));
        let world = plan.start(&names).await;
        let provider = (world.pebble.directory_url(), world.pebble.tls_root_pem_path().to_owned());
        let mut config = world::config(&world.dir, provider, Some(&world.apache));
        let command = world.apache.test_command().into_iter().filter(|word| word != "-t").collect();
        config.inventory = InventoryConfig::Apache(DiscoveryConfig {
            command,
            own_vhost_dir: Some(world.apache.vhost_dir().to_owned()),
            first_user_id: 0,
            ..DiscoveryConfig::default()
        });
        config.schedule = ScheduleConfig { after_changes: true, ..ScheduleConfig::default() };
        // The virtual hosts that answer for unknown names.
        config.exclude = vec!["*.invalid".into()];
        let engine = Engine::open_at(config.clone(), world.clock.clone()).await.unwrap();
        let owner = Command::new("id").arg("-un").output().unwrap().stdout;
        Self { world, engine, config, owner: String::from_utf8(owner).unwrap().trim().to_owned() }
    }

    /// Start the engine anew, otherwise configured.
    async fn with(self, change: impl FnOnce(&mut EngineConfig)) -> Self {
        let mut config = self.config.clone();
        change(&mut config);
        let engine = Engine::open_at(config.clone(), self.world.clock.clone()).await.unwrap();
        Self { engine, config, ..self }
    }

    /// Replace words of Apache's configuration, and let Apache read it.
    async fn reconfigure(&self, pairs: &[(&str, &str)]) {
        let path = self.world.apache.config_path();
        let mut text = fs::read_to_string(&path).unwrap();
        for (old, new) in pairs {
            assert!(text.contains(old), "{old} in {text}");
            text = text.replace(old, new);
        }
        // In one step: Apache may still be reading it for the last time.
        let whole = path.with_extension("new");
        fs::write(&whole, text).unwrap();
        fs::rename(&whole, &path).unwrap();
        let command = self.world.apache.graceful_command();
        assert!(Command::new(&command[0]).args(&command[1..]).status().unwrap().success());
    }

    /// Add a virtual host like another one, for another name.
    async fn copy_vhost(&self, like: &str, name: &str) {
        let text = fs::read_to_string(self.world.apache.config_path()).unwrap();
        let mut vhosts = text.split_inclusive("</VirtualHost>\n");
        let vhost = vhosts.find(|vhost| vhost.contains(&format!("ServerName {like}\n"))).unwrap();
        let copy = vhost.replace(&format!("ServerName {like}\n"), &format!("ServerName {name}\n"));
        self.reconfigure(&[(vhost, &format!("{vhost}{copy}"))]).await;
    }

    async fn run(&self) -> (RunSummary, Vec<LogRecord>) {
        let run = world::run(&self.engine, RunScope::AllUsers).await;
        let log = world::log(&self.engine, &run).await;
        (run, log)
    }

    /// The websites as `domain alias…`, in order.
    async fn websites(&self) -> Vec<String> {
        let websites = self.engine.websites(None).await.unwrap().into_iter();
        let line = |owned: engine::store::OwnedWebsite| {
            assert_eq!((owned.user.as_str(), owned.website.source), (self.owner.as_str(), InventorySource::Apache));
            [vec![owned.website.domain], owned.website.aliases].concat().join(" ")
        };
        websites.map(line).collect()
    }
}

fn sentences<'a>(log: &'a [LogRecord], code: &str) -> Vec<&'a str> {
    let said = log.iter().filter(|record| record.code.as_deref() == Some(code));
    said.map(|record| record.contents.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_apache_serves_is_secured_and_followed_as_it_changes() {
    let hosted = Hosted::start().await;
    let owner = &hosted.owner;

    let (run, log) = hosted.run().await;
    assert_eq!((run.counts.issued, run.counts.served), (2, 2), "{log:#?}");
    assert_eq!(
        sentences(&log, "inventory_added"),
        [
            format!("Added alice.test ({owner}) with www.alice.test."),
            format!("Added bob.test ({owner})."),
            format!("Added default.invalid ({owner}).")
        ]
    );
    hosted.engine.exclude(owner, &["bob.test".into()]).await.unwrap();
    hosted.reconfigure(&[("ServerAlias www.alice.test", "ServerAlias mail.alice.test")]).await;
    hosted.copy_vhost("bob.test", "new.test").await;

    let (run, log) = hosted.run().await;
    assert_eq!(sentences(&log, "inventory_added"), [format!("Added new.test ({owner}).")]);
    assert_eq!(
        sentences(&log, "inventory_changed"),
        [format!("Changed alice.test ({owner}): with mail.alice.test; without www.alice.test.")]
    );
    assert_eq!(run.counts.issued, 2, "{log:#?}");
    assert_eq!(hosted.world.https_status("mail.alice.test").await.unwrap(), 200);
    let websites = hosted.engine.websites(Some(owner)).await.unwrap();
    let configured = websites.iter().filter(|owned| owned.website.configured_certificate.is_some());
    let configured: Vec<&str> = configured.map(|owned| owned.website.domain.as_str()).collect();
    assert_eq!(configured, ["default.invalid"], "what AutoSSL wrote is not the administrator's");
    let detail = hosted.engine.user(owner).await.unwrap();
    let bob = detail.websites.iter().find(|website| website.domain == "bob.test").unwrap();
    assert_eq!(bob.domains[0].state, engine::model::DomainState::Excluded, "what people decided stays");

    hosted.reconfigure(&[("ServerName bob.test", "ServerName bob-is-gone.invalid")]).await;
    let (_, log) = hosted.run().await;
    assert_eq!(sentences(&log, "inventory_vanished"), [format!("Vanished: bob.test ({owner}).")]);
    let own = hosted.world.apache.vhost_dir();
    assert!(own.join("bob.test.conf").exists() && hosted.world.apache.is_alive(), "what it serves is left alone");
    let (_, log) = hosted.run().await;
    assert_eq!(sentences(&log, "inventory_vanished").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sudden_loss_is_refused_and_the_run_goes_on() {
    let hosted = Hosted::start().await;
    hosted.run().await;
    let before = hosted.websites().await;
    hosted
        .reconfigure(&[("ServerName alice.test", "ServerName no_name.test"), ("ServerAlias www.alice.test", "")])
        .await;
    hosted.reconfigure(&[("ServerName bob.test", "ServerName no_name_2.test")]).await;

    let (run, log) = hosted.run().await;
    assert_eq!(
        sentences(&log, "inventory_loss_refused"),
        ["The inventory stays as it was: 2 of 3 websites vanished at once, more than 50 %: nothing was changed."]
    );
    assert!(log.iter().any(|record| record.kind == LogType::Warn));
    assert_eq!((run.counts.websites, run.counts.kept, run.counts.failed), (3, 3, 0), "{log:#?}");
    assert_eq!(hosted.websites().await, before);

    let refused = hosted.engine.sync_inventory(Loss::Guarded, Intent::Apply).await.unwrap_err();
    assert!(matches!(refused, EngineError::Loss(_)), "{refused}");
    let seen = hosted.engine.sync_inventory(Loss::Confirmed, Intent::Look).await.unwrap().unwrap();
    assert_eq!(seen.changes.vanished.len(), 2);
    assert_eq!(hosted.websites().await, before, "looking changes nothing");
    hosted.engine.sync_inventory(Loss::Confirmed, Intent::Apply).await.unwrap();
    assert_eq!(hosted.websites().await, ["default.invalid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apache_that_cannot_be_asked_does_not_stop_a_run() {
    let hosted = Hosted::start().await;
    hosted.run().await;
    let before = hosted.websites().await;
    let path = hosted.world.apache.config_path();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\n<VirtualHost")).unwrap();

    let (run, log) = hosted.run().await;
    let said = sentences(&log, "inventory_unreadable");
    assert!(said.len() == 1 && said[0].starts_with("The inventory stays as it was: command "), "{log:#?}");
    assert_eq!((run.counts.kept, run.counts.failed), (3, 0));
    assert_eq!(hosted.websites().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_apache_manages_is_changed_there() {
    let hosted = Hosted::start().await;
    hosted.engine.sync_inventory(Loss::Guarded, Intent::Apply).await.unwrap();
    let (engine, owner) = (&hosted.engine, hosted.owner.as_str());
    let managed = " is managed by Apache's configuration: change it there";
    for (done, object) in [
        (engine.add_website(owner, "more.test", &[], "").await, "the list of websites"),
        (engine.add_alias("alice.test", "more.test").await, "website alice.test"),
        (engine.remove_alias("alice.test", "www.alice.test").await, "website alice.test"),
        (engine.remove_website("alice.test").await, "website alice.test"),
    ] {
        assert_eq!(done.unwrap_err().to_string(), format!("{object}{managed}"));
    }
    assert!(engine.remove_user(owner).await.unwrap_err().to_string().ends_with(managed));
    let before = hosted.websites().await;
    let website = "[[user.website]]\ndomain = 'more.test'\ndocument_root = '/srv'\n";
    let user = format!("[[user]]\nname = '{owner}'\nemail = 'root@example.test'\n");
    let refused = engine.import(&format!("{user}{website}"), ImportFormat::Toml).await.unwrap_err();
    assert!(refused.to_string().ends_with(managed), "{refused}");
    engine.import(&user, ImportFormat::Toml).await.unwrap();
    assert_eq!(engine.user(owner).await.unwrap().email, "root@example.test");
    assert_eq!(hosted.websites().await, before, "an import of accounts leaves websites alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_host_can_have_a_certificate_of_its_own_from_any_day_on() {
    let hosted = Hosted::start().await;
    let together = hosted.run().await.0;
    assert_eq!((together.counts.issued, together.counts.served), (2, 2));
    let served = hosted.world.served("www.alice.test").await;
    assert_eq!(hosted.world.served("alice.test").await, served);

    let hosted = hosted.with(|config| config.certificates_per = CertificatesPer::Host).await;
    let (apart, log) = hosted.run().await;
    assert_eq!((apart.counts.issued, apart.counts.served), (1, 1), "{log:#?}");
    assert_ne!(hosted.world.served("www.alice.test").await, served);
    assert_eq!(hosted.world.served("alice.test").await, served, "what it has stays until it is due");
    assert_eq!(hosted.websites().await, ["alice.test", "bob.test", "default.invalid", "www.alice.test"]);

    let hosted = hosted.with(|config| config.certificates_per = CertificatesPer::Website).await;
    hosted.run().await;
    assert_eq!(hosted.websites().await, ["alice.test www.alice.test", "bob.test", "default.invalid"]);
}
