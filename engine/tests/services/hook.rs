//! A command of the administrator's.

use crate::front::{Front, Ground};
use engine::config::{EngineConfig, HookConfig};
use engine::model::RunState;
use engine::plan::eligibility::Pattern;
use rig::Nginx;
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// Write the command, which keeps what it is told.
fn write(ground: &Ground, more: &str) -> Vec<String> {
    let script = ground.path("hook.sh");
    let told = ground.path("told");
    fs::create_dir_all(&told).unwrap();
    let text = format!(
        "#!/bin/sh\nset -e\ncd '{}'\nnumber=$(ls | wc -l)\ncat > \"$number.json\"\n\
         [ \"$AUTOSSL_ACTION\" = \"$2\" ] && [ -d \"$AUTOSSL_NAMES_DIRECTORY\" ]\n{more}\n",
        told.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    vec![script.display().to_string(), "word".into()]
}

/// What it was told, call by call.
fn told(front: &Front) -> Vec<Value> {
    let mut calls = Vec::new();
    while let Ok(text) = fs::read_to_string(front.ground.path(&format!("told/{}.json", calls.len()))) {
        calls.push(serde_json::from_str(&text).unwrap());
    }
    calls
}

async fn start(more: &str, probe: Option<SocketAddr>, timeout: Duration, ground: Ground) -> Front {
    let command = write(&ground, more);
    let change = |config: &mut EngineConfig| {
        let names = vec![pattern("*.test")];
        config.services.hook = Some(HookConfig { command, timeout, names, group: None, probe });
    };
    ground.engine(&["a.test", "b.test"], change).await
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_which_files_are_for_which_names_and_a_handshake_proves_what_it_did() {
    let ground = Ground::new();
    let nginx = Nginx::builder(ground.path("nginx")).start(&ground.binaries).await.expect("nginx");
    let certificate = ground.path("nginx/default.pem");
    // A service with one certificate: that of a.test.
    let more = format!(
        "[ \"$2\" = activate ] || exit 0\ncp \"$AUTOSSL_NAMES_DIRECTORY/a.test/combined.pem\" '{}'\n{}\n",
        certificate.display(),
        nginx.reload_command().join(" ")
    );
    let command = write(&ground, &more);
    let probe = Some(nginx.https_address());
    let change = |config: &mut EngineConfig| {
        let names = ["a.test", "*.a.test"].map(pattern).to_vec();
        config.services.hook =
            Some(HookConfig { command, timeout: Duration::from_secs(60), names, group: None, probe });
    };
    let front = ground.engine(&["a.test", "b.test"], change).await;

    let run = front.run().await;

    assert_eq!(run.state, RunState::Succeeded, "{:#?}", front.log(&run).await);
    let first = front.assert_served(nginx.https_address(), "www.a.test").await;
    let calls = told(&front);
    assert_eq!(calls.iter().map(|call| call["action"].as_str().unwrap()).collect::<Vec<_>>(), ["test", "activate"]);
    let store = front.ground.path("tls/hook").canonicalize().unwrap();
    assert_eq!(calls[1]["names_directory"].as_str().unwrap(), store.join("names").to_str().unwrap());
    let certificates = calls[1]["certificates"].as_array().unwrap();
    assert_eq!(certificates.len(), 1, "b.test is not for it: {certificates:?}");
    assert_eq!(certificates[0]["website"], "a.test");
    assert_eq!(certificates[0]["names"], serde_json::json!(["a.test", "webdisk.a.test", "www.a.test"]));
    for file in ["fullchain", "key", "combined"] {
        let path = certificates[0][file].as_str().unwrap();
        assert!(fs::read_to_string(path).unwrap().contains("-----BEGIN "), "{path}");
    }

    assert_eq!(front.renew().await.counts.failed, 0);
    assert_ne!(front.assert_served(nginx.https_address(), "www.a.test").await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_refuses_is_put_back_and_it_is_called_with_the_earlier_certificates() {
    let refuse = "[ \"$2\" = activate ] || exit 0\n[ ! -e ../refuse ] || { echo 'not today' >&2; exit 3; }\n";
    let front = start(refuse, None, Duration::from_secs(60), Ground::new()).await;
    assert_eq!(front.run().await.counts.served, 2);
    let file = front.ground.path("tls/hook/names/a.test/combined.pem");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(front.ground.path("refuse"), "").unwrap();

    let run = front.renew().await;

    let said = front.said(&run, "service_reload_failed").await;
    assert!(said.len() == 2 && said[0].contains("said: not today"), "{:#?}", front.log(&run).await);
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let actions: Vec<_> = told(&front).iter().map(|call| call["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!(actions[2..], ["test", "activate", "test", "activate"]);
    fs::remove_file(front.ground.path("refuse")).unwrap();
    assert_eq!(front.run().await.counts.served, 2);
    assert_ne!(fs::read_to_string(&file).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_is_killed_with_all_that_it_started() {
    let hang = "sleep 600 & echo $! > ../child\nwait\n";
    let started = Instant::now();
    let front = start(hang, None, Duration::from_secs(1), Ground::new()).await;
    let run = front.run().await;
    assert!(started.elapsed() < Duration::from_secs(120));
    assert_eq!(run.counts.served, 0);
    let log = front.log(&run).await;
    assert!(log.iter().any(|line| line.contents.contains("was not done after 1 s")), "{log:#?}");
    let child = fs::read_to_string(front.ground.path("child")).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
    // A killed process that nobody has waited for yet is a zombie.
    assert!(stat.is_err() || stat.unwrap().contains(") Z "), "what it started is left behind");
}
