//! The command line: exit codes, messages, and what it does to the database.

use crate::support::Installation;
use serde_json::Value;

const USERS: &str = r#"
[[package]]
name = "default"
autossl = true
[[package]]
name = "static"
autossl = false
[[user]]
name = "alice"
email = "alice@example.test"
owner = "root"
package = "default"
suspended = false
  [[user.website]]
  domain = "alice.test"
  aliases = ["www.alice.test", "mail.alice.test"]
  document_root = "/home/alice/public_html"
[[user]]
name = "bob"
email = "bob@example.test"
owner = "root"
package = "static"
suspended = false
  [[user.website]]
  domain = "bob.test"
  aliases = []
  document_root = "/home/bob/public_html"
"#;

fn with_users() -> Installation {
    let installation = Installation::new();
    let file = installation.write("users.toml", USERS);
    let said = installation.succeed(&["user", "import", file.to_str().unwrap()]);
    assert!(said.starts_with("Imported 2 users from "), "{said}");
    installation
}

fn json(installation: &Installation, arguments: &[&str]) -> Value {
    serde_json::from_str(&installation.succeed(arguments)).expect("JSON")
}

#[test]
fn wrong_usage_exits_with_2_and_help_with_0() {
    let installation = Installation::new();
    for wrong in [&["chekc"][..], &["check"], &["check", "--all", "--user", "alice"], &["user", "override", "alice"]] {
        assert_eq!(installation.run(wrong).code, Some(2), "{wrong:?}");
    }
    let help = installation.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("serve") && help.stdout.contains("check"), "{}", help.stdout);
}

#[test]
fn an_unknown_key_is_refused_with_file_line_and_name() {
    let installation = Installation::new();
    let file = installation.write("autossl.toml", "[server]\nlisten = '127.0.0.1:0'\nlistn = 1\n");
    let said = installation.run(&["user", "list"]);
    assert_eq!(said.code, Some(1));
    let expected = format!("autossl: {}:3: unknown field `listn`", file.display());
    assert!(said.stderr.starts_with(&expected), "{}", said.stderr);
    assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
}

#[test]
fn an_unknown_variable_is_refused_by_name() {
    let installation = Installation::new();
    let mut command = installation.command(&["user", "list"]);
    let output = command.env("AUTOSSL_SERVER__LISTN", "x").output().expect("the program can be started");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("autossl: environment variable AUTOSSL_SERVER__LISTN: unknown field"), "{stderr}");
}

#[test]
fn users_are_imported_listed_and_shown() {
    let installation = with_users();
    let rows = json(&installation, &["user", "list", "--json"]);
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    assert_eq!((&rows[0]["name"], &rows[0]["names_total"]), (&"alice".into(), &3.into()));
    let table = installation.succeed(&["user", "list"]);
    assert!(table.starts_with("USER   PACKAGE  "), "{table}");
    let detail = installation.succeed(&["user", "show", "alice"]);
    assert!(detail.contains("www.alice.test unsecured"), "{detail}");
}

#[test]
fn a_refused_import_names_file_and_line_and_changes_nothing() {
    let installation = with_users();
    let before = json(&installation, &["user", "list", "--json"]);
    for (wrong, line) in [
        (USERS.replace("alice.test\"\n", "alice..test\"\n"), 15),
        (USERS.replace("owner = \"root\"", "oner = \"root\""), 11),
        (USERS.replace("aliases = []", "aliases = [\"alice.test\"]"), 0),
        (USERS.replace("[[user]]", "[[user]"), 8),
    ] {
        let file = installation.write("wrong.toml", wrong);
        let said = installation.run(&["user", "import", file.to_str().unwrap()]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{said:?}");
        assert!(
            said.stderr.starts_with(&format!("autossl: {} was refused, nothing was changed: ", file.display())),
            "{said:?}"
        );
        assert!(line == 0 || said.stderr.contains(&format!("line {line}")), "line {line}: {}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    }
    assert_eq!(json(&installation, &["user", "list", "--json"]), before);
}

#[test]
fn overrides_are_set_for_all_the_named_users_or_for_none() {
    let installation = with_users();
    let said = installation.succeed(&["user", "override", "alice", "bob", "enable"]);
    assert_eq!(said, "Enabled AutoSSL for 2 users.\n");
    let said = installation.run(&["user", "override", "alice", "mallory", "disable"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("mallory"), "{}", said.stderr);
    let rows = json(&installation, &["user", "list", "--json"]);
    assert_eq!((&rows[0]["decision"], &rows[1]["decision"]), (&"enabled".into(), &"enabled".into()));
    installation.succeed(&["user", "override", "bob", "reset"]);
    assert_eq!(json(&installation, &["user", "show", "bob", "--json"])["row"]["decision"], "inherited");
}

#[test]
fn excluded_names_are_left_out() {
    let installation = with_users();
    installation.succeed(&["user", "exclude", "alice", "mail.alice.test"]);
    assert!(installation.succeed(&["user", "show", "alice"]).contains("mail.alice.test excluded"));
    installation.succeed(&["user", "exclude", "alice", "WWW.Alice.Test."]);
    assert!(installation.succeed(&["user", "show", "alice"]).contains("www.alice.test excluded"));
    for (name, said_of_it) in [("bob.test", "bob.test"), ("http://alice.test", "domain \"http://alice.test\": ")] {
        let said = installation.run(&["user", "exclude", "alice", name]);
        assert_eq!(said.code, Some(1));
        assert!(said.stderr.contains(said_of_it), "{}", said.stderr);
    }
}

#[test]
fn an_unknown_user_fails_with_a_message_that_names_it() {
    let installation = with_users();
    for arguments in [&["user", "show", "mallory"][..], &["check", "--user", "mallory"]] {
        let said = installation.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
        assert!(said.stderr.starts_with("autossl: ") && said.stderr.contains("mallory"), "{}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1);
    }
}

#[test]
fn a_check_is_queued_and_the_second_name_does_the_same() {
    let installation = with_users();
    let run = json(&installation, &["check", "--user", "alice", "--json"]);
    assert_eq!((&run["state"], &run["requested_by"]), (&"queued".into(), &"tester".into()));
    assert!(installation.succeed(&["check", "--all"]).starts_with("Asked for a run for all users: log "));
    let link = installation.path("autossl_check");
    std::os::unix::fs::symlink(crate::support::program(), &link).expect("a link");
    let output = std::process::Command::new(link)
        .args(["--user=bob", "--config"])
        .arg(installation.config_file())
        .output()
        .expect("the link can be started");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("Asked for a run for bob: log "), "{output:?}");
    assert_eq!(json(&installation, &["log", "list", "--json"]).as_array().map(Vec::len), Some(3));
}

#[test]
fn a_check_that_is_waited_for_is_done_here_where_no_server_runs() {
    let installation = with_users();
    let said = installation.run(&["check", "--all", "--wait"]);
    // No provider is selected, so nothing can be secured; the log says so.
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stderr.starts_with("autossl: run ") && said.stderr.contains("provider"), "{said:?}");
    let id = json(&installation, &["log", "list", "--json"])[0]["id"].as_str().expect("a run").to_owned();
    assert_eq!(installation.succeed(&["log", "show", &id, "--follow"]), said.stdout);
    let records = installation.succeed(&["log", "show", &id, "--json"]);
    for line in records.lines() {
        serde_json::from_str::<Value>(line).expect("a record a line");
    }
}

#[test]
fn a_check_that_is_waited_for_is_done_by_the_server_where_one_runs() {
    let installation = with_users();
    let mut server = installation.serve();
    let said = installation.run(&["check", "--user", "alice", "--wait"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    server.wait_for_line("run ended");
}

#[test]
fn an_administrator_needs_a_free_name_and_a_good_password() {
    let installation = Installation::with_administrator();
    let create = ["admin", "create", "admin", "--role", "admin", "--password-stdin"];
    let said = installation.run(&create);
    assert_eq!(said.code, Some(1));
    assert_eq!(said.stderr, "autossl: no password or key: standard input is empty\n");
    let said = installation.run(&["admin", "create", "other", "--role", "admin"]);
    assert!(said.stderr.contains("--password-stdin"), "{}", said.stderr);
}

#[test]
fn the_configuration_is_printed_with_and_without_explanations() {
    let installation = Installation::new();
    assert!(installation.succeed(&["print-config"]).starts_with("# AutoSSL's configuration."));
    let effective = installation.succeed(&["print-config", "--effective"]);
    assert!(effective.contains(&format!("data = \"{}\"", installation.path("data").display())), "{effective}");
}

#[test]
fn a_health_check_tells_whether_a_server_answers() {
    let installation = Installation::new();
    let server = installation.serve();
    let text = std::fs::read_to_string(installation.config_file()).unwrap();
    let known = text.replace("'127.0.0.1:0'", &format!("'{}'", server.interface));
    std::fs::write(installation.config_file(), known).unwrap();
    assert_eq!(installation.succeed(&["healthcheck"]), "ok\n");
    drop(server);
    let said = installation.run(&["healthcheck"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.starts_with("autossl: not healthy: 127.0.0.1:"), "{}", said.stderr);
}

#[test]
fn migrate_makes_the_database() {
    let installation = Installation::new();
    assert_eq!(installation.succeed(&["migrate"]), "The database is up to date.\n");
    assert!(installation.path("data/autossl.db").is_file());
}

#[test]
fn a_closed_output_is_no_failure() {
    let installation = with_users();
    let command = format!(
        "{} user list --config {} | true",
        crate::support::program().display(),
        installation.config_file().display()
    );
    let status = std::process::Command::new("bash").args(["-o", "pipefail", "-c", &command]).status().expect("bash");
    assert!(status.success());
}

#[test]
fn a_plan_needs_a_provider_and_says_how_to_choose_one() {
    let installation = with_users();
    let said = installation.run(&["check", "--all", "--plan"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("autossl provider select ID --agree-tos"), "{}", said.stderr);
    assert_eq!(
        json(&installation, &["log", "list", "--json"]).as_array().map(Vec::len),
        Some(0),
        "nothing was asked for"
    );
    assert_eq!(installation.run(&["check", "--all", "--plan", "--wait"]).code, Some(2));
}

#[test]
fn the_queue_is_listed_and_jobs_that_do_not_exist_are_named() {
    let installation = with_users();
    assert_eq!(json(&installation, &["queue", "list", "--json"]), serde_json::json!([]));
    assert!(installation.succeed(&["queue", "list"]).starts_with("ID"));
    for verb in ["show", "retry", "cancel", "hold", "release"] {
        let said = installation.run(&["queue", verb, "99"]);
        assert_eq!(said.code, Some(1), "{verb}");
        assert!(said.stderr.contains("no job named 99"), "{verb}: {}", said.stderr);
    }
    let said = installation.run(&["queue", "list", "--state", "sleeping"]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("waiting"), "{}", said.stderr);
}
