//! What is found of the services of this machine, whether AutoSSL changes them or not.

use crate::front::{Front, Ground, NOWHERE};
use engine::config::{EngineConfig, HaproxyConfig};
use engine::doctor::{ServerState, Surroundings};
use engine::model::{Observation, ServiceState, Soundness};
use rig::{Haproxy, Nginx};
use std::fs;

async fn services(front: &Front) -> Vec<Observation> {
    let surroundings = Surroundings {
        config_file: None,
        challenges: NOWHERE,
        server: ServerState::Stopped,
        interface: NOWHERE,
        interface_tls: None,
    };
    let diagnosis = front.engine.diagnose(&surroundings, None).await.unwrap();
    let section = diagnosis.sections.into_iter().find(|section| section.title == "Services");
    section.expect("a section of the services").observations
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_here_and_is_not_switched_on_is_named_and_left_alone() {
    let ground = Ground::new();
    let nginx = Nginx::builder(ground.path("nginx")).start(&ground.binaries).await.expect("nginx");
    let front = ground.engine(&["a.test"], |_| {}).await;
    front.run().await;

    let report = front.report("nginx").await;

    assert_eq!(report.state, ServiceState::LeftAlone, "{report:#?}");
    let config = nginx.config_path().display().to_string();
    assert!(report.configs.contains(&config), "{config} is not in {:?}", report.configs);
    for port in [nginx.http_address().port(), nginx.https_address().port()] {
        assert!(report.ports.contains(&port), "{port} is not in {:?}", report.ports);
    }
    assert!(report.version.is_some_and(|version| version.starts_with("1.")));
    assert!(report.snippet.is_some_and(|snippet| snippet.text == "include /etc/nginx/autossl/*.conf;"));
    assert_eq!(fs::read_dir(nginx.conf_dir()).unwrap().count(), 0);
    let seen = services(&front).await;
    assert!(seen[0].seen.starts_with("No service is switched on"), "{seen:#?}");
    let named = seen.iter().find(|one| one.seen.starts_with("nginx ")).expect("nginx is named");
    assert_eq!(named.soundness, Soundness::Note);
    assert!(named.seen.contains(&config) && named.seen.contains("left alone"), "{named:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_presented_is_compared_with_what_was_installed() {
    let ground = Ground::new();
    let haproxy = Haproxy::start(&ground.path("haproxy"), NOWHERE, &ground.binaries).await.expect("HAProxy");
    let change = |config: &mut EngineConfig| {
        config.services.haproxy = Some(HaproxyConfig {
            crt_list: haproxy.crt_list(),
            socket: haproxy.socket(),
            test: haproxy.test_command(),
            probe: haproxy.https_address(),
        });
    };
    let front = ground.engine(&["a.test", "b.test"], change).await;
    let seen = services(&front).await;
    assert!(seen.iter().any(|one| one.seen == "HAProxy runs; no certificate was installed in it yet."), "{seen:#?}");
    front.run().await;
    let seen = services(&front).await;
    let told = "HAProxy presents what was installed, for 6 of 6 names asked.";
    assert!(seen.contains(&Observation::fine(told)), "{seen:#?}");

    let current =
        |website: &str| front.ground.path(&format!("tls/haproxy/certificates/{website}/current/combined.pem"));
    fs::copy(current("b.test"), current("a.test")).unwrap();
    fs::write(haproxy.config_path(), "no such thing\n").unwrap();

    let seen = services(&front).await;
    let broken: Vec<&str> =
        seen.iter().filter(|one| one.soundness == Soundness::Broken).map(|one| one.seen.as_str()).collect();
    assert_eq!(broken.len(), 2, "{seen:#?}");
    assert!(broken[0].starts_with("HAProxy: its configuration test fails: "), "{broken:?}");
    assert!(
        broken[1].starts_with("HAProxy does not present what was installed, for 3 of 6 names asked: "),
        "{broken:?}"
    );
}
