//! Users and websites that are changed by hand, and discovered, on the command line and by forms.

use crate::support::Installation;
use serde_json::{Value, json};

const TWO: &str = "[[user]]\nname = 'alice'\n[[user.website]]\ndomain = 'alice.test'\naliases = ['www.alice.test']\n\
                   document_root = '/srv/alice'\n[[user]]\nname = 'bob'\n";

fn with_two() -> Installation {
    imported(Installation::new())
}

fn imported(installation: Installation) -> Installation {
    let file = installation.write("users.toml", TWO);
    installation.succeed(&["user", "import", file.to_str().unwrap()]);
    installation
}

fn listed(installation: &Installation, arguments: &[&str]) -> Value {
    serde_json::from_str(&installation.succeed(arguments)).expect("JSON")
}

fn refused(installation: &Installation, arguments: &[&str], reason: &str) {
    let said = installation.run(arguments);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{arguments:?}: {said:?}");
    assert_eq!(said.stderr, format!("autossl: {reason}\n"), "{arguments:?}");
}

#[test]
fn a_user_is_added_suspended_and_removed() {
    let installation = with_two();
    let add = ["user", "add", "carol", "--email", "carol@example.test", "--owner", "shop"];
    assert_eq!(installation.succeed(&add), "Added carol.\n");
    let carol = listed(&installation, &["user", "show", "carol", "--json"]);
    assert_eq!((&carol["email"], &carol["row"]["owner"]), (&json!("carol@example.test"), &json!("shop")));
    assert_eq!((&carol["row"]["package"], &carol["websites"]), (&json!("default"), &json!([])));

    refused(&installation, &add, "user carol exists already");
    refused(&installation, &["user", "add", "dan", "--package", "gold"], "no package named gold");
    let rule = "it must be 1 to 32 of a-z, 0-9, '_', '.' and '-', and begin with a letter or digit";
    refused(&installation, &["user", "add", "Dan"], &format!("user \"Dan\": {rule}"));
    let email = "email \"nowhere\" of user dan: it must be one address, or empty";
    refused(&installation, &["user", "add", "dan", "--email", "nowhere"], email);

    installation.succeed(&["user", "suspend", "carol"]);
    assert_eq!(listed(&installation, &["user", "show", "carol", "--json"])["row"]["suspended"], true);
    installation.succeed(&["user", "unsuspend", "carol"]);
    assert_eq!(listed(&installation, &["user", "show", "carol", "--json"])["row"]["suspended"], false);
    assert_eq!(installation.succeed(&["user", "remove", "carol"]), "Removed carol.\n");
    for verb in ["remove", "suspend", "unsuspend", "show"] {
        refused(&installation, &["user", verb, "carol"], "no user named carol");
    }
}

#[test]
fn what_goes_with_a_website_and_with_autossl_is_shown_before_it_does() {
    let installation = with_two();
    installation.configure("[services.exim]\n");
    let names = installation.path("data/certificates/alice.test/1");
    std::fs::create_dir_all(&names).unwrap();
    let before = listed(&installation, &["website", "list", "--json"]);
    let plan = installation.succeed(&["website", "remove", "alice.test", "--plan"]);
    assert!(plan.contains("goes ") && plan.contains("data/certificates/alice.test\n"), "{plan}");
    assert!(plan.contains("24 hours after the removal") && plan.contains("Nothing is revoked"), "{plan}");
    let of_user = installation.succeed(&["user", "remove", "alice", "--plan"]);
    assert_eq!(of_user, plan);
    let plan = listed(&installation, &["website", "remove", "alice.test", "--plan", "--json"]);
    assert_eq!(plan["services"], json!([]));
    assert_eq!(listed(&installation, &["website", "list", "--json"]), before, "it was only shown");

    let said = installation.run(&["uninstall"]);
    assert_eq!(said.code, Some(1));
    assert_eq!(said.stderr, "autossl: nothing was done; if you mean it, add --yes\n");
    installation.succeed(&["uninstall", "--plan"]);
    assert_eq!(installation.succeed(&["uninstall", "--yes"]), "exim: AutoSSL's files are out.\n");
    assert_eq!(installation.succeed(&["drift"]), "0 certificates were looked at.\n");
    let disabled = installation.succeed(&["user", "override", "alice", "disable"]);
    assert!(disabled.contains("certificates stay installed until they expire"), "{disabled}");
}

#[test]
fn websites_and_names_are_added_listed_and_removed() {
    let installation = with_two();
    let add = ["website", "add", "bob", "Bücher.test", "--alias", "www.bücher.test", "--alias", "b.test"];
    assert_eq!(installation.succeed(&add), "Added Bücher.test to bob.\n");
    installation.succeed(&["website", "alias", "add", "bücher.test", "mail.b.test"]);
    installation.succeed(&["website", "alias", "remove", "bücher.test", "b.test"]);
    let bob = listed(&installation, &["website", "list", "--user", "bob", "--json"]);
    let expected = json!([{
        "user": "bob",
        "domain": "xn--bcher-kva.test",
        "aliases": ["www.xn--bcher-kva.test", "mail.b.test"],
        "document_root": "/home/bob/public_html",
        "source": "database",
        "configured_certificate": null,
    }]);
    assert_eq!(bob, expected);
    let table = installation.succeed(&["website", "list"]);
    assert!(table.contains("alice  alice.test   database  /srv/alice") && table.contains("bücher.test"), "{table}");
    let found = listed(&installation, &["user", "list", "--search", "mail.b", "--json"]);
    assert_eq!((&found[0]["name"], &found[0]["names_total"]), (&json!("bob"), &json!(3)));

    assert_eq!(installation.succeed(&["website", "remove", "bücher.test"]), "Removed bücher.test.\n");
    assert_eq!(listed(&installation, &["website", "list", "--user", "bob", "--json"]), json!([]));
}

#[test]
fn what_cannot_be_added_or_removed_is_said_and_changes_nothing() {
    let installation = with_two();
    let before = listed(&installation, &["website", "list", "--json"]);
    for (arguments, reason) in [
        (&["add", "carol", "carol.test"][..], "no user named carol"),
        (&["add", "bob", "www.alice.test"], "domain www.alice.test exists already"),
        (&["add", "bob", "bob.test", "--alias", "alice.test"], "domain alice.test exists already"),
        (&["add", "alice", "www.alice.test"], "domain www.alice.test exists already"),
        (&["add", "bob", "localhost"], "domain \"localhost\" of user bob: it needs at least two labels"),
        (
            &["add", "bob", "bob.test", "--alias", "BOB.test"],
            "domain \"bob.test\" of user bob is named twice, first for user bob",
        ),
        (
            &["add", "bob", "bob.test", "--document-root", "www"],
            "document_root \"www\" of user bob: it must be an absolute path without control characters",
        ),
        (&["remove", "www.alice.test"], "no website named www.alice.test"),
        (&["list", "--user", "carol"], "no user named carol"),
        (&["alias", "add", "alice.test", "alice.test"], "domain alice.test exists already"),
        (&["alias", "remove", "alice.test", "mail.alice.test"], "no alias named mail.alice.test"),
        (
            &["alias", "add", "alice.test", "bad_name.test"],
            "domain \"bad_name.test\" of user alice: label \"bad_name\" has a character that is not allowed: '_'",
        ),
    ] {
        refused(&installation, &[&["website"], arguments].concat(), reason);
    }
    assert_eq!(listed(&installation, &["website", "list", "--json"]), before);
}

#[test]
fn a_source_that_does_not_answer_or_does_not_exist_is_named() {
    let installation = with_two();
    refused(
        &installation,
        &["inventory", "sync"],
        "the inventory is kept in the database, so there is nothing to sync with: see inventory.source",
    );
    installation.configure("[inventory]\nsource = 'apache'\n[inventory.apache]\ncommand = ['false']\n");
    let said = installation.run(&["inventory", "sync"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.starts_with("autossl: command false -t -D DUMP_VHOSTS"), "{}", said.stderr);
    refused(
        &installation,
        &["website", "add", "bob", "bob.test"],
        "the list of websites is managed by Apache's configuration: change it there",
    );
    installation.configure("[inventory]\nsource = 'nginx'\n");
    let said = installation.run(&["website", "list"]);
    assert!(said.stderr.contains("unknown variant `nginx`, expected `database` or `apache`"), "{}", said.stderr);
}

#[test]
fn the_virtual_hosts_of_an_apache_become_websites() {
    let installation = with_two();
    let modules = "/usr/lib/apache2/modules";
    let vhost = |names: &str| format!("<VirtualHost 127.0.0.1:8>\n{names}\nDocumentRoot /srv\n</VirtualHost>\n");
    let apache = |vhosts: &[&str]| {
        let vhosts: String = vhosts.iter().map(|names| vhost(names)).collect();
        let text = format!(
            "ServerRoot /\nServerName main.test\nListen 127.0.0.1:8\nPidFile {pid}\nDefaultRuntimeDir {run}\n\
             LoadModule mpm_event_module {modules}/mod_mpm_event.so\nUser www-data\nGroup www-data\n\
             ErrorLog {log}\n{vhosts}",
            pid = installation.path("pid").display(),
            run = installation.path("").display(),
            log = installation.path("error.log").display(),
        );
        installation.write("httpd.conf", text)
    };
    let file = apache(&["ServerName a.test\nServerAlias www.a.test", "ServerName b.test", "ServerName c.test"]);
    installation.configure(&format!(
        "[inventory]\nsource = 'apache'\n[inventory.apache]\ncommand = ['/usr/sbin/apache2', '-f', '{}']\n\
         fallback_user = 'webmaster'\nfirst_user_id = 4000000000\n",
        file.display()
    ));
    let dry = listed(&installation, &["inventory", "sync", "--dry-run", "--json"]);
    assert_eq!(dry["added"].as_array().map(Vec::len), Some(3), "{dry}");
    assert_eq!(listed(&installation, &["website", "list", "--user", "alice", "--json"])[0]["source"], "database");
    let said = installation.succeed(&["inventory", "sync"]);
    assert_eq!(
        said,
        "Added a.test (webmaster) with www.a.test.\nAdded b.test (webmaster).\nAdded c.test (webmaster).\n\
         Websites: 3 added, 0 changed, 0 vanished.\n"
    );
    let kept = listed(&installation, &["website", "list", "--user", "alice", "--json"]);
    assert_eq!(kept[0]["domain"], "alice.test", "what was imported stays");
    assert_eq!(installation.succeed(&["inventory", "sync"]), "Websites: 0 added, 0 changed, 0 vanished.\n");

    apache(&["ServerName a.test"]);
    let said = installation.run(&["inventory", "sync"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.starts_with("autossl: 2 of 3 websites vanished at once, more than 50 %"), "{}", said.stderr);
    assert!(said.stderr.contains("--confirm-loss"), "{}", said.stderr);
    let said = installation.succeed(&["inventory", "sync", "--confirm-loss"]);
    assert!(said.ends_with("Websites: 0 added, 1 changed, 2 vanished.\n"), "{said}");
}

#[tokio::test]
async fn forms_without_javascript_change_websites_and_say_what_was_done() {
    let installation = imported(Installation::with_administrator());
    let server = installation.serve();
    let mut client = server.administrator().await;
    let page = client.get("/users/bob").await.text();
    assert!(page.contains("Add a website") && page.contains(r#"action="/fn/change_inventory""#), "{page}");
    let referer = format!("http://{}/users/bob", server.interface);
    let origin = format!("http://{}", server.interface);
    let headers = [
        ("origin", origin.as_str()),
        ("referer", referer.as_str()),
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let add =
        "change[verb]=add_website&change[user]=bob&change[website]=bob.test&change[names]=www.bob.test,+m.bob.test";
    for (form, done) in [
        (add, "add_website"),
        ("change[verb]=add_alias&change[website]=bob.test&change[names]=new.bob.test", "add_alias"),
        ("change[verb]=remove_alias&change[website]=bob.test&change[names]=m.bob.test", "remove_alias"),
        ("change[verb]=add_user&change[user]=carol&change[email]=&change[package]=", "add_user"),
    ] {
        let answer = client.send("POST", "/fn/change_inventory", &headers, form).await;
        assert_eq!(answer.status, 302, "{form}: {}", answer.text());
        assert_eq!(answer.header("location"), format!("/users/bob?done={done}"), "{form}");
    }
    let bob = listed(&installation, &["website", "list", "--user", "bob", "--json"]);
    assert_eq!(bob[0]["aliases"], json!(["www.bob.test", "new.bob.test"]));
    assert_eq!(bob[0]["document_root"], "/home/bob/public_html");
    let page = client.get("/users/bob?done=add_website").await.text();
    assert!(page.contains("The website was added.") && page.contains("Remove website…"), "{page}");

    let taken = "change[verb]=add_alias&change[website]=bob.test&change[names]=alice.test";
    let answer = client.send("POST", "/fn/change_inventory", &headers, taken).await;
    let page = client.get(answer.header("location").split(&origin).last().unwrap()).await.text();
    assert!(page.contains("Domain alice.test exists already."), "{page}");
    let answer = client
        .send("POST", "/fn/change_inventory", &headers, "change[verb]=remove_website&change[website]=bob.test")
        .await;
    assert_eq!(answer.header("location"), "/users/bob?done=remove_website");
    assert_eq!(listed(&installation, &["website", "list", "--user", "bob", "--json"]), json!([]));

    client.cookie = None;
    let answer = client.send("POST", "/fn/change_inventory", &headers, add).await;
    assert!(answer.header("location").starts_with("/login"), "who is not signed in is led there: {answer:?}");
    assert_eq!(listed(&installation, &["website", "list", "--user", "bob", "--json"]), json!([]));
}
