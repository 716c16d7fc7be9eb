//! `autossl dns`: the zones of the configuration, tried at a real name server.

use crate::support::Installation;
use rig::{Binaries, Knot, TsigKey, Zone};
use serde_json::Value;
use std::process::Output;

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
        let zones = ["a.test", "b.test"].map(|name| Zone::new(name, "").changed_with(KEY));
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
        let resolver = format!("['{}']", self.knot.address());
        let mut command = self.installation.command(arguments);
        let output: Output =
            command.env("AUTOSSL_ACME__RESOLVER", resolver).output().expect("the program can be started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
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
