//! The TLS hosts of websites in a real Apache that has virtual hosts of its own: what they are made of, and whose they are.

use crate::front::{Front, Ground, NOWHERE};
use crate::world;
use engine::config::{ApacheConfig, EngineConfig};
use engine::doctor::{ServerState, Surroundings};
use engine::model::{Observation, Soundness};
use rig::{Apache, Openssl};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

/// The lines that administrators put into Apache's configuration.
const SNIPPET: &str = include_str!("../../../packaging/apache-autossl.conf");

/// The same for an Apache of the rig's, with a challenge port.
pub(crate) fn snippet(challenges: SocketAddr) -> String {
    SNIPPET.replace("127.0.0.1:8402", &challenges.to_string()).replace("/etc/apache2/autossl", "@VHOSTS@")
}

/// As in the other tests, without a challenge port.
pub(crate) fn apache_config(apache: &Apache) -> ApacheConfig {
    ApacheConfig { challenges: NOWHERE, ..world::apache_config(apache) }
}

/// Start an Apache with these lines and those of the snippet.
pub(crate) async fn start(ground: &Ground, lines: &str) -> Apache {
    let builder = Apache::builder(ground.path("web")).lines(format!("{lines}\n{}", snippet(NOWHERE)));
    builder.start(&ground.binaries).await.expect("Apache")
}

/// GET over TLS, and all that is answered.
pub(crate) async fn get(apache: &Apache, name: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
    Openssl::tls(apache.https_address()).exchange(name, "http/1.1", &request).await.expect("answer")
}

/// What the doctor says of Apache's virtual hosts.
pub(crate) async fn diagnosis(front: &Front, challenges: SocketAddr) -> Vec<Observation> {
    let surroundings = Surroundings {
        config_file: None,
        challenges,
        server: ServerState::Stopped,
        interface: NOWHERE,
        interface_tls: None,
    };
    let sections = front.engine.diagnose(&surroundings, None).await.expect("diagnosis").sections;
    sections.into_iter().find(|section| section.title == "Apache's virtual hosts").expect("a section").observations
}

const CLEAR: &str = r#"
<VirtualHost @HTTP@>
  ServerName a.test
  ServerAlias www.a.test webdisk.a.test
  DocumentRoot "@DIR@/pages"
  SetEnv FROM "the clear & <odd>"
  Header set X-From "%{FROM}e"
  Alias "/more/" "@DIR@/pages/"
  RewriteEngine On
  RewriteCond %{HTTPS} off
  RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]
  RewriteRule ^/rewritten$ /index.html
  <Location "/private">
    Require all denied
  </Location>
  <If "%{QUERY_STRING} == 'stop'">
    Require all denied
  </If>
  <Directory "@DIR@/pages">
  </Directory>
</VirtualHost>
<VirtualHost @HTTP@>
  ServerName www.b.test
  DocumentRoot "@DIR@/pages"
  Redirect permanent / https://b.test/
</VirtualHost>
<VirtualHost @HTTP@>
  ServerName b.test
  ServerAlias webdisk.b.test
  DocumentRoot "@DIR@/pages"
</VirtualHost>
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_tls_host_of_a_website_does_what_the_one_in_the_clear_does_without_its_redirect_to_itself() {
    let ground = Ground::new();
    let apache = start(&ground, CLEAR).await;
    fs::create_dir(ground.path("web/pages")).unwrap();
    fs::write(ground.path("web/pages/index.html"), "<h1>The page of the host in the clear</h1>").unwrap();
    let front = ground.engine(&["a.test", "b.test"], |config| config.apache = Some(apache_config(&apache))).await;

    let run = front.run().await;

    assert_eq!(run.counts.served, 2, "{:#?}", front.log(&run).await);
    for path in ["/", "/more/index.html", "/rewritten"] {
        let page = get(&apache, "a.test", path).await;
        assert!(page.contains("HTTP/1.1 200 ") && page.contains("The page of the host in the clear"), "{path}: {page}");
        assert!(page.contains("X-From: the clear & <odd>"), "{path}: {page}");
    }
    for path in ["/private", "/?stop"] {
        let page = get(&apache, "www.a.test", path).await;
        assert!(page.contains("HTTP/1.1 403 "), "{path}: {page}");
    }
    assert!(get(&apache, "b.test", "/").await.contains("HTTP/1.1 200 "));
    let redirected = get(&apache, "www.b.test", "/x").await;
    assert!(redirected.contains("Location: https://b.test/x"), "to another host it stays: {redirected}");
    front.assert_served(apache.https_address(), "webdisk.b.test").await;
}

const OWN: &str = r#"
<VirtualHost @HTTP@>
  ServerName a.test
  DocumentRoot "@DIR@/sites/default.invalid"
</VirtualHost>
IncludeOptional "@DIR@/own/*.conf"
"#;

/// An administrator's TLS host for a.test and www.a.test.
async fn with_own_host(ground: &Ground) -> (Apache, PathBuf) {
    let apache = start(ground, OWN).await;
    let file = ground.path("web/own/a.conf");
    fs::create_dir(ground.path("web/own")).unwrap();
    let text = format!(
        "# mine\n<VirtualHost {}>\n  ServerName a.test\n  ServerAlias www.a.test\n  DocumentRoot \"{1}/sites/default.invalid\"\n  \
         SSLEngine on\n  SSLCertificateFile \"{1}/default.pem\"\n  SSLCertificateKeyFile \"{1}/default.pem\"\n  \
         Header set X-Own yes\n</VirtualHost>\n",
        apache.https_address(),
        ground.path("web").display(),
    );
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    reload(&apache);
    while !get(&apache, "a.test", "/").await.contains("X-Own") {}
    (apache, file)
}

/// Ask Apache for a reload, as its administrator does.
pub(crate) fn reload(apache: &Apache) {
    let command = apache.graceful_command();
    assert!(std::process::Command::new(&command[0]).args(&command[1..]).status().unwrap().success());
}

fn certificate_line(front: &Front) -> String {
    let file = front.ground.path("tls/apache/certificates/a.test/current/combined.pem");
    format!("SSLCertificateFile \"{}\"", file.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_host_of_the_administrators_is_told_what_to_read_and_counts_once_it_does() {
    let ground = Ground::new();
    let (apache, file) = with_own_host(&ground).await;
    let before = fs::read_to_string(&file).unwrap();
    let front = ground.engine(&["a.test"], |config| config.apache = Some(apache_config(&apache))).await;

    let run = front.run().await;

    let (line, said) = (certificate_line(&front), front.said(&run, "own_host").await);
    assert_eq!((run.counts.served, said.len()), (0, 1), "{:#?}", front.log(&run).await);
    assert!(said[0].contains(&line) && said[0].contains(&format!("{}:2", file.display())), "{said:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let ours = fs::read_to_string(apache.vhost_dir().join("a.test.conf")).unwrap();
    assert!(ours.contains("  ServerName webdisk.a.test\n") && !ours.contains("www.a.test"), "{ours}");
    front.assert_served(apache.https_address(), "webdisk.a.test").await;
    let told = diagnosis(&front, NOWHERE).await;
    let told = told.iter().find(|one| one.soundness == Soundness::Warning).expect("a warning");
    assert!(told.remedy.contains(&line), "{told:?}");

    let key = before.lines().find(|line| line.contains("KeyFile")).unwrap();
    let certificate = before.lines().find(|line| line.contains("SSLCertificateFile")).unwrap();
    fs::write(&file, before.replace(key, "").replace(certificate, &line)).unwrap();
    let others = rig::served_certificate(apache.https_address(), "a.test").await.unwrap();
    reload(&apache);
    while rig::served_certificate(apache.https_address(), "a.test").await.is_ok_and(|seen| seen == others) {}
    let again = front.run().await;

    assert_eq!((again.counts.issued, again.counts.served), (0, 1), "{:#?}", front.log(&again).await);
    front.assert_served(apache.https_address(), "a.test").await;
    assert!(get(&apache, "a.test", "/").await.contains("X-Own: yes"));
    assert!(diagnosis(&front, NOWHERE).await.iter().all(|one| one.soundness != Soundness::Warning));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_host_that_may_be_edited_gets_the_certificate_and_is_as_before_where_that_fails() {
    let ground = Ground::new();
    let (apache, file) = with_own_host(&ground).await;
    let (before, inode) = (fs::read_to_string(&file).unwrap(), fs::metadata(&file).unwrap().ino());
    let edits = |apache: &Apache| ApacheConfig { edit_hosts: true, ..apache_config(apache) };
    let nobody = |config: &mut EngineConfig| config.apache = Some(ApacheConfig { probe: NOWHERE, ..edits(&apache) });
    let front = ground.engine(&["a.test"], nobody).await;
    let run = front.run().await;
    assert_eq!(front.said(&run, "not_served").await.len(), 1, "{:#?}", front.log(&run).await);
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert_eq!(fs::metadata(&file).unwrap().ino(), inode, "it is the same file");

    let front = front.again(|config| config.apache = Some(edits(&apache))).await;
    let run = front.run().await;

    assert_eq!(run.counts.served, 1, "{:#?}", front.log(&run).await);
    front.assert_served(apache.https_address(), "www.a.test").await;
    let text = fs::read_to_string(&file).unwrap();
    let changed: Vec<&str> = text.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    assert_eq!(changed.len(), 3, "{text}");
    assert_eq!(changed[0].trim(), certificate_line(&front));
    assert!(changed[1..].iter().all(|line| line.trim().starts_with("# Before AutoSSL: ")), "{text}");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
    assert!(get(&apache, "a.test", "/").await.contains("X-Own: yes"));
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    assert_eq!(front.renew().await.counts.served, 1);
    front.assert_served(apache.https_address(), "a.test").await;
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_installed_where_apache_cannot_be_asked_for_its_hosts() {
    let ground = Ground::new();
    let apache = start(&ground, CLEAR).await;
    let change = |config: &mut EngineConfig| {
        config.apache = Some(ApacheConfig { command: vec!["/nowhere/apache".into()], ..apache_config(&apache) });
    };
    let front = ground.engine(&["a.test"], change).await;

    let run = front.run().await;

    let said = front.said(&run, "install_refused").await;
    assert!(said.len() == 1 && said[0].contains("/nowhere/apache"), "{said:?}");
    assert_eq!(
        fs::read_dir(apache.vhost_dir()).unwrap().count(),
        0,
        "a host without the rules of the one in the clear"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_as_a_guide_of_today_has_it() {
    let ground = Ground::new();
    let apache = start(&ground, CLEAR).await;
    let front = ground.engine(&["a.test"], |config| config.apache = Some(apache_config(&apache))).await;
    front.run().await;
    let offer = |arguments: &[&str]| {
        let address = apache.https_address().to_string();
        let output = std::process::Command::new("openssl")
            .args(["s_client", "-connect", &address, "-servername", "a.test", "-alpn", "h2", "-status"])
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let usual = offer(&[]);
    assert!(usual.contains("ALPN protocol: h2") && usual.contains("TLSv1.3"), "{usual}");
    assert!(usual.contains("OCSP response: no response sent"), "{usual}");
    let older = offer(&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]);
    assert!(older.contains("Cipher    : ECDHE-ECDSA-AES128-GCM-SHA256"), "{older}");
    assert!(!older.contains("TLS session ticket:"), "{older}");
    for refused in [["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"]] {
        let said = offer(&refused);
        assert!(said.contains("Cipher is (NONE)"), "{refused:?}: {said}");
    }
}
