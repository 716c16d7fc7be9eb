//! HAProxy: certificates are exchanged in the running process, and a restart has the same.

use crate::front::{Front, Ground, NOWHERE};
use engine::config::{EngineConfig, HaproxyConfig};
use engine::model::{RunScope, RunState};
use rig::{Haproxy, Openssl};
use std::fs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

const WEBSITES: [&str; 3] = ["a.test", "b.test", "c.test"];
const REQUESTS: usize = 2_000;

pub(crate) async fn start() -> (Front, Haproxy) {
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
    (ground.engine(&WEBSITES, change).await, haproxy)
}

/// The files and names of the running process, without lines' numbers, sorted.
async fn loaded(haproxy: &Haproxy) -> Vec<String> {
    let mut stream = UnixStream::connect(haproxy.socket()).await.unwrap();
    let list = haproxy.crt_list().display().to_string();
    stream.write_all(format!("show ssl crt-list -n {list}\n").as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    let entries = said.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut entries: Vec<String> = entries
        .map(|line| {
            let (file, names) = line.split_once(' ').unwrap();
            format!("{} {names}", file.rsplit_once(':').unwrap().0)
        })
        .collect();
    entries.sort_unstable();
    entries
}

/// The same as the list on disk has it.
fn listed(haproxy: &Haproxy) -> Vec<String> {
    let text = fs::read_to_string(haproxy.crt_list()).unwrap();
    let mut entries: Vec<String> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    entries.sort_unstable();
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn renewals_under_load_fail_no_request_and_start_no_process() {
    let (front, haproxy) = start().await;
    let pid = haproxy.pid();
    let run = front.run().await;
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 3), "{:#?}", front.log(&run).await);
    let before = front.assert_served(haproxy.https_address(), "www.a.test").await;
    let load = front.load(haproxy.https_address(), &WEBSITES, REQUESTS);
    for _ in 0..2 {
        let run = front.renew().await;
        assert_eq!(run.counts.served, 3, "{:#?}", front.log(&run).await);
    }
    println!("{} requests during two renewals", load.end().await);
    assert_ne!(front.assert_served(haproxy.https_address(), "www.a.test").await, before);
    assert_eq!(haproxy.pid(), pid);
    assert_eq!(front.said(&run, "service_warning").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_has_the_same_certificates_for_the_same_names() {
    let (front, mut haproxy) = start().await;
    front.run().await;
    let unknown = Openssl::tls(haproxy.https_address()).shown(Some("unknown.test")).await.unwrap();
    front.engine.remove_alias("a.test", "www.a.test").await.unwrap();
    front.engine.add_alias("b.test", "www.a.test").await.unwrap();
    front.engine.add_alias("c.test", "new.c.test").await.unwrap();
    let run = front.run().await;
    assert_eq!(run.state, RunState::Succeeded, "{:#?}", front.log(&run).await);
    let names = ["a.test", "b.test", "www.a.test", "c.test", "new.c.test"];
    let mut before = Vec::new();
    for name in names {
        before.push(front.assert_served(haproxy.https_address(), name).await);
    }
    assert_eq!(before[1], before[2], "the name that moved");
    assert_eq!(loaded(&haproxy).await, listed(&haproxy));

    haproxy.restart().await.unwrap();

    for (name, certificate) in names.iter().zip(before) {
        assert_eq!(front.assert_served(haproxy.https_address(), name).await, certificate, "{name}");
    }
    assert_eq!(loaded(&haproxy).await, listed(&haproxy));
    assert_eq!(Openssl::tls(haproxy.https_address()).shown(Some("unknown.test")).await.unwrap(), unknown);
    let again = front.run().await;
    assert_eq!((again.state, again.counts.issued), (RunState::Succeeded, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_down_is_told_and_gets_what_it_missed() {
    let (front, mut haproxy) = start().await;
    front.run().await;
    let before = front.assert_served(haproxy.https_address(), "a.test").await;
    haproxy.stop().await.unwrap();
    let run = front.renew().await;
    assert_eq!(front.said(&run, "service_down").await.len(), 3, "{:#?}", front.log(&run).await);
    let report = front.report("haproxy").await;
    assert!(report.observations[0].seen.starts_with("HAProxy: HAProxy does not run"), "{report:#?}");
    haproxy.restart().await.unwrap();
    assert_eq!(front.assert_served(haproxy.https_address(), "a.test").await, before, "the old one is on disk");
    front.clock.advance(61 * crate::world::DAY + 61);
    front.engine.work_on_what_is_due(CancellationToken::new()).await.unwrap();
    let caught_up = front.engine.runs(1, 9).await.unwrap().rows.remove(0);
    assert_eq!((caught_up.scope.clone(), caught_up.state), (RunScope::Queue, RunState::Succeeded));
    assert_ne!(front.assert_served(haproxy.https_address(), "a.test").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_does_not_take_is_put_back() {
    let (front, haproxy) = start().await;
    front.run().await;
    let before = front.assert_served(haproxy.https_address(), "a.test").await;
    let list = fs::read_to_string(haproxy.crt_list()).unwrap();
    // The list of another front end: the running process does not know it.
    let config = fs::read_to_string(haproxy.config_path()).unwrap();
    let elsewhere = haproxy.config_path().with_file_name("elsewhere.txt");
    fs::copy(haproxy.crt_list(), &elsewhere).unwrap();
    let shown = haproxy.crt_list().display().to_string();
    fs::write(haproxy.config_path(), config.replace(&shown, &elsewhere.display().to_string())).unwrap();
    let mut haproxy = haproxy;
    haproxy.restart().await.unwrap();
    let run = front.renew().await;
    let told = front.said(&run, "service_reload_failed").await;
    assert!(told.len() == 3 && told[0].contains("HAProxy has no list"), "{:#?}", front.log(&run).await);
    assert_eq!(front.assert_served(haproxy.https_address(), "a.test").await, before);
    assert_eq!(fs::read_to_string(haproxy.crt_list()).unwrap(), list);
}
