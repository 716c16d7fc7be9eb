//! `autossl cert` and keys by user, with certificates for addresses of this machine.

use crate::support::{Installation, RunningServer, eventually};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use testca::{TestCa, Validation};

const USERS: &str = "
[[user]]
name = 'alice'
[[user.website]]
domain = '127.0.0.1'
document_root = '/srv/a'
[[user]]
name = 'bob'
[[user.website]]
domain = '127.0.0.2'
document_root = '/srv/b'
";

/// A server that has secured two websites, whose names are addresses.
struct World {
    installation: Installation,
    server: RunningServer,
    ca: TestCa,
}

impl World {
    async fn start() -> Self {
        let ca = TestCa::builder().validation(Validation::Always).start().unwrap();
        let installation = Installation::with_administrator();
        let root = installation.write("root.pem", ca.tls_root_pem());
        installation.configure(&format!(
            "[[providers]]\nid = 'ca'\nname = 'Test CA'\ndirectory_url = '{}'\nallow_private = true\n",
            ca.directory_url()
        ));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let acme = format!(
            "http_port = {port}\ntrusted_roots = ['{}']\nprecheck = false\nallow_private = true",
            root.display()
        );
        let text = fs::read_to_string(installation.config_file()).unwrap().replace("http_port = 0", &acme);
        fs::write(installation.config_file(), text).unwrap();
        let users = installation.write("users.toml", USERS);
        installation.succeed(&["user", "import", users.to_str().unwrap()]);
        installation.succeed(&["provider", "select", "ca", "--agree-tos"]);
        let server = installation.serve();
        let world = Self { installation, server, ca };
        world.installation.succeed(&["check", "--all", "--wait"]);
        world
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.installation.succeed(arguments)).expect("JSON")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_listed_shown_and_written_without_their_keys() {
    let world = World::start().await;
    let rows = world.json(&["cert", "list", "--json"]);
    assert_eq!(rows.as_array().map(Vec::len), Some(2), "{rows}");
    assert_eq!((&rows[0]["provider"], &rows[0]["key_type"]), (&"ca".into(), &"ecdsa-p256".into()));
    let table = world.installation.succeed(&["cert", "list", "--search", "bob"]);
    assert!(table.starts_with("WEBSITE ") && table.contains("127.0.0.2") && !table.contains("127.0.0.1"), "{table}");

    let shown = world.json(&["cert", "show", "127.0.0.1", "--json"]);
    let serial = shown["in_use"]["certificate"]["serial"].as_str().unwrap().to_owned();
    assert_eq!(shown["in_use"]["chain"].as_array().map(Vec::len), Some(2), "{shown}");
    let text = world.installation.succeed(&["cert", "show", "127.0.0.1"]);
    assert!(text.contains(&serial) && text.contains("fingerprint") && text.contains("chain"), "{text}");
    let pem = world.installation.succeed(&["cert", "show", "127.0.0.1", "--pem"]);
    assert!(pem.matches("BEGIN CERTIFICATE").count() == 2 && !pem.contains("KEY"), "{pem}");
    let same = world.installation.succeed(&["cert", "show", "127.0.0.1", "--serial", &serial.to_uppercase(), "--pem"]);
    assert_eq!(same, pem);

    assert_eq!(world.installation.run(&["cert", "show", "127.0.0.1", "--pem", "--json"]).code, Some(2));
    for unknown in [&["cert", "show", "other.test"][..], &["cert", "show", "127.0.0.1", "--serial", "ff"]] {
        let said = world.installation.run(unknown);
        assert!(said.code == Some(1) && said.stderr.contains("no certificate for "), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_in_use_is_revoked_only_with_yes_and_replaced_by_the_running_server() {
    let world = World::start().await;
    let said = world.installation.run(&["cert", "revoke", "127.0.0.1", "--reason", "key-compromise"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stdout.contains("To be revoked (key-compromise): 1 certificate, 1 of them in use."), "{said:?}");
    assert!(said.stderr.contains("if you mean it, add --yes"), "{said:?}");
    for wrong in [&["--reason", "keyCompromise"][..], &["--by", "nobody"]] {
        let said = world.installation.run(&[&["cert", "revoke", "127.0.0.1", "--yes"], wrong].concat());
        assert_eq!(said.code, Some(2), "{said:?}");
    }
    let serial = world.ca.journal().certificates_for("127.0.0.1")[0].serial.clone();
    assert_eq!(world.ca.revocation_reason(&serial).unwrap(), None);

    let said = world.installation.succeed(&["cert", "revoke", "127.0.0.1", "--reason", "key-compromise", "--yes"]);

    assert!(said.contains("Revoked 1 certificate.") && said.contains("1 name is not secured"), "{said}");
    assert_eq!(world.ca.revocation_reason(&serial).unwrap(), Some(1));
    eventually("the certificate is replaced", async || {
        let shown = world.json(&["cert", "show", "127.0.0.1", "--json"]);
        (shown["earlier"].as_array()?.len() == 1).then_some(())
    })
    .await;
    let all = world.json(&["cert", "list", "--all", "--json"]);
    assert_eq!(all.as_array().map(Vec::len), Some(3), "{all}");
    assert!(world.installation.succeed(&["cert", "show", "127.0.0.1"]).contains("key-compromise, for tester"));
}

#[test]
fn without_certificates_the_listing_is_empty() {
    let installation = Installation::new();
    assert!(installation.succeed(&["cert", "list"]).starts_with("WEBSITE "));
    let rows: Value = serde_json::from_str(&installation.succeed(&["cert", "list", "--json"])).expect("JSON");
    assert_eq!(rows.as_array().map(Vec::len), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_user_are_chosen_on_the_command_line_and_by_a_plain_form() {
    let world = World::start().await;
    let said = world.installation.succeed(&["user", "key-type", "alice", "bob", "rsa-2048"]);
    assert_eq!(said, "New certificates of 2 users get keys of rsa-2048.\n");
    let shown = world.installation.succeed(&["user", "show", "alice"]);
    assert!(shown.contains("keys rsa-2048 (the server's choice is ecdsa-p256)"), "{shown}");
    for wrong in [&["alice", "rsa-1024"][..], &["alice", "mallory", "reset"]] {
        let said = world.installation.run(&[&["user", "key-type"], wrong].concat());
        assert_eq!(said.code, Some(1), "{said:?}");
    }

    let mut client = world.server.administrator().await;
    let origin = format!("http://{}", world.server.interface);
    let referer = format!("{origin}/users/alice");
    let headers = [
        ("origin", origin.as_str()),
        ("referer", referer.as_str()),
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let form = "users%5B%5D=alice&to=rsa-3072";
    let answer = client.send("POST", "/fn/set_key_type", &headers, form).await;
    assert_eq!((answer.status, answer.header("location")), (302, "/users/alice?done=key_type"), "{}", answer.text());
    let page = client.get("/users/alice?done=key_type").await.text();
    assert!(page.contains("from the next order on") && page.contains("Keys: rsa-3072"), "{page}");
    let answer = client.send("POST", "/fn/set_key_type", &headers, "users%5B%5D=alice&to=rsa-1").await;
    assert!(answer.header("location").contains("__err="), "{answer:?}");
    assert_eq!(world.json(&["user", "show", "alice", "--json"])["key_type"], "rsa-3072");
    world.installation.succeed(&["user", "key-type", "alice", "reset"]);
    assert_eq!(world.json(&["user", "show", "alice", "--json"])["key_type"], Value::Null);
}
