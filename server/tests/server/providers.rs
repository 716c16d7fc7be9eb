//! `autossl provider` and the Providers page against a certificate authority.

use crate::support::{Answer, Client, Installation};
use serde_json::Value;
use std::collections::BTreeMap;
use testca::{Endpoint, ExternalAccounts, Fault, Profile, Rule, TestCa, Validation};

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
fn every_case_of_a_customer_account_is_told_on_the_command_line() {
    let (installation, ca) = authority(ExternalAccounts::Required);
    ca.add_external_key("kid-2", b"secret of two");
    let select = |key_id: &str, mac_key: &str| {
        let words = ["provider", "select", "ours", "--agree-tos", "--eab-kid", key_id, "--eab-hmac", mac_key];
        installation.run(&words)
    };
    // `secret` and `secret of two`.
    let (right, other) = ("c2VjcmV0", "c2VjcmV0IG9mIHR3bw");
    for (case, key_id, mac_key, reason) in [
        ("empty key identifier", "", right, "key identifier is empty"),
        ("empty MAC key", "kid", "", "MAC key is empty"),
        ("bad base64", "kid", "no base64!", "MAC key is not base64url"),
        ("unknown key identifier", "kid-9", right, "does not accept the external account \"kid-9\""),
        ("wrong MAC key", "kid", other, "check its key identifier and MAC key"),
    ] {
        let said = select(key_id, mac_key);
        assert!(said.code == Some(1) && said.stderr.contains(reason), "{case}: {said:?}");
        assert_eq!(show(&installation)["selected"], false, "{case}");
    }
    assert_eq!(select("kid", right).code, Some(0));
    let first = show(&installation);
    assert_eq!(first["external_account"], "kid");

    // Removed: the account works on, a new one cannot be had.
    installation.succeed(&["provider", "eab", "ours", "--remove"]);
    assert_eq!(show(&installation)["external_account"], Value::Null);
    installation.succeed(&["provider", "select", "ours", "--agree-tos"]);
    let said = installation.run(&["provider", "reset", "ours"]);
    assert!(said.code == Some(1) && said.stderr.contains("only for its customers"), "{said:?}");
    assert_eq!(show(&installation)["account_url"], first["account_url"]);

    // Changed: it counts from the next registration on.
    installation.succeed(&["provider", "eab", "ours", "--eab-kid", "kid-2", "--eab-hmac", other]);
    assert_eq!(show(&installation)["account_url"], first["account_url"]);
    installation.succeed(&["provider", "reset", "ours"]);
    assert_ne!(show(&installation)["account_url"], first["account_url"]);
    for wrong in [["provider", "eab", "ours"].as_slice(), &["provider", "eab", "ours", "--remove", "--eab-kid", "kid"]]
    {
        assert_eq!(installation.run(wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn an_own_authority_is_changed_and_what_is_refused_changes_nothing() {
    let (installation, ca) = authority(ExternalAccounts::Optional);
    for (url, reason) in
        [("http://ca.test/dir", "must begin with https://"), ("file:///etc/passwd", "must begin with https://")]
    {
        let said = installation.run(&["provider", "change", "ours", "--directory", url]);
        assert!(said.code == Some(1) && said.stderr.contains(reason), "{url}: {said:?}");
    }
    let said = installation.run(&["provider", "change", "ours", "--allow-private", "no"]);
    assert!(said.code == Some(1) && said.stderr.contains("127.0.0.1 (loopback)"), "{said:?}");
    let said = installation.run(&["provider", "change", "letsencrypt", "--name", "Mine"]);
    assert!(said.code == Some(1) && said.stderr.contains("comes with AutoSSL"), "{said:?}");
    let kept = show(&installation);
    assert_eq!((&kept["name"], &kept["allow_private"]), (&"Our CA".into(), &true.into()));
    assert_eq!(kept["directory_url"], ca.directory_url());
    let said = installation.succeed(&["provider", "change", "ours", "--name", "Their CA"]);
    assert!(said.starts_with("Their CA is at https://127.0.0.1:"), "{said}");
}

#[test]
fn what_is_left_and_how_long_it_takes_are_shown_and_told_as_json() {
    let ca = TestCa::builder().validation(Validation::Always).start().expect("a certificate authority");
    let installation = Installation::new();
    let root = installation.write("root.pem", ca.tls_root_pem());
    installation.configure(&format!(
        "[[providers]]\nid = 'limited'\nname = 'Limited'\ndirectory_url = '{}'\nallow_private = true\n\
         limits = {{ new_orders = '300/3h' }}\n",
        ca.directory_url()
    ));
    trust(&installation, &root.display().to_string());
    let import = installation.write(
        "users.toml",
        "[[user]]\nname = 'alice'\n[[user.website]]\ndomain = 'alice.test'\ndocument_root = '/srv'\n",
    );
    installation.succeed(&["user", "import", import.to_str().expect("a path")]);
    installation.succeed(&["provider", "select", "limited", "--agree-tos"]);
    installation.succeed(&["check", "--all", "--wait"]);
    let shown = installation.succeed(&["provider", "show", "limited"]);
    for part in [
        "299 of 300: new orders per account; one more at ",
        "10,000 new names take 4.",
        "s median of 1, slowest ",
        "last worked",
    ] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    let json: Value =
        serde_json::from_str(&installation.succeed(&["provider", "show", "limited", "--json"])).expect("JSON");
    assert_eq!((&json["delivery"]["certificates"], &json["budget"]["gauges"][0]["left"]), (&1.into(), &299.into()));
    let list = installation.succeed(&["provider", "list"]);
    assert!(list.lines().any(|line| line.contains("Limited") && line.contains(" s ")), "{list}");
}

/// Trust a root, and check no names before they are ordered.
fn trust(installation: &Installation, root: &str) {
    let file = installation.config_file();
    let text = std::fs::read_to_string(&file).expect("the configuration");
    let more = format!("[acme]\nprecheck = false\ntrusted_roots = ['{root}']\n");
    std::fs::write(file, text.replace("[acme]\n", &more)).expect("the configuration can be written");
}

/// Send a plain form of the Providers page, as a browser without JavaScript does, and follow its redirect.
async fn submit(client: &mut Client, action: &str, fields: &[(&str, &str)]) -> (String, Answer) {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
        ("referer", "http://panel.example/providers?show=ours"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = client.send("POST", action, &headers, &body).await;
    let location = answer.header("location").to_owned();
    assert!((300..400).contains(&answer.status), "{} {}", answer.status, answer.text());
    let path = location.trim_start_matches("http://panel.example").to_owned();
    let page = client.get(path.split('#').next().unwrap_or_default()).await;
    assert_eq!(page.status, 200, "{path}");
    (location, page)
}

/// What stands at the fields of a page that were wrong, by their names.
fn mistakes(page: &str) -> BTreeMap<String, String> {
    let parts = page.split(r#"id="wrong-"#).skip(1);
    let mistake = |part: &str| {
        let (field, rest) = part.split_once('"')?;
        let text = rest.split_once("</svg>")?.1.split_once("</p>")?.0;
        Some((field.to_owned(), text.replace("<!>", "")))
    };
    parts.filter_map(mistake).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_refuses_to_save_without_an_agreement_and_says_so_at_the_box() {
    let (installation, ca) = authority(ExternalAccounts::Required);
    let server = installation.serve();
    let mut client = server.administrator().await;
    let form = client.get("/providers?show=ours").await.text();
    assert!(form.contains(r#"name="terms" value="https://ca.test/terms""#), "{form}");

    let terms = ("terms", "https://ca.test/terms");
    let customer = [("id", "ours"), ("key_id", "kid"), ("mac_key", "c2VjcmV0")];
    let (_, page) = submit(&mut client, "/fn/select_provider", &customer).await;
    let told = mistakes(&page.text());
    assert!(told["agree"].contains("asks you to agree to its terms of service at https://ca.test/terms"), "{told:?}");
    let other_terms = [customer.as_slice(), &[("agree", "yes"), ("terms", "https://ca.test/older")]].concat();
    let (_, page) = submit(&mut client, "/fn/select_provider", &other_terms).await;
    assert!(mistakes(&page.text()).contains_key("agree"), "the box stood at another document");
    assert_eq!(ca.journal().accounts_created(), 0);

    for (field, key_id, mac_key, reason) in [
        ("key_id", "", "c2VjcmV0", "key identifier is empty"),
        ("mac_key", "kid", "", "MAC key is empty"),
        ("mac_key", "kid", "no base64!", "MAC key is not base64url"),
        ("key_id", "kid-9", "c2VjcmV0", "does not accept the external account \"kid-9\""),
    ] {
        let fields = [("id", "ours"), ("agree", "yes"), terms, ("key_id", key_id), ("mac_key", mac_key)];
        let (_, page) = submit(&mut client, "/fn/select_provider", &fields).await;
        let told = mistakes(&page.text().replace("&quot;", "\""));
        assert!(told.len() == 1 && told[field].contains(reason), "{field}: {told:?}");
    }
    let good = [customer.as_slice(), &[("agree", "yes"), terms]].concat();
    let (location, page) = submit(&mut client, "/fn/select_provider", &good).await;
    assert!(location.ends_with("done=provider"), "{location}");
    assert!(mistakes(&page.text()).is_empty());
    assert_eq!(show(&installation)["terms"]["agreed"]["by"], "admin");

    let closed = [("id", "ours"), ("action", "deactivate")];
    let (_, page) = submit(&mut client, "/fn/provider_account", &closed).await;
    assert!(mistakes(&page.text())["confirm"].contains("closed for good"));
    assert_eq!(show(&installation)["selected"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_tells_what_came_of_a_test_where_it_was_made_and_what_is_wrong_with_a_url_at_its_field() {
    let (installation, ca) = authority(ExternalAccounts::Optional);
    let server = installation.serve();
    let mut client = server.administrator().await;
    let test = [("id", "ours"), ("action", "test")];
    let (location, page) = submit(&mut client, "/fn/provider_account", &test).await;
    assert!(location.contains("done=provider_tested-") && location.ends_with("#health"), "{location}");
    let connection = |page: &str| page.split(r#"id="health""#).nth(1).expect("the part").to_owned();
    assert!(connection(&page.text()).contains("The provider answered in "), "{}", page.text());

    ca.faults().add(Rule::on(Endpoint::Directory, Fault::unavailable())).expect("a fault");
    let (location, page) = submit(&mut client, "/fn/provider_account", &test).await;
    assert!(location.ends_with("done=provider_test_failed#health"), "{location}");
    assert!(connection(&page.text()).contains("answered 503"), "{}", page.text());

    for (url, reason) in [
        ("https://127.0.0.1:1/dir", "127.0.0.1 (loopback)"),
        ("http://ca.test/dir", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
    ] {
        let add = [("id", "evil"), ("directory_url", url)];
        let (_, page) = submit(&mut client, "/fn/add_provider", &add).await;
        let told = mistakes(&page.text());
        assert!(told["directory_url"].contains(reason), "{url}: {told:?}");
        let change = [("id", "ours"), ("new_url", url)];
        let (_, page) = submit(&mut client, "/fn/change_provider", &change).await;
        let told = mistakes(&page.text());
        assert!(told["new_url"].contains(reason), "{url}: {told:?}");
    }
    let (_, page) =
        submit(&mut client, "/fn/add_provider", &[("id", "ours"), ("directory_url", "https://ca.test/")]).await;
    assert!(mistakes(&page.text())["id"].contains("the id is taken"));
    assert_eq!(show(&installation)["directory_url"], ca.directory_url());
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
    let terms = ("terms", "https://second.test/terms");
    let add = [("id", "second"), ("agree", "yes"), terms, ("key_id", "kid"), ("mac_key", "c2VjcmV0")];
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
