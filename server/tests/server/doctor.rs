//! `autossl doctor`.

use crate::support::Installation;
use rig::{Binaries, Dns};
use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use testca::{Profile, TestCa};

/// What was seen, as `(soundness, sentence)`.
fn seen(json: &str) -> Vec<(String, String)> {
    let diagnosis: Value = serde_json::from_str(json).expect("JSON");
    let sections = diagnosis["sections"].as_array().expect("sections").iter();
    let all = sections.flat_map(|section| section["observations"].as_array().expect("observations").clone());
    all.map(|one| (one["soundness"].as_str().unwrap().to_owned(), one["seen"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn on_a_fresh_installation_it_says_what_is_missing_and_fails() {
    let installation = Installation::new();
    let said = installation.run(&["doctor"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.stdout.contains("  BROKEN   No provider is selected, so nothing can be ordered.\n"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("           Choose one: autossl provider select ID"), "{}", said.stdout);
    assert!(said.stdout.contains("  warning  Nobody may sign in to the interface.\n"), "{}", said.stdout);
    assert!(said.stdout.contains("  ok       The challenge port 127.0.0.1:"), "{}", said.stdout);
    assert!(said.stderr.contains("would not work"), "{}", said.stderr);
    let json = installation.run(&["doctor", "--json"]);
    assert_eq!(json.code, Some(1));
    let broken = seen(&json.stdout).into_iter().filter(|(soundness, _)| soundness == "broken").count();
    assert!(said.stderr.contains(&format!("autossl: {broken} of these")), "{}", said.stderr);
    assert_eq!(installation.run(&["doctor", "no name"]).code, Some(1));
}

#[tokio::test]
async fn it_passes_where_all_is_well_and_says_why_a_name_would_not_be_validated() {
    let directory = tempfile::tempdir().unwrap();
    let dns = Dns::start(&Binaries::from_env().unwrap(), directory.path()).await.unwrap();
    dns.add_a("a.test", Ipv4Addr::LOCALHOST).await.unwrap();
    let ca = TestCa::builder().profile(Profile::classic()).start().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let installation = Installation::with_administrator();
    let root = installation.write("root.pem", ca.tls_root_pem());
    installation.configure(&format!(
        "[[providers]]\nid = 'ca'\nname = 'Test CA'\ndirectory_url = '{}'\nallow_private = true\n",
        ca.directory_url()
    ));
    let text = fs::read_to_string(installation.config_file()).unwrap();
    let acme = format!(
        "http_port = {port}\nvalidation_port = {port}\nallow_private = true\ntrusted_roots = ['{}']\nresolver = ['{}']",
        root.display(),
        dns.address()
    );
    fs::write(installation.config_file(), text.replace("http_port = 0", &acme)).unwrap();
    installation.succeed(&["user", "add", "alice"]);
    installation.succeed(&["website", "add", "alice", "a.test", "--alias", "gone.a.test"]);
    installation.succeed(&["provider", "select", "ca", "--agree-tos"]);

    let said = installation.succeed(&["doctor", "a.test"]);
    assert!(said.contains("  ok       a.test would be validated by http-01.\n"), "{said}");
    assert!(said.contains("  warning  No service is switched on"), "{said}");
    assert!(said.contains("  warning  The server does not run"), "{said}");

    let mut server = installation.serve();
    let json = installation.succeed(&["doctor", "--json"]);
    assert!(seen(&json).iter().any(|(soundness, text)| soundness == "fine" && text == "The server runs."), "{json}");

    let said = installation.run(&["doctor", "elsewhere.a.test"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stdout.contains("BROKEN   elsewhere.a.test is no name of any website here"), "{}", said.stdout);
    installation.succeed(&["user", "override", "alice", "disable"]);
    let said = installation.run(&["doctor", "a.test"]);
    assert!(said.code == Some(1) && said.stdout.contains("BROKEN   AutoSSL is off for alice."), "{said:?}");
    ca.stop();
    let said = installation.run(&["doctor"]);
    assert!(said.code == Some(1) && said.stdout.contains("BROKEN   Test CA does not answer at "), "{said:?}");
    server.terminate();
    assert!(server.ended().await.success());
}
