//! `autossl provider` against a certificate authority.

use crate::support::Installation;
use serde_json::Value;
use testca::{ExternalAccounts, Profile, TestCa};

fn authority(external: ExternalAccounts) -> (Installation, TestCa) {
    let ca = TestCa::builder().terms("https://ca.test/terms").profile(Profile::classic()).external_accounts(external);
    let ca = ca.external_key("kid", b"secret").start().expect("a certificate authority");
    let installation = Installation::with_administrator();
    let root = installation.write("root.pem", ca.tls_root_pem());
    let directory = ca.directory_url();
    let add = ["provider", "add", "ours", "--name", "Our CA", "--directory", &directory, "--root"];
    let said = installation.run(&[add.as_slice(), &[root.to_str().expect("a path")]].concat());
    assert!(said.code == Some(1) && said.stderr.contains("127.0.0.1 (loopback)"), "{said:?}");
    installation.succeed(&[add.as_slice(), &[root.to_str().expect("a path"), "--allow-private"]].concat());
    (installation, ca)
}

fn show(installation: &Installation) -> Value {
    serde_json::from_str(&installation.succeed(&["provider", "show", "ours", "--json"])).expect("JSON")
}

/// Another authority, for customers only, that is in the list and not selected.
fn another(installation: &Installation) -> TestCa {
    let ca = TestCa::builder().terms("https://second.test/terms").external_accounts(ExternalAccounts::Required);
    let ca = ca.external_key("kid", b"secret").start().expect("a certificate authority");
    let root = installation.write("second.pem", ca.tls_root_pem());
    let (directory, root) = (ca.directory_url(), root.to_str().expect("a path").to_owned());
    let add = ["provider", "add", "second", "--name", "Second CA", "--allow-private"];
    installation.succeed(&[add.as_slice(), &["--directory", &directory, "--root", &root]].concat());
    ca
}

#[test]
fn a_private_authority_is_added_selected_kept_and_removed() {
    let (installation, ca) = authority(ExternalAccounts::Optional);
    assert!(installation.succeed(&["provider", "test", "ours"]).starts_with("ours answered in "));
    let said = installation.run(&["provider", "select", "ours"]);
    assert!(said.code == Some(1) && said.stderr.contains("https://ca.test/terms"), "{said:?}");
    installation.succeed(&["provider", "select", "ours", "--agree-tos"]);
    let first = show(&installation);
    assert_eq!((&first["selected"], &first["terms"]["agreed"]["by"]), (&true.into(), &"tester".into()));
    assert!(installation.succeed(&["provider", "show", "ours"]).contains("agreed by tester"));

    installation.succeed(&["provider", "contact", "ours", "night@ours.test"]);
    installation.succeed(&["provider", "change-key", "ours"]);
    let kept = show(&installation);
    assert_eq!((&kept["contact"], &kept["account_url"]), (&"night@ours.test".into(), &first["account_url"]));
    installation.succeed(&["provider", "reset", "ours"]);
    assert_ne!(show(&installation)["account_url"], first["account_url"]);
    assert_eq!(ca.journal().accounts_created(), 2);

    let said = installation.run(&["provider", "set", "ours", "--profile", "none-such"]);
    assert!(said.code == Some(1) && said.stderr.contains("it offers classic"), "{said:?}");
    installation.succeed(&["provider", "set", "ours", "--profile", "classic", "--preferred-chain", "Root X2"]);
    installation.succeed(&["provider", "set", "ours", "--profile", ""]);
    let set = show(&installation);
    assert_eq!((&set["profile"], &set["preferred_chain"]), (&Value::Null, &"Root X2".into()));

    let said = installation.run(&["provider", "remove", "ours"]);
    assert!(said.code == Some(1) && said.stderr.contains("orders go to it"), "{said:?}");
    assert_eq!(installation.run(&["provider", "deactivate", "ours"]).code, Some(2), "it has to be confirmed");
    installation.succeed(&["provider", "deactivate", "ours", "--confirm"]);
    installation.succeed(&["provider", "remove", "ours"]);
    let said = installation.run(&["provider", "show", "ours"]);
    assert!(said.code == Some(1) && said.stderr.contains("no provider named ours"), "{said:?}");
}

#[test]
fn a_customer_account_is_given_on_standard_input_and_never_shown() {
    let (installation, _ca) = authority(ExternalAccounts::Required);
    let said = installation.run(&["provider", "select", "ours", "--agree-tos"]);
    assert!(said.code == Some(1) && said.stderr.contains("only for its customers"), "{said:?}");
    assert_eq!(installation.run(&["provider", "select", "ours", "--eab-kid", "kid"]).code, Some(2), "both or none");
    let wrong = ["provider", "select", "ours", "--agree-tos", "--eab-kid", "kid", "--eab-hmac"];
    let said = installation.run(&[wrong.as_slice(), &["no base64!"]].concat());
    assert!(said.code == Some(1) && said.stderr.contains("MAC key is not base64url"), "{said:?}");

    installation.succeed_with_input(&[wrong.as_slice(), &["-"]].concat(), "c2VjcmV0\n");
    let shown = installation.succeed(&["provider", "show", "ours", "--json"]);
    assert!(shown.contains("\"external_account\": \"kid\"") && !shown.contains("c2VjcmV0"), "{shown}");
}

#[test]
fn fallbacks_are_registered_listed_with_their_health_and_take_over() {
    let (installation, _ca) = authority(ExternalAccounts::Optional);
    let _second = another(&installation);
    let fallbacks = ["provider", "fallbacks", "second"];
    let said = installation.run(&[fallbacks.as_slice(), &["--agree-tos"]].concat());
    assert!(said.code == Some(1) && said.stderr.contains("no provider is selected"), "{said:?}");
    installation.succeed(&["provider", "select", "ours", "--agree-tos"]);
    let said = installation.run(&fallbacks);
    assert!(said.code == Some(1) && said.stderr.contains("https://second.test/terms"), "{said:?}");
    let said = installation.run(&[fallbacks.as_slice(), &["--agree-tos"]].concat());
    assert!(said.code == Some(1) && said.stderr.contains("only for its customers"), "{said:?}");
    let external = ["--agree-tos", "--eab-kid", "kid", "--eab-hmac", "-"];
    let said = installation.run(&[fallbacks.as_slice(), &["letsencrypt"], &external].concat());
    assert!(said.code == Some(1) && said.stderr.contains("belong to one provider"), "{said:?}");
    installation.succeed_with_input(&[fallbacks.as_slice(), &external].concat(), "c2VjcmV0\n");

    let listed = installation.succeed(&["provider", "list"]);
    let line = |id: &str| listed.lines().find(|line| line.contains(&format!(" {id} "))).expect("a line").to_owned();
    assert!(line("ours").starts_with('*') && line("ours").contains("healthy"), "{listed}");
    assert!(line("second").starts_with("+1") && line("second").contains("healthy"), "{listed}");
    let shown: Value =
        serde_json::from_str(&installation.succeed(&["provider", "show", "second", "--json"])).expect("JSON");
    assert_eq!((&shown["fallback"], &shown["health"]), (&1.into(), &"healthy".into()));
    assert!(installation.succeed(&["provider", "show", "second"]).contains("fallback 1"));

    assert!(installation.succeed(&["provider", "fallbacks"]).contains("to nobody else"));
    assert!(installation.succeed(&fallbacks).contains("what it cannot take goes to Second CA"), "its account is there");
    let said = installation.succeed(&["provider", "deactivate", "ours", "--confirm"]);
    assert!(said.contains("Orders go to Second CA."), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_adds_moves_and_removes_fallbacks_by_plain_forms() {
    let (installation, _ca) = authority(ExternalAccounts::Optional);
    let _second = another(&installation);
    installation.succeed(&["provider", "select", "ours", "--agree-tos"]);
    let server = installation.serve();
    let mut client = server.administrator().await;
    let refused = client.post("/fn/add_fallback", &[("id", "second"), ("agree", "yes")]).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let add = [("id", "second"), ("agree", "yes"), ("key_id", "kid"), ("mac_key", "c2VjcmV0")];
    assert_eq!(client.post("/fn/add_fallback", &add).await.status, 200);
    let order = |page: &str| {
        let list = page.split("Who gets the orders").nth(1).expect("the list").split("</ol>").next().expect("its end");
        (list.find("Our CA").expect("ours"), list.find("Second CA"))
    };
    let page = client.get("/providers").await.text();
    let (ours, second) = order(&page);
    assert!(second.is_some_and(|second| ours < second), "{page}");

    assert_eq!(client.post("/fn/change_fallback", &[("id", "second"), ("action", "earlier")]).await.status, 200);
    let (ours, second) = order(&client.get("/providers").await.text());
    assert!(second.is_some_and(|second| second < ours));
    let refused = client.post("/fn/change_fallback", &[("id", "second"), ("action", "remove")]).await;
    assert_eq!(refused.status, 422, "orders go to it first: {}", refused.text());
    assert_eq!(client.post("/fn/change_fallback", &[("id", "second"), ("action", "later")]).await.status, 200);
    assert_eq!(client.post("/fn/change_fallback", &[("id", "second"), ("action", "remove")]).await.status, 200);
    assert_eq!(order(&client.get("/providers").await.text()).1, None);
    let stranger = server.client().post("/fn/change_fallback", &[("id", "second"), ("action", "remove")]).await;
    assert_eq!(stranger.status, 401);
}
