//! Options: on the command line, and on their page.

use crate::support::Installation;
use serde_json::Value;

fn json(installation: &Installation, arguments: &[&str]) -> Value {
    serde_json::from_str(&installation.succeed(arguments)).expect("JSON")
}

#[test]
fn options_are_listed_read_and_set() {
    let installation = Installation::new();
    let rows = json(&installation, &["options", "list", "--json"]);
    assert_eq!((&rows[0]["key"], &rows[0]["value"]), (&"replace-foreign".into(), &"off".into()));
    assert_eq!(installation.succeed(&["options", "get", "readd-per-week"]), "2\n");

    assert_eq!(installation.succeed(&["options", "set", "readd-per-week", "4"]), "readd-per-week is 4.\n");
    let row = json(&installation, &["options", "get", "readd-per-week", "--json"]);
    assert_eq!((&row["value"], &row["default"], &row["set_by"]), (&"4".into(), &"2".into(), &"tester".into()));
    let table = installation.succeed(&["options", "list"]);
    assert!(table.starts_with("OPTION ") && table.contains("by tester, "), "{table}");
}

#[test]
fn what_cannot_be_set_is_refused_with_what_can() {
    let installation = Installation::new();
    let refused = |arguments: &[&str]| {
        let said = installation.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{said:?}");
        said.stderr
    };
    let known =
        "no option named replace; there are replace-foreign, replace-ev-ov, readd-per-week, key-type, rsa-companion";
    assert_eq!(refused(&["options", "get", "replace"]), format!("autossl: {known}\n"));
    assert_eq!(refused(&["options", "set", "replace", "on"]), format!("autossl: {known}\n"));
    assert_eq!(
        refused(&["options", "set", "replace-foreign", "yes"]),
        "autossl: option replace-foreign cannot be \"yes\": it takes on or off\n"
    );
    assert!(refused(&["options", "set", "readd-per-week", "9"]).contains("a number from 0 to 4"));
    assert_eq!(installation.run(&["options", "set", "readd-per-week"]).code, Some(2));
}

#[test]
fn replacing_ev_and_ov_certificates_has_to_be_confirmed() {
    let installation = Installation::new();
    let said = installation.run(&["options", "set", "replace-ev-ov", "on"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("only domain validated; if you mean it, add --confirm"), "{}", said.stderr);
    assert_eq!(installation.succeed(&["options", "get", "replace-ev-ov"]), "off\n");
    installation.succeed(&["options", "set", "replace-ev-ov", "on", "--confirm"]);
    assert_eq!(installation.succeed(&["options", "get", "replace-ev-ov"]), "on\n");
    installation.succeed(&["options", "set", "replace-ev-ov", "off"]);
}

#[tokio::test]
async fn the_page_works_as_a_plain_form() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.administrator().await;
    let page = client.get("/options").await.text();
    assert!(page.contains("values[replace-foreign]") && page.contains("<h1>Options</h1>"), "{page}");

    let origin = format!("http://{}", server.interface);
    let referer = format!("{origin}/options");
    let headers = [
        ("origin", origin.as_str()),
        ("referer", referer.as_str()),
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let form = "values%5Breplace-foreign%5D=on&values%5Breadd-per-week%5D=1";
    let answer = client.send("POST", "/fn/save_options", &headers, form).await;
    assert_eq!((answer.status, answer.header("location")), (302, "/options?done=options-2"), "{}", answer.text());
    let page = client.get("/options?done=options-2").await.text();
    assert!(page.contains("Saved: 2 options changed.") && page.contains("set by "), "{page}");
    assert_eq!(installation.succeed(&["options", "get", "replace-foreign"]), "on\n");

    let answer = client.send("POST", "/fn/save_options", &headers, "values%5Breadd-per-week%5D=9").await;
    assert!(answer.header("location").contains("__err="), "{answer:?}");
    assert_eq!(installation.succeed(&["options", "get", "replace-foreign"]), "on\n", "all or nothing");
}
