//! The way of challenges through a real Apache, whatever its virtual hosts do with their addresses.

use crate::apache::{apache_config, diagnosis, reload, snippet};
use crate::front::Ground;
use engine::config::{ApacheConfig, PrecheckConfig};
use engine::model::Soundness;
use rig::{Apache, http_get};
use std::fs;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What each host answers to everybody else, by the first label of its name.
const HOSTS: [(&str, u16, &str); 16] = [
    ("plain", 200, ""),
    ("redirect", 301, "Redirect permanent / https://redirect.test/"),
    ("match", 301, "RedirectMatch permanent ^/(.*)$ https://match.test/$1"),
    ("rewrite", 301, "RewriteEngine On\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]"),
    (
        "inherit",
        301,
        "RewriteEngine On\nRewriteOptions Inherit\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]",
    ),
    (
        "location",
        301,
        "<Location />\nOptions FollowSymLinks\nRewriteEngine On\nRewriteRule ^ https://x.test/ [R=301,L]\n</Location>",
    ),
    ("maintenance", 503, "RewriteEngine On\nRewriteCond %{DOCUMENT_ROOT}/index.html -f\nRewriteRule ^ - [R=503,L]"),
    (
        "password",
        401,
        "<Location />\nAuthType Basic\nAuthName x\nAuthUserFile @DIR@/users\nRequire valid-user\n</Location>",
    ),
    ("denied", 403, "<Location />\nRequire all denied\n</Location>"),
    ("directory", 403, "<Directory @DIR@>\nRequire all denied\n</Directory>"),
    ("old", 403, "<Location />\nOrder deny,allow\nDeny from all\n</Location>"),
    ("proxy", 503, "ProxyPass / http://127.0.0.1:9/"),
    ("section", 503, "<Location />\nProxyPass http://127.0.0.1:9/\n</Location>"),
    ("rewritten", 503, "RewriteEngine On\nRewriteRule ^/(.*)$ http://127.0.0.1:9/$1 [P,L]"),
    ("alias", 200, "Alias /.well-known/acme-challenge/ @DIR@/sites/\nProxyPass /.well-known/ !"),
    (
        "files",
        301,
        "DocumentRoot @DIR@/files\n<Directory @DIR@/files>\nAllowOverride All\nOptions FollowSymLinks\n</Directory>",
    ),
];

/// What an administrator's own files say.
const ACCESS: &str = "RewriteEngine On\nRewriteRule ^ https://files.test/ [R=301,L]\n";

fn hosts() -> String {
    let host = |(name, _, lines): &(&str, u16, &str)| {
        let root = if lines.contains("DocumentRoot") { "" } else { "DocumentRoot @DIR@/sites/default.invalid\n" };
        format!("<VirtualHost @HTTP@>\nServerName {name}.test\n{root}{lines}\n</VirtualHost>\n")
    };
    HOSTS.iter().map(host).collect()
}

/// Answer each request with its path.
async fn answer_with_path(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut request = vec![0; 8192];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = request.split_whitespace().nth(1).unwrap_or_default();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", path.len());
            let _ = stream.write_all(format!("{head}{path}").as_bytes()).await;
        });
    }
}

async fn answering() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(answer_with_path(listener));
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_through_whatever_a_virtual_host_does_with_everybody_else() {
    let ground = Ground::new();
    fs::create_dir_all(ground.path("web/files")).unwrap();
    fs::write(ground.path("web/files/.htaccess"), ACCESS).unwrap();
    fs::write(ground.path("web/users"), "").unwrap();
    let lines = format!("{}\n{}", hosts(), snippet(answering().await));
    let apache = Apache::builder(ground.path("web")).lines(lines).start(&ground.binaries).await.expect("Apache");
    let path = "/.well-known/acme-challenge/tok_en-1";
    let names = HOSTS.iter().map(|(name, ..)| format!("{name}.test")).chain(["nobody.invalid".to_owned()]);
    for name in names {
        let answer = http_get(apache.http_address(), &name, path).await.unwrap();
        assert_eq!((answer.status, answer.text()), (200, path.to_owned()), "{name}");
    }
    for (name, status, _) in HOSTS {
        let answer = http_get(apache.http_address(), &format!("{name}.test"), "/").await.unwrap();
        assert_eq!(answer.status, status, "{name}.test does as before: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_the_virtual_hosts_through_which_challenges_do_not_come() {
    let ground = Ground::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let challenges = listener.local_addr().unwrap();
    let odd = "<VirtualHost @HTTP@>\nServerName odd.test\n<Location />\nRedirect permanent https://odd.test/\n</Location>\n\
               </VirtualHost>\n";
    let even = "<VirtualHost @HTTP@>\nServerName even.test\nRedirect / https://even.test/\n</VirtualHost>\n";
    let lines = format!("{odd}{even}{}", snippet(challenges));
    let apache = Apache::builder(ground.path("web")).lines(lines).start(&ground.binaries).await.expect("Apache");
    let change = |config: &mut engine::config::EngineConfig| {
        config.apache = Some(ApacheConfig { challenges, ..apache_config(&apache) });
        config.precheck = Some(PrecheckConfig { validation_port: apache.http_port(), ..PrecheckConfig::default() });
    };
    let front = ground.engine(&["even.test"], change).await;
    tokio::spawn(answer_tokens(listener, front.engine.clone()));

    let seen = diagnosis(&front, challenges).await;

    let broken = seen.iter().find(|one| one.soundness == Soundness::Broken).expect("something is broken");
    assert!(broken.seen.contains("in 1 of 3 virtual hosts"), "{broken:?}");
    assert!(broken.seen.contains("odd.test (") && broken.seen.contains("HTTP/1.1 301 "), "{broken:?}");
    assert!(!broken.seen.contains("even.test") && broken.remedy.contains("print-apache"), "{broken:?}");

    let text = fs::read_to_string(apache.config_path()).unwrap();
    fs::write(apache.config_path(), text.replace("Redirect permanent https://odd.test/\n", "")).unwrap();
    reload(&apache);
    let mut seen = Vec::new();
    for _ in 0..200 {
        seen = diagnosis(&front, challenges).await;
        if seen[0].soundness == Soundness::Fine {
            break;
        }
    }
    assert_eq!(
        seen[0].seen,
        format!("Challenges come through to AutoSSL in all 3 virtual hosts at port {}.", apache.http_port())
    );
}

async fn answer_tokens(listener: TcpListener, engine: engine::Engine) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let engine = engine.clone();
        tokio::spawn(async move {
            let mut request = vec![0; 8192];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let token = request.split_whitespace().nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or("");
            let answer = engine.key_authorization(token).await.ok().flatten().unwrap_or_default();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
            let _ = stream.write_all(format!("{head}{answer}").as_bytes()).await;
        });
    }
}
