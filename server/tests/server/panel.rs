//! The interface over TLS.

use crate::support::{DEADLINE, Installation, PASSWORD, Protocol, RunningServer, SecureClient};
use rig::Openssl;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use testca::{Profile, TestCa};

const NAME: &str = "panel.test";

/// An installation whose interface is over TLS at a port of its own, too.
fn installation(more: &str) -> (Installation, SocketAddr) {
    let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let installation = Installation::with_administrator();
    installation.configure(&format!("tls_listen = '{at}'\nnames = ['{NAME}']\n{more}"));
    (installation, at)
}

fn self_signed(installation: &Installation) -> std::path::PathBuf {
    installation.path("data-tls/panel/names/default/combined.pem")
}

/// Look for the only certificate in a PEM text that also holds a key.
fn trusting_own(installation: &Installation, at: SocketAddr) -> SecureClient {
    SecureClient::new(at, NAME, &fs::read_to_string(self_signed(installation)).unwrap())
}

#[tokio::test]
async fn until_there_is_a_real_certificate_one_of_our_own_is_made_once_and_its_fingerprint_logged() {
    let (installation, at) = installation("");
    let server = installation.serve();
    let fingerprint = Openssl::tls(at).fingerprint(NAME).await.unwrap();
    let pairs: Vec<_> = fingerprint.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair)).collect();
    assert!(server.said(&pairs.join(":").to_uppercase()), "the log tells {fingerprint}");
    assert_eq!(fs::metadata(self_signed(&installation)).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Openssl::tls(at).fingerprint("other.test").await.unwrap(), fingerprint);
    let answer = trusting_own(&installation, at).get(Protocol::Http1, "/login").await;
    assert_eq!((answer.status, answer.header("strict-transport-security")), (200, ""));
    drop(server);
    let _again = installation.serve();
    assert_eq!(Openssl::tls(at).fingerprint(NAME).await.unwrap(), fingerprint, "it is kept");
}

#[tokio::test]
async fn http_2_and_http_1_are_spoken_as_the_client_offers() {
    let (installation, at) = installation("");
    let _server = installation.serve();
    let client = trusting_own(&installation, at);
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let answer = client.get(protocol, "/healthz").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"), "{protocol:?}");
    }
    let request = "GET /healthz HTTP/1.1\r\nHost: panel.test\r\nConnection: close\r\n\r\n";
    let said = Openssl::tls(at).exchange(NAME, "http/1.1", request).await.unwrap();
    assert!(said.contains("ALPN protocol: http/1.1") && said.contains("HTTP/1.1 200 OK"), "{said}");
    let said = Openssl::tls(at).exchange(NAME, "h2", "no HTTP/2\r\n\r\n").await.unwrap();
    assert!(said.contains("ALPN protocol: h2"), "{said}");
}

#[tokio::test]
async fn over_tls_the_session_cookie_is_secure_and_forms_are_taken_from_own_pages_only() {
    let (installation, at) = installation("");
    let _server = installation.serve();
    let client = trusting_own(&installation, at);
    let body = format!("name=admin&password={}", PASSWORD.replace(' ', "+"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let own = client.origin();
        let answer = client.send(protocol, "POST", "/login", &[("origin", &own), form], &body).await.unwrap();
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{protocol:?}: {}", answer.text());
        assert!(answer.header("set-cookie").ends_with("; SameSite=Lax; Secure"), "{:?}", answer.headers);
        let foreign = [("origin", "https://evil.test"), form];
        assert_eq!(client.send(protocol, "POST", "/login", &foreign, &body).await.unwrap().status, 403);
    }
}

#[tokio::test]
async fn the_plain_port_leads_to_tls_where_it_was_told_to() {
    let (installation, at) = installation("redirect_to_tls = true\n");
    let server = installation.serve();
    let mut plain = server.client();
    let answer = plain.send("GET", "/users?page=2", &[], "").await;
    let location = format!("https://127.0.0.1:{}/users?page=2", at.port());
    assert_eq!((answer.status, answer.header("location")), (308, location.as_str()));
    assert_eq!(answer.header("strict-transport-security"), "");
    assert_eq!(plain.get("/healthz").await.status, 200);
    let text = fs::read_to_string(installation.config_file()).unwrap();
    fs::write(installation.config_file(), text.replace(&format!("tls_listen = '{at}'"), "")).unwrap();
    let said = installation.run(&["serve"]);
    assert!(said.code == Some(1) && said.stderr.contains("server.redirect_to_tls is set"), "{said:?}");
}

/// An installation with a certificate authority and a website by the panel's name.
fn with_authority() -> (Installation, SocketAddr, TestCa) {
    let ca = TestCa::builder().profile(Profile::classic()).start().unwrap();
    let provider = format!(
        "[[providers]]\nid = 'ca'\nname = 'Test CA'\ndirectory_url = '{}'\nallow_private = true\n",
        ca.directory_url()
    );
    let (installation, at) = installation(&provider);
    let root = installation.write("root.pem", ca.tls_root_pem());
    let text = fs::read_to_string(installation.config_file()).unwrap();
    let acme = format!("precheck = false\ntrusted_roots = ['{}']\nhttp_port = 0", root.display());
    fs::write(installation.config_file(), text.replace("http_port = 0", &acme)).unwrap();
    installation.succeed(&["user", "add", "panel"]);
    installation.succeed(&["website", "add", "panel", NAME]);
    installation.succeed(&["provider", "select", "ca", "--agree-tos"]);
    (installation, at, ca)
}

fn check(installation: &Installation) {
    let said = installation.run(&["check", "--all", "--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_certificate_takes_over_without_a_restart_and_a_website_has_its_own() {
    let (installation, at, ca) = with_authority();
    let _server = installation.serve();
    let own = Openssl::tls(at).fingerprint(NAME).await.unwrap();
    let client = SecureClient::new(at, NAME, ca.issuer_root_pem());
    client.connect(Protocol::Http2).await.unwrap_err();

    check(&installation);

    let answer = client.get(Protocol::Http2, "/login").await;
    assert_eq!((answer.status, answer.header("strict-transport-security")), (200, "max-age=31536000"));
    let real = Openssl::tls(at).fingerprint(NAME).await.unwrap();
    assert_ne!(real, own);
    assert_eq!(Openssl::tls(at).fingerprint("unknown.test").await.unwrap(), real, "an unknown name gets the panel's");
    let log = installation.succeed(&["log", "show", &latest(&installation)]);
    assert!(log.contains("Installing 1 certificate in panel."), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn renewals_under_load_fail_no_request_and_end_no_connection() {
    const RENEWALS: usize = 3;
    const REQUESTS: usize = 2_000;
    let (installation, at, ca) = with_authority();
    let mut server = installation.serve();
    check(&installation);
    let client = SecureClient::new(at, NAME, ca.issuer_root_pem());
    let stop = Arc::new(AtomicBool::new(false));
    let sent = Arc::new(AtomicUsize::new(0));
    let ways = [Protocol::Http1, Protocol::Http2].map(|protocol| [(protocol, Keep::Open), (protocol, Keep::No)]);
    let load = ways.into_iter().flatten().map(|(protocol, keep)| {
        let (client, stop, sent) = (client.clone(), stop.clone(), sent.clone());
        tokio::spawn(async move {
            let mut kept = client.open(protocol).await.expect("a connection");
            while !stop.load(Ordering::Relaxed) && sent.fetch_add(1, Ordering::Relaxed) < REQUESTS {
                if keep == Keep::No {
                    kept = client.open(protocol).await.expect("no handshake fails");
                }
                let answer = kept.send("GET", "/healthz", &[], "").await.expect("no request fails");
                assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
            }
        })
    });
    let load: Vec<_> = load.collect();
    let mut seen = vec![Openssl::tls(at).fingerprint(NAME).await.unwrap()];
    for number in 0..RENEWALS {
        installation.succeed(&["website", "alias", "add", NAME, &format!("www{number}.{NAME}")]);
        check(&installation);
        let now = Openssl::tls(at).fingerprint(NAME).await.unwrap();
        assert!(!seen.contains(&now), "renewal {number} is presented");
        seen.push(now);
    }
    stop.store(true, Ordering::Relaxed);
    for load in load {
        tokio::time::timeout(DEADLINE, load).await.expect("the load ends").expect("no request failed");
    }
    println!("{} requests during {RENEWALS} renewals", sent.load(Ordering::Relaxed).min(REQUESTS));
    assert!(sent.load(Ordering::Relaxed) > 100, "there was hardly a load");
    stops(&mut server).await;
}

/// Whether a connection is used for all requests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Open,
    No,
}

async fn stops(server: &mut RunningServer) {
    server.terminate();
    assert!(server.ended().await.success());
}

fn latest(installation: &Installation) -> String {
    let runs: serde_json::Value =
        serde_json::from_str(&installation.succeed(&["log", "list", "--json"])).expect("JSON");
    runs[0]["id"].as_str().expect("a run").to_owned()
}
