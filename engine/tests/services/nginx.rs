//! nginx: with server blocks and by name, both with the lines that administrators are shown.

use crate::front::{Front, Ground, NOWHERE};
use engine::config::{EngineConfig, NginxConfig, NginxWay};
use engine::model::{RunState, ServiceState, Soundness};
use rig::{Nginx, Openssl};
use std::fs;

const WEBSITES: [&str; 3] = ["a.test", "b.test", "c.test"];
const REQUESTS: usize = 2_000;

fn config(nginx: &Nginx, way: NginxWay) -> NginxConfig {
    NginxConfig {
        way,
        conf_dir: nginx.conf_dir(),
        test: nginx.test_command(),
        reload: nginx.reload_command(),
        pid_file: nginx.pid_file(),
        probe: nginx.https_address(),
    }
}

fn blocks(nginx: &Nginx) -> NginxWay {
    NginxWay::Blocks { listen: vec![nginx.https_address().to_string()], include: None }
}

async fn with_blocks() -> (Front, Nginx) {
    let ground = Ground::new();
    let nginx = Nginx::builder(ground.path("nginx")).challenge_backend(NOWHERE).start(&ground.binaries).await;
    let nginx = nginx.expect("nginx");
    let change = |config: &mut EngineConfig| config.services.nginx = Some(self::config(&nginx, blocks(&nginx)));
    (ground.engine(&WEBSITES, change).await, nginx)
}

/// An nginx that finds files by name, with the lines that AutoSSL shows for it.
async fn by_name() -> (Front, Nginx) {
    let ground = Ground::new();
    let nginx = Nginx::builder(ground.path("nginx")).without_default_host().start(&ground.binaries).await;
    let mut nginx = nginx.expect("nginx");
    let way = NginxWay::ByName { group: "www-data".into() };
    let change = |config: &mut EngineConfig| {
        config.services.nginx = Some(self::config(&nginx, way));
        config.services.hostname = Some("a.test".into());
    };
    let front = ground.engine(&WEBSITES, change).await;
    let snippet = front.report("nginx").await.snippet.expect("lines to paste").text;
    let (map, certificate) = snippet.rsplit_once("}\n").expect("a map, then what belongs into a server");
    let server = format!(
        "{map}}}\nserver {{ listen {} ssl default_server; {certificate} return 200 here; }}\n",
        nginx.https_address()
    );
    fs::write(nginx.conf_dir().join("front.conf"), server).unwrap();
    nginx.restart().await.expect("nginx takes the lines");
    (front, nginx)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_website_gets_a_server_block_with_its_pages() {
    let (front, nginx) = with_blocks().await;
    let run = front.run().await;
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 3), "{:#?}", front.log(&run).await);
    let mut seen = Vec::new();
    for name in WEBSITES {
        let own = front.assert_served(nginx.https_address(), name).await;
        assert_eq!(front.assert_served(nginx.https_address(), &format!("www.{name}")).await, own);
        assert!(!seen.contains(&own), "{name} has a certificate of its own");
        seen.push(own);
    }
    let report = front.report("nginx").await;
    assert_eq!((report.state, report.worst()), (ServiceState::SwitchedOn, Soundness::Fine), "{report:#?}");
    let again = front.run().await;
    assert_eq!((again.counts.issued, again.counts.kept), (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn renewals_under_load_fail_no_request() {
    let (front, nginx) = with_blocks().await;
    front.run().await;
    let before = front.assert_served(nginx.https_address(), "a.test").await;
    let load = front.load(nginx.https_address(), &WEBSITES, REQUESTS);
    for _ in 0..2 {
        let run = front.renew().await;
        assert_eq!(run.counts.served, 3, "{:#?}", front.log(&run).await);
    }
    println!("{} requests during two reloads", load.end().await);
    assert_ne!(front.assert_served(nginx.https_address(), "a.test").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_was_broken_before_is_left_alone_and_the_old_certificates_are_served() {
    let (front, nginx) = with_blocks().await;
    front.run().await;
    let before = front.assert_served(nginx.https_address(), "a.test").await;
    let foreign = nginx.conf_dir().join("zz-foreign.conf");
    fs::write(&foreign, "no_such_directive;\n").unwrap();
    let run = front.renew().await;
    assert_eq!(front.said(&run, "service_config_broken").await.len(), 3, "{:#?}", front.log(&run).await);
    assert_eq!(front.assert_served(nginx.https_address(), "a.test").await, before);
    fs::remove_file(&foreign).unwrap();
    let again = front.run().await;
    assert_eq!((again.counts.issued, again.counts.served), (0, 3), "{:#?}", front.log(&again).await);
    assert_ne!(front.assert_served(nginx.https_address(), "a.test").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_moves_leaves_the_block_of_the_website_that_had_it() {
    let (front, nginx) = with_blocks().await;
    front.run().await;
    front.engine.remove_alias("a.test", "www.a.test").await.unwrap();
    front.engine.add_alias("b.test", "www.a.test").await.unwrap();
    let run = front.run().await;
    assert_eq!(run.state, RunState::Succeeded, "{:#?}", front.log(&run).await);
    let b = front.assert_served(nginx.https_address(), "b.test").await;
    assert_eq!(front.assert_served(nginx.https_address(), "www.a.test").await, b);
    let block = fs::read_to_string(nginx.conf_dir().join("a.test.conf")).unwrap();
    assert!(block.contains("server_name a.test webdisk.a.test;"), "{block}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_name_not_one_of_thousands_of_handshakes_fails_while_certificates_are_renewed_again_and_again() {
    let (front, nginx) = by_name().await;
    let run = front.run().await;
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 3), "{:#?}", front.log(&run).await);
    let before = front.assert_served(nginx.https_address(), "www.b.test").await;
    let load = front.load(nginx.https_address(), &WEBSITES, usize::MAX);
    let mut renewals = 0;
    while renewals < 5 || load.sent() < 5_000 {
        let run = front.renew().await;
        assert_eq!(run.counts.served, 3, "{:#?}", front.log(&run).await);
        renewals += 1;
    }
    println!("{} handshakes during {renewals} renewals", load.end().await);
    assert_ne!(front.assert_served(nginx.https_address(), "www.b.test").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_name_clients_without_a_name_and_names_that_nobody_has_get_the_servers_own_certificate() {
    let (front, nginx) = by_name().await;
    front.run().await;
    front.renew().await;
    let own = front.assert_served(nginx.https_address(), "a.test").await;
    assert_eq!(Openssl::tls(nginx.https_address()).shown(None).await.unwrap(), own);
    for unknown in ["nobody.test", "default", "_.test"] {
        assert_eq!(Openssl::tls(nginx.https_address()).shown(Some(unknown)).await.unwrap(), own, "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_name_a_name_may_be_as_long_as_names_are() {
    let (front, nginx) = by_name().await;
    let long = format!("{0}.{0}.{0}.c.test", "x".repeat(63));
    front.engine.add_alias("c.test", &long).await.unwrap();
    let run = front.run().await;
    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 3), "{:#?}", front.log(&run).await);
    let own = front.assert_served(nginx.https_address(), "c.test").await;
    assert_eq!(Openssl::tls(nginx.https_address()).shown(Some(&long)).await.unwrap(), own);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_name_a_website_that_is_not_presented_goes_back_to_the_certificate_before_and_no_other_does() {
    let (front, mut nginx) = by_name().await;
    front.run().await;
    let before = [
        front.assert_served(nginx.https_address(), "a.test").await,
        front.assert_served(nginx.https_address(), "b.test").await,
    ];
    // A server of somebody's that has the name, with a certificate that stands still.
    let pem = fs::read(front.ground.path("tls/nginx/names/b.test/combined.pem")).unwrap();
    let elsewhere = front.ground.path("elsewhere.pem");
    fs::write(&elsewhere, pem).unwrap();
    let (address, file) = (nginx.https_address(), elsewhere.display());
    let server = format!(
        "server {{ listen {address} ssl; server_name b.test; ssl_certificate {file}; ssl_certificate_key {file}; }}\n"
    );
    fs::write(nginx.conf_dir().join("zz.conf"), server).unwrap();
    nginx.restart().await.unwrap();

    let run = front.renew().await;

    let told = front.said(&run, "not_served").await;
    assert!(told.len() == 1 && told[0].starts_with("b.test: "), "{:#?}", front.log(&run).await);
    fs::remove_file(nginx.conf_dir().join("zz.conf")).unwrap();
    nginx.restart().await.unwrap();
    assert_ne!(front.assert_served(nginx.https_address(), "a.test").await, before[0]);
    assert_eq!(front.assert_served(nginx.https_address(), "b.test").await, before[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_name_wildcards_are_found_where_the_lines_say() {
    let (front, mut nginx) = by_name().await;
    front.run().await;
    let file = front.ground.path("tls/nginx/names/b.test/combined.pem");
    fs::write(nginx.conf_dir().join("more.names"), format!("*.w.test \"{}\";\n", file.display())).unwrap();
    nginx.restart().await.unwrap();
    let own = front.assert_served(nginx.https_address(), "b.test").await;
    assert_eq!(Openssl::tls(nginx.https_address()).shown(Some("any.w.test")).await.unwrap(), own);
}
