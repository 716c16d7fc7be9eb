//! External accounts, case by case, at both certificate authorities (RFC 8555, section 7.3.4).

use crate::providers::{agreed, office};
use crate::world;
use engine::{Engine, ErrorKind, ExternalAccount};
use rig::{Binaries, Pebble};
use std::path::PathBuf;
use tempfile::TempDir;
use testca::ExternalAccounts;

const SECRETS: [&[u8]; 2] = [b"the first secret, of 32 bytes...", b"the second secret, of 33 bytes..."];
/// The same, as providers hand them out. Pebble takes none that is shorter.
const KEYS: [(&str, &str); 2] = [
    ("kid-1", "dGhlIGZpcnN0IHNlY3JldCwgb2YgMzIgYnl0ZXMuLi4"),
    ("kid-2", "dGhlIHNlY29uZCBzZWNyZXQsIG9mIDMzIGJ5dGVzLi4u"),
];

async fn open(dir: &TempDir, provider: (String, PathBuf)) -> Engine {
    Engine::open(world::config(dir, provider, None)).await.unwrap()
}

async fn select(engine: &Engine) -> Result<String, String> {
    let selected = engine.select_provider("ca", &agreed()).await;
    selected.map(|provider| provider.account_url.unwrap()).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Invalid);
        error.to_string()
    })
}

async fn bind(engine: &Engine, (key_id, mac_key): (&str, &str)) {
    let external = ExternalAccount::parse(key_id, mac_key).unwrap();
    engine.set_external_account("ca", Some(&external)).await.unwrap();
}

/// Go through every case at a certificate authority that knows `KEYS`, with one server and then a second one.
async fn every_case(first: &Engine, second: &Engine) {
    let refused = select(first).await.unwrap_err();
    assert!(refused.contains("only for its customers: give the key identifier and the MAC key"), "none: {refused}");

    for (case, key_id, mac_key, reason) in [
        ("empty key identifier", " ", "c2VjcmV0", "key identifier is empty"),
        ("empty MAC key", "kid-1", " ", "MAC key is empty"),
        ("bad base64", "kid-1", "no base64!", "MAC key is not base64url"),
        ("a part of base64", "kid-1", "AAAAA", "MAC key is not base64url"),
    ] {
        let error = ExternalAccount::parse(key_id, mac_key).unwrap_err().to_string();
        assert!(error.contains(reason), "{case}: {error}");
    }

    for (case, key_id, mac_key) in [("unknown key", "kid-9", KEYS[0].1), ("wrong key", "kid-1", KEYS[1].1)] {
        bind(first, (key_id, mac_key)).await;
        let refused = select(first).await.unwrap_err();
        assert!(refused.contains(&format!("does not accept the external account {key_id:?}")), "{case}: {refused}");
        assert!(refused.contains("check its key identifier and MAC key"), "{case}: {refused}");
        assert_eq!(first.current_provider().await.unwrap(), None, "{case}");
    }

    bind(first, KEYS[0]).await;
    let account = select(first).await.unwrap();

    // Removed here, the account works on: it is bound already. A new one would need it.
    first.set_external_account("ca", None).await.unwrap();
    assert_eq!(select(first).await.unwrap(), account, "removed");
    let refused = first.recreate_account("ca").await.unwrap_err().to_string();
    assert!(refused.contains("only for its customers"), "removed: {refused}");
    assert_eq!(select(first).await.unwrap(), account, "what cannot be registered anew stays");

    // Changed, it counts for the next registration.
    bind(first, KEYS[1]).await;
    assert_eq!(select(first).await.unwrap(), account, "changed");
    first.recreate_account("ca").await.unwrap();
    let anew = select(first).await.unwrap();
    assert_ne!(anew, account, "changed");

    // Shared by two servers: each has an account of its own.
    bind(second, KEYS[1]).await;
    let other = select(second).await.unwrap();
    assert_ne!(other, anew, "shared");
    assert_eq!(select(first).await.unwrap(), anew, "shared");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_an_external_account_is_told_by_testca() {
    let office = office(|ca| {
        let ca = ca.external_accounts(ExternalAccounts::Required);
        ca.external_key("kid-1", SECRETS[0]).external_key("kid-2", SECRETS[1])
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let root = office.dir.path().join("root.pem");
    every_case(&office.engine, &open(&dir, (office.ca.directory_url(), root)).await).await;
    assert_eq!(office.ca.journal().accounts_created(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_an_external_account_is_told_by_pebble() {
    let binaries = Binaries::from_env().unwrap();
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pebble = Pebble::builder(home.path().join("pebble")).nonce_reject(0);
    let pebble = KEYS.iter().fold(pebble, |pebble, (key_id, mac_key)| pebble.external_account(key_id, mac_key));
    let pebble = pebble.start(&binaries).await.unwrap();
    let provider = (pebble.directory_url(), pebble.tls_root_pem_path().to_owned());
    every_case(&open(&home, provider.clone()).await, &open(&other, provider).await).await;
}
