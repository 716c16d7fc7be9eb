//! What an import file may be, and that a refused one says why and where, and changes nothing.
#![cfg(feature = "host")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expects")]

use engine::inventory::{Addresses, ImportFormat, parse, parse_with};
use engine::model::{FeatureSetting, UserDetail, UserQuery};
use engine::store::{ImportedUser, ImportedWebsite};
use engine::{Engine, config::EngineConfig};
use tempfile::TempDir;

const SAMPLE_TOML: &str = r#"
[[package]]
name = "default"
autossl = true

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
"#;

const SAMPLE_JSON: &str = r#"{
  "package": [{"name": "default", "autossl": true}],
  "user": [{
    "name": "alice", "email": "alice@example.test", "owner": "root", "package": "default", "suspended": false,
    "website": [{
      "domain": "alice.test",
      "aliases": ["www.alice.test", "mail.alice.test"],
      "document_root": "/home/alice/public_html"
    }]
  }]
}"#;

fn refusal(text: &str, format: ImportFormat) -> String {
    parse(text, format).expect_err(text).to_string()
}

/// A TOML file with alice, whose website's primary name stands in line 4, and bob, whose one stands in line 9.
fn two_users(alice: &str, bob: &str) -> String {
    format!(
        "[[user]]\nname = \"alice\"\n[[user.website]]\ndomain = \"{alice}\"\ndocument_root = \"/a\"\n\
         [[user]]\nname = \"bob\"\n[[user.website]]\ndomain = \"{bob}\"\ndocument_root = \"/b\"\n"
    )
}

#[test]
fn toml_and_json_of_one_shape_give_the_same_inventory() {
    let inventory = parse(SAMPLE_TOML, ImportFormat::Toml).unwrap();
    assert_eq!(parse(SAMPLE_JSON, ImportFormat::Json).unwrap(), inventory);
    assert_eq!(inventory.packages[0].autossl, FeatureSetting::On);
    assert_eq!(
        inventory.users,
        [ImportedUser {
            name: "alice".into(),
            email: "alice@example.test".into(),
            owner: "root".into(),
            package: "default".into(),
            suspended: false,
            websites: vec![ImportedWebsite {
                domain: "alice.test".into(),
                aliases: vec!["www.alice.test".into(), "mail.alice.test".into()],
                document_root: "/home/alice/public_html".into(),
                ..ImportedWebsite::default()
            }],
        }]
    );
}

#[test]
fn a_website_may_name_the_certificate_that_it_is_configured_with() {
    let toml = |more: &str| {
        format!("[[user]]\nname = \"bob\"\n[[user.website]]\ndomain = \"bob.test\"\ndocument_root = \"/b\"\n{more}")
    };
    let json = r#"{"user": [{"name": "bob", "website": [{
        "domain": "bob.test", "document_root": "/b", "certificate": "/etc/ssl/bob.pem", "key": "/etc/ssl/bob.key"
    }]}]}"#;
    let both = toml("certificate = \"/etc/ssl/bob.pem\"\nkey = \"/etc/ssl/bob.key\"");
    let inventory = parse(&both, ImportFormat::Toml).unwrap();
    assert_eq!(parse(json, ImportFormat::Json).unwrap(), inventory);
    let files = inventory.users[0].websites[0].configured_certificate.as_ref().unwrap();
    assert_eq!(
        (files.certificate.to_str().unwrap(), files.key.as_deref().and_then(std::path::Path::to_str)),
        ("/etc/ssl/bob.pem", Some("/etc/ssl/bob.key"))
    );
    assert_eq!(
        refusal(&toml("certificate = \"bob.pem\""), ImportFormat::Toml),
        "line 6: certificate \"bob.pem\" of user bob: it must be an absolute path without control characters"
    );
    assert_eq!(
        refusal(&toml("key = \"/b.key\""), ImportFormat::Toml),
        "line 6: key \"/b.key\" of user bob: it is of no use without a certificate"
    );
}

#[test]
fn what_a_user_does_not_say_has_a_default() {
    let text = "[[user]]\nname = \"bob\"\n[[user.website]]\ndomain = \"Bücher.Test.\"\ndocument_root = \"/srv/bob\"";
    let users = parse(&format!("\u{feff}{text}"), ImportFormat::Toml).unwrap().users;
    let bob = &users[0];
    assert_eq!(
        (bob.email.as_str(), bob.owner.as_str(), bob.package.as_str(), bob.suspended),
        ("", "root", "default", false)
    );
    assert_eq!((bob.websites[0].domain.as_str(), bob.websites[0].aliases.len()), ("xn--bcher-kva.test", 0));
}

#[test]
fn a_bad_domain_is_refused_with_its_line_its_user_and_the_reason() {
    let reason =
        r#"line 4: domain "bad_name.test" of user alice: label "bad_name" has a character that is not allowed: '_'"#;
    assert_eq!(refusal(&two_users("bad_name.test", "bob.test"), ImportFormat::Toml), reason);
    let escaped = SAMPLE_JSON.replace("www.alice.test", "www\\u002e\\u002ealice.test");
    let reason = r#"domain "www..alice.test" of user alice: it has an empty label"#;
    assert_eq!(refusal(&escaped, ImportFormat::Json), reason, "a string with escapes has no known line");
}

#[test]
fn an_address_may_be_a_website_and_is_written_in_one_way() {
    for (written, stored) in [
        ("8.8.8.8", "8.8.8.8"),
        ("2001:4860:4860:0:0:0:0:8888", "2001:4860:4860::8888"),
        ("[2001:4860:4860::8844]", "2001:4860:4860::8844"),
    ] {
        let inventory = parse(&two_users(written, "bob.test"), ImportFormat::Toml).unwrap();
        assert_eq!(inventory.users[0].websites[0].domain, stored);
    }
    let reason = r#"line 9: domain "2606:4700::1111" of user bob is named twice, first for user alice in line 4"#;
    assert_eq!(refusal(&two_users("2606:4700:0::1111", "[2606:4700::1111]"), ImportFormat::Toml), reason);
}

#[test]
fn an_address_that_is_not_public_is_a_website_only_where_a_provider_may_be_private() {
    let inside = |address: &str| two_users(address, "bob.test");
    for (address, kind) in [("10.1.2.3", "private"), ("127.0.0.1", "loopback"), ("fd00::1", "unique local")] {
        let reason = refusal(&inside(address), ImportFormat::Toml);
        let start = format!("line 4: domain \"{address}\" of user alice: it is an address that is not public ({kind}");
        assert!(reason.starts_with(&start), "{reason}");
        let inventory = parse_with(&inside(address), ImportFormat::Toml, Addresses::Anywhere).unwrap();
        assert_eq!(inventory.users[0].websites[0].domain, address);
    }
}

#[test]
fn an_address_and_a_domain_name_share_no_website() {
    let json = SAMPLE_JSON.replace("www.alice.test", "8.8.8.8");
    let reason = refusal(&json, ImportFormat::Json);
    let told =
        r#"line 7: domain "8.8.8.8" of user alice: alice.test has it for a website, but an address and a domain name"#;
    assert!(reason.starts_with(told), "{reason}");
}

#[test]
fn a_domain_that_is_named_twice_is_refused_with_both_owners_and_lines() {
    let reason = r#"line 9: domain "alice.test" of user bob is named twice, first for user alice in line 4"#;
    assert_eq!(refusal(&two_users("alice.test", "ALICE.test."), ImportFormat::Toml), reason);
    let json = SAMPLE_JSON.replace("mail.alice.test", "alice.test");
    let reason = r#"line 7: domain "alice.test" of user alice is named twice, first for user alice in line 6"#;
    assert_eq!(refusal(&json, ImportFormat::Json), reason);
}

#[test]
fn a_user_or_package_that_is_named_twice_is_refused() {
    let twice = two_users("alice.test", "bob.test").replace("bob\"", "alice\"");
    assert_eq!(refusal(&twice, ImportFormat::Toml), "line 7: user alice is named twice, first in line 2");
    let package = "[[package]]\nname = \"basic\"\nautossl = false\n";
    let reason = "line 5: package basic is named twice, first in line 2";
    assert_eq!(refusal(&format!("{package}{package}"), ImportFormat::Toml), reason);
}

#[test]
fn bad_names_and_values_are_refused_with_their_line() {
    let rule = "it must be 1 to 32 of a-z, 0-9, '_', '.' and '-', and begin with a letter or digit";
    for (from, to, reason) in [
        ("name = \"alice\"", "name = \"Alice\"", format!("line 7: user \"Alice\": {rule}")),
        ("name = \"alice\"", "name = \"../alice\"", format!("line 7: user \"../alice\": {rule}")),
        ("name = \"alice\"", "name = \"\"", format!("line 7: user \"\": {rule}")),
        ("owner = \"root\"", "owner = \"a b\"", format!("line 9: owner \"a b\": {rule}")),
        (
            "package = \"default\"",
            "package = \" x\"",
            "line 10: package \" x\": it must be 1 to 64 characters without control characters or outer spaces".into(),
        ),
        (
            "alice@example.test",
            "alice example",
            "line 8: email \"alice example\" of user alice: it must be one address, or empty".into(),
        ),
        (
            "/home/alice/public_html",
            "public_html",
            "line 15: document_root \"public_html\" of user alice: it must be an absolute path without control characters"
                .into(),
        ),
    ] {
        assert_eq!(refusal(&SAMPLE_TOML.replace(from, to), ImportFormat::Toml), reason);
    }
    let newline = SAMPLE_TOML.replace("public_html", "x\\nSetHandler evil");
    let reason = refusal(&newline, ImportFormat::Toml);
    assert!(reason.contains("without control characters") && !reason.contains('\n'), "{reason}");
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let toml = refusal(&SAMPLE_TOML.replace("email", "emial"), ImportFormat::Toml);
    assert!(toml.starts_with("line 8, column 1: unknown field `emial`"), "{toml}");
    let json = refusal(&SAMPLE_JSON.replace("aliases", "alias"), ImportFormat::Json);
    assert!(json.starts_with("line 7, column ") && json.contains("unknown field `alias`"), "{json}");
    let top = refusal("[[users]]\nname = \"alice\"\n", ImportFormat::Toml);
    assert!(top.starts_with("line 1, column ") && top.contains("unknown field `users`"), "{top}");
}

#[test]
fn a_missing_key_or_a_wrong_type_is_refused_with_its_line() {
    let missing = refusal(&SAMPLE_TOML.replace("  document_root", "  #"), ImportFormat::Toml);
    assert!(missing.starts_with("line 12, column ") && missing.contains("missing field `document_root`"), "{missing}");
    let wrong = refusal(&SAMPLE_TOML.replace("suspended = false", "suspended = \"no\""), ImportFormat::Toml);
    assert!(wrong.starts_with("line 11, column ") && wrong.contains("expected a boolean"), "{wrong}");
    let wrong = refusal(&SAMPLE_JSON.replace("\"alice\"", "7"), ImportFormat::Json);
    assert!(wrong.starts_with("line 4, column ") && wrong.contains("expected a string"), "{wrong}");
}

#[test]
fn broken_toml_and_json_are_refused_with_line_and_column() {
    let toml = refusal("[[user]]\nname = \"alice\nemail = \"\"\n", ImportFormat::Toml);
    assert!(toml.starts_with("line 2, column "), "{toml}");
    let twice = refusal("[[user]]\nname = \"alice\"\nname = \"bob\"\n", ImportFormat::Toml);
    assert!(twice.starts_with("line 3, column 1: duplicate key"), "{twice}");
    let json = refusal("{\n  \"user\": [,]\n}", ImportFormat::Json);
    assert!(json.starts_with("line 2, column "), "{json}");
    let cut = refusal(&SAMPLE_JSON[..SAMPLE_JSON.len() - 2], ImportFormat::Json);
    assert!(cut.starts_with("line 10, column ") && !cut.contains(" at line"), "{cut}");
}

#[test]
fn a_file_with_nothing_in_it_is_refused() {
    for (text, format) in [
        ("", ImportFormat::Toml),
        (" \n\t", ImportFormat::Json),
        ("# only a comment", ImportFormat::Toml),
        ("{}", ImportFormat::Json),
        ("user = []\npackage = []", ImportFormat::Toml),
    ] {
        assert_eq!(refusal(text, format), "the file names no user and no package");
    }
}

#[test]
fn a_file_larger_than_64_mib_is_refused_unread() {
    let text = "x".repeat((64 << 20) + 1);
    for format in [ImportFormat::Toml, ImportFormat::Json] {
        assert_eq!(parse(&text, format).unwrap_err().to_string(), "the file is larger than 64 MiB");
    }
}

#[test]
fn no_input_makes_the_parser_panic() {
    let deep = [
        "[".repeat(100_000),
        "{\"user\":".repeat(100_000),
        format!("user = {}", "[".repeat(100_000)),
        format!("user{} = 1", ".a".repeat(100_000)),
    ];
    let nasty = [
        "\0",
        "\u{feff}",
        "null",
        "[]",
        "1e999",
        "\"\\ud800\"",
        "[[user]]\nname = \"\\u0000\"",
        "user = 1979-05-27",
        "\r\r\r",
        "[[user]",
    ];
    let cut = (0..SAMPLE_TOML.len())
        .map(|end| &SAMPLE_TOML[..end])
        .chain((0..SAMPLE_JSON.len()).map(|end| &SAMPLE_JSON[..end]));
    let bytes = (0..=255_u8).map(char::from).map(|byte| SAMPLE_TOML.replace('=', &byte.to_string()));
    for text in deep.iter().map(String::as_str).chain(nasty).chain(cut).map(str::to_owned).chain(bytes) {
        for format in [ImportFormat::Toml, ImportFormat::Json] {
            if let Err(error) = parse(&text, format) {
                assert!(!error.to_string().is_empty() && error.line != Some(0));
            }
        }
    }
}

async fn engine(dir: &TempDir) -> Engine {
    Engine::open(EngineConfig {
        database_url: format!("sqlite://{}", dir.path().join("autossl.db").display()),
        data_dir: dir.path().join("data"),
        logs_dir: dir.path().join("logs"),
        acme: Default::default(),
        providers: Vec::new(),
        apache: None,
        services: engine::config::ServicesConfig::default(),
        limits: Default::default(),
        schedule: Default::default(),
        inventory: Default::default(),
        certificates_per: Default::default(),
        exclude: Vec::new(),
        precheck: None,
        dns: Default::default(),
    })
    .await
    .unwrap()
}

async fn everything(engine: &Engine) -> Vec<UserDetail> {
    let mut all = Vec::new();
    for row in engine.users(&UserQuery { per_page: 500, ..UserQuery::default() }).await.unwrap().rows {
        all.push(engine.user(&row.name).await.unwrap());
    }
    all
}

#[tokio::test]
async fn a_refused_file_leaves_the_database_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(&dir).await;
    assert_eq!(engine.import(SAMPLE_TOML, ImportFormat::Toml).await.unwrap(), 1);
    let before = everything(&engine).await;
    assert_eq!(before.len(), 1);
    let good = two_users("new.test", "bob.test");
    for (from, to, reason) in [
        (
            "bob.test",
            "bob_.test",
            "line 9: domain \"bob_.test\" of user bob: label \"bob_\" has a character that is not allowed: '_'",
        ),
        (
            "bob.test",
            "new.test",
            "line 9: domain \"new.test\" of user bob is named twice, first for user alice in line 4",
        ),
        ("\"/b\"\n", "\"/b\"\nport = 80\n", "line 11, column 1: unknown field `port`"),
        ("\"bob\"", "\"bob", "line 7, column 12: "),
        ("\"bob\"", "\"bob\"\npackage = \"unheard\"", "no package named unheard"),
        (
            "\"alice\"",
            "\"carol\"\n[[user.website]]\ndomain = \"www.alice.test\"\ndocument_root = \"/c\"",
            "domain www.alice.test exists already",
        ),
    ] {
        let error = engine.import(&good.replace(from, to), ImportFormat::Toml).await.expect_err(reason).to_string();
        assert!(error.starts_with(reason), "{error} is not {reason}");
        assert_eq!(everything(&engine).await, before, "{reason}");
    }
    assert_eq!(engine.import(&good, ImportFormat::Toml).await.unwrap(), 2);
    assert_ne!(everything(&engine).await, before);
}
