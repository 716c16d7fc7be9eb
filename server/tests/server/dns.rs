//! `autossl dns` and the page of the DNS zones, with a real name server.

use crate::support::{Installation, PASSWORD, RunningServer, program};
use rig::{Binaries, Knot, TsigKey, Zone};
use serde_json::Value;
use std::io::Write;
use std::process::{Output, Stdio};
use testca::{PersistentRecords, TestCa};

const KEY: TsigKey =
    TsigKey { name: "autossl", algorithm: "hmac-sha256", secret: "4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=" };
const WRONG: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

struct Server {
    installation: Installation,
    knot: Knot,
}

impl Server {
    async fn start() -> Self {
        let installation = Installation::new();
        let zones = ["a.test", "b.test", "d.test"].map(|name| Zone::new(name, "").changed_with(KEY));
        let binaries = Binaries::from_env().expect("programs of the rig");
        let knot = Knot::start(&binaries, &installation.path("knot"), &zones).await.expect("Knot");
        let at = knot.address();
        installation
            .write("zone.key", format!("key \"autossl\" {{ algorithm hmac-sha256; secret \"{}\"; }};", KEY.secret));
        installation.configure(&format!(
            "[[dns]]\nzone = 'a.test'\nkind = 'rfc2136'\nserver = '{at}'\nsecret_file = 'zone.key'\ncheck_at = ['{at}']\n\
             [[dns]]\nzone = 'b.test'\nkind = 'rfc2136'\nserver = '{at}'\nkey = 'autossl'\nsecret = '{WRONG}'\ncheck_at = ['{at}']\n\
             [[dns]]\nzone = 'c.test'\nkind = 'command'\ncommand = ['dns-hook']\n"
        ));
        Self { installation, knot }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        self.run_with(arguments, "")
    }

    /// Run a command with something on its standard input.
    fn run_with(&self, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
        let mut command = self.installation.command(arguments);
        let command = command.env("AUTOSSL_ACME__RESOLVER", self.resolver()).stdin(Stdio::piped());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        // A command that reads none of it may have ended.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output: Output = child.wait_with_output().expect("the program ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn resolver(&self) -> String {
        format!("['{}']", self.knot.address())
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let (code, said, errors) = self.run(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}{errors}");
        said
    }

    fn show(&self, zone: &str) -> Value {
        serde_json::from_str(&self.succeed(&["dns", "show", zone, "--json"])).expect("JSON")
    }

    /// Make sure that neither the database nor the data directory holds a secret as it was given.
    fn keeps_no_secret(&self) {
        let directories = [self.installation.path("data"), self.installation.path("")];
        let files = directories.iter().flat_map(|path| std::fs::read_dir(path).expect("a directory"));
        let paths = files.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
        let kept: Vec<_> =
            paths.filter(|path| !path.ends_with("zone.key") && !path.ends_with("autossl.toml")).collect();
        assert!(kept.iter().any(|path| path.ends_with("autossl.db")), "{kept:?}");
        for path in kept {
            let bytes = std::fs::read(&path).expect("a file");
            let found = bytes.windows(KEY.secret.len()).any(|window| window == KEY.secret.as_bytes());
            assert!(!found, "{} holds the secret", path.display());
        }
    }
}

fn key_file(secret: &str) -> String {
    format!("key \"autossl\" {{ algorithm hmac-sha256; secret \"{secret}\"; }};\n")
}

#[tokio::test]
async fn a_zone_is_tried_and_what_is_wrong_is_said() {
    let server = Server::start().await;
    let (code, said, errors) = server.run(&["dns", "test", "a.test"]);
    assert_eq!(code, Some(0), "{said}{errors}");
    let seen =
        format!("A test value was put at _acme-challenge.a.test and removed.\nSeen at {}.\n", server.knot.address());
    assert_eq!(said, seen);

    let (code, said, errors) = server.run(&["dns", "test", "b.test", "--json"]);
    assert_eq!((code, errors.as_str()), (Some(1), "autossl: challenge records cannot be made in DNS zone b.test\n"));
    let trial: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(trial["findings"][0]["code"], "dns01_publish_failed");
    assert!(trial["findings"][0]["evidence"].as_str().unwrap_or_default().contains("BADSIG"), "{trial}");

    let (code, _, errors) = server.run(&["dns", "test", "d.test"]);
    assert_eq!((code, errors.as_str()), (Some(1), "autossl: no DNS zone named d.test is configured\n"));
}

#[tokio::test]
async fn zones_are_listed_and_secrets_are_not() {
    let server = Server::start().await;
    let (_, said, _) = server.run(&["dns", "list", "--json"]);
    let zones: Value = serde_json::from_str(&said).expect("JSON");
    let kinds: Vec<_> = zones.as_array().expect("a list").iter().map(|zone| (&zone["zone"], &zone["kind"])).collect();
    assert_eq!(kinds[0], (&"a.test".into(), &"rfc2136".into()));
    assert_eq!(kinds[2], (&"c.test".into(), &"command".into()));
    let (_, table, _) = server.run(&["dns", "list"]);
    assert!(table.starts_with("ZONE    KIND     CHANGED BY"), "{table}");
    let (_, effective, _) = server.run(&["print-config", "--effective"]);
    assert!(effective.contains("zone = \"b.test\"") && effective.contains("(not shown)"), "{effective}");
    for said in [table, effective, zones.to_string()] {
        assert!(!said.contains(WRONG) && !said.contains(KEY.secret), "{said}");
    }
}

#[tokio::test]
async fn a_zone_is_added_changed_and_removed_with_a_secret_from_a_file_or_standard_input() {
    let server = Server::start().await;
    let at = server.knot.address().to_string();
    let add = ["dns", "add", "d.test", "--kind", "rfc2136", "--server", &at, "--check-at", &at, "--secret-file"];
    let (code, said, errors) = server.run_with(&[&add[..], &["-"]].concat(), &key_file(WRONG));
    assert_eq!((code, said.as_str()), (Some(1), ""), "{errors}");
    assert!(errors.starts_with("autossl: DNS zone d.test was tried and is not saved: "), "{errors}");
    assert!(errors.contains("BADSIG") && !errors.contains(WRONG), "{errors}");
    assert_eq!(server.run(&["dns", "show", "d.test"]).0, Some(1), "nothing is saved");

    let said = server.succeed(&[&add[..], &["zone.key"]].concat());
    assert!(said.starts_with("A test value was put at _acme-challenge.d.test and removed.\n"), "{said}");
    assert!(said.ends_with("DNS zone d.test is saved.\n"), "{said}");
    let shown = server.show("d.test");
    assert_eq!((&shown["secret"], &shown["key_name"]), (&"set".into(), &"autossl".into()));
    assert_eq!((&shown["algorithm"], &shown["origin"]["added"]["by"]), (&"hmac-sha256".into(), &"tester".into()));
    let table = server.succeed(&["dns", "list"]);
    assert!(table.contains("added by tester") && table.contains("configuration file"), "{table}");

    server.succeed(&["dns", "change", "d.test", "--ttl", "120"]);
    assert_eq!(server.show("d.test")["ttl"], 120);
    server.succeed(&["dns", "test", "d.test"]);
    let change = ["dns", "change", "d.test", "--secret-file", "-"];
    assert_eq!(server.run_with(&change, &key_file(WRONG)).0, Some(1));
    server.succeed(&["dns", "test", "d.test"]);
    let (code, said, _) = server.run_with(&[&change[..], &["--untested"]].concat(), &key_file(WRONG));
    assert!(code == Some(0) && said.contains("saved without a trial"), "{said}");
    assert_eq!(server.run(&["dns", "test", "d.test"]).0, Some(1));
    server.keeps_no_secret();

    for wrong in ["change", "remove"] {
        let (code, _, errors) = server.run(&["dns", wrong, "a.test"]);
        let expected = "autossl: DNS zone a.test is in the configuration file: change it there\n";
        assert_eq!((code, errors.as_str()), (Some(1), expected));
    }
    assert_eq!(server.run(&[&add[..9], &["--secret", WRONG]].concat()).0, Some(2), "no secret on the command line");
    assert_eq!(server.succeed(&["dns", "remove", "d.test"]), "DNS zone d.test is removed.\n");
    assert_eq!(server.run(&["dns", "show", "d.test"]).0, Some(1));
}

#[tokio::test]
async fn the_page_adds_tries_and_removes_zones_by_plain_forms_and_shows_no_secret() {
    let server = Server::start().await;
    let admin = ["admin", "create", "admin", "--role", "admin", "--password-stdin"];
    server.installation.succeed_with_input(&admin, PASSWORD);
    let mut command = server.installation.command(&["serve"]);
    command.env("AUTOSSL_ACME__RESOLVER", server.resolver());
    let running = RunningServer::start(command);
    let mut client = running.administrator().await;
    let page = client.get("/dns").await.text();
    for part in
        ["<h1>DNS zones</h1>", "b.test", "configuration file", "/fn/save_dns_zone", "dns_commands_from_interface"]
    {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("command\" value") && !page.contains("form[command]"), "commands are not offered");

    let at = server.knot.address().to_string();
    let origin = format!("http://{}", running.interface);
    let referer = format!("{origin}/dns");
    let headers = [
        ("origin", origin.as_str()),
        ("referer", referer.as_str()),
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let save = |secret: &str, kind: &str| {
        let fields = [
            ("verb", "add"),
            ("form[kind]", kind),
            ("form[zone]", "d.test"),
            ("form[server]", at.as_str()),
            ("form[check_at]", at.as_str()),
            ("form[ttl]", ""),
            ("form[secret]", &key_file(secret)),
        ];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    };
    let answer = client.send("POST", "/fn/save_dns_zone", &headers, &save(WRONG, "rfc2136")).await;
    let refused = answer.header("location").to_owned();
    assert!(refused.contains("__err=") && !refused.contains(WRONG), "{refused}");
    let path = refused.strip_prefix(&origin).unwrap_or(&refused).to_owned();
    assert!(client.get(&path).await.text().contains("BADSIG"), "the reason is on the page");
    let answer = client
        .send(
            "POST",
            "/fn/save_dns_zone",
            &headers,
            "verb=add&form[kind]=command&form[zone]=e.test&form[command]=%2Fbin%2Ftrue",
        )
        .await;
    assert!(answer.header("location").contains("__err="), "{answer:?}");
    assert_eq!(server.run(&["dns", "show", "e.test"]).0, Some(1), "a command needs the configuration's word");

    let answer = client.send("POST", "/fn/save_dns_zone", &headers, &save(KEY.secret, "rfc2136")).await;
    assert_eq!((answer.status, answer.header("location")), (302, "/dns?done=dns_added"), "{}", answer.text());
    let page = client.get("/dns?zone=d.test").await.text();
    for part in ["autossl, hmac-sha256; the secret is set", "Worked", "/fn/dns_zone_action", "value=\"test\""] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let sheet = client
        .send(
            "POST",
            "/fn/dns_zones",
            &[("accept", "application/json"), ("origin", &origin), ("content-type", "application/json")],
            "{}",
        )
        .await
        .text();
    for said in [page, sheet, server.succeed(&["dns", "show", "d.test", "--json"])] {
        assert!(said.contains("d.test") && !said.contains(KEY.secret), "{said}");
    }

    let answer = client.send("POST", "/fn/dns_zone_action", &headers, "zone=d.test&action=test").await;
    assert_eq!(answer.header("location"), "/dns?done=dns_tested", "{}", answer.text());
    // What another process changes counts at once.
    server.succeed(&["dns", "remove", "d.test"]);
    let answer = client.send("POST", "/fn/dns_zone_action", &headers, "zone=d.test&action=test").await;
    assert!(answer.header("location").contains("__err="), "{answer:?}");
    let mut stranger = running.client();
    for path in ["/fn/dns_zones", "/fn/save_dns_zone", "/fn/dns_zone_action", "/fn/persist_sheet", "/fn/persist_action"]
    {
        let fields = "zone=d.test&action=remove&verb=add&form[kind]=command&form[zone]=e.test&form[domain]=a.test";
        let kind = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
        let json = [("content-type", "application/json"), ("origin", origin.as_str())];
        let is_json = ["/fn/dns_zones", "/fn/persist_sheet"].contains(&path);
        let (headers, body) =
            if is_json { (&json[..], r#"{"form": {"domain": "a.test"}}"#) } else { (&kind[..], fields) };
        let body = if path == "/fn/persist_action" { "form[domain]=a.test&action=publish" } else { body };
        assert_eq!(stranger.send("POST", path, headers, body).await.status, 401, "{path}");
    }
}

#[test]
fn a_command_is_added_after_two_hyphens_with_its_arguments() {
    let installation = Installation::new();
    let mut command = std::process::Command::new(program());
    command.env_clear().env("USER", "tester").current_dir(installation.path(""));
    command.arg("--config").arg(installation.config_file());
    command.args(["dns", "add", "e.test", "--kind", "command", "--untested", "--", "/bin/hook", "--account", "web"]);
    let output = command.output().expect("the program can be started");
    assert!(output.status.success(), "{output:?}");
    let shown = installation.succeed(&["dns", "show", "e.test", "--json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!((&shown["place"], &shown["secret"]), (&"/bin/hook --account web".into(), &Value::Null));
}

#[test]
fn a_persistent_record_needs_an_account_that_it_can_name() {
    let installation = Installation::new();
    let said = installation.run(&["dns", "persist", "a.test"]);
    assert!(said.code == Some(1) && said.stderr.contains("no provider is selected"), "{said:?}");
    let said = installation.run(&["dns", "persist", "a.test", "--until", "soon"]);
    assert!(said.code == Some(1) && said.stderr.contains("\"soon\" is neither a day"), "{said:?}");
    assert_eq!(installation.run(&["dns", "persist", "a.test", "--check", "--publish"]).code, Some(2));
}

#[tokio::test]
async fn a_persistent_record_is_shown_checked_and_published() {
    let server = Server::start().await;
    let ca = TestCa::builder().persistent_records(PersistentRecords::Accepted).start().expect("a CA");
    let root = server.installation.write("root.pem", ca.tls_root_pem());
    let (directory, root) = (ca.directory_url(), root.display().to_string());
    server.succeed(&["provider", "add", "ours", "--directory", &directory, "--root", &root, "--allow-private"]);
    server.succeed(&["provider", "select", "ours", "--agree-tos"]);

    let persist = ["dns", "persist", "a.test", "--wildcard", "--until", "2099-01-01"];
    let said = server.succeed(&persist);
    assert!(said.starts_with("_validation-persist.a.test. IN TXT \"ca.test; accounturi=https://"), "{said}");
    assert!(said.contains("; policy=wildcard; persistUntil=4070908800\"\n"), "{said}");
    assert!(said.contains("ours validates by such a record.") && said.contains("persist_missing: "), "{said}");
    let (code, _, errors) = server.run(&[&persist[..], &["--check"]].concat());
    assert_eq!((code, errors.as_str()), (Some(1), "autossl: no persistent record validates a.test\n"));

    server.succeed(&[&persist[..], &["--publish"]].concat());
    let shown: Value =
        serde_json::from_str(&server.succeed(&[&persist[..], &["--check", "--json"]].concat())).expect("JSON");
    assert_eq!(
        (&shown["works"], &shown["published"], &shown["offer"]),
        (&true.into(), &true.into(), &"offered".into())
    );
    let withdrawn = server.succeed(&["dns", "persist", "a.test", "--withdraw"]);
    assert_eq!(withdrawn, "The record of a.test is removed.\n");
    assert_eq!(server.run(&[&persist[..], &["--check"]].concat()).0, Some(1));
}

#[test]
fn a_zone_that_cannot_be_right_is_refused_with_its_line_and_name() {
    let installation = Installation::new();
    let file =
        installation.write("autossl.toml", "[paths]\ndata = 'data'\n[[dns]]\nzone = 'a.test'\nkind = 'rfc2136'\n");
    let said = installation.run(&["dns", "list"]);
    assert_eq!(said.code, Some(1));
    let expected = format!("autossl: {}:3: DNS zone \"a.test\": kind \"rfc2136\" needs `server`", file.display());
    assert!(said.stderr.starts_with(&expected), "{}", said.stderr);
    installation.configure("[[dns]]\nzone = 'a.test'\nkind = 'rfc2136'\nserver = 'x'\nsecret_file = 'gone.key'\n");
    let said = installation.run(&["dns", "list"]);
    assert!(said.stderr.starts_with("autossl: configuration: DNS zone \"a.test\": key file /"), "{}", said.stderr);
}
