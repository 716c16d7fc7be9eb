//! Signing in and out, and how vain tries are slowed down.

use crate::sample::NOW;
use crate::sqlite::url;
use engine::access::{SignInError, authenticate, hash_password, sign_in, sign_out};
use engine::clock::{Clock, ManualClock};
use engine::model::Role;
use engine::store::{Administrator, Store, open};
use std::sync::Arc;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";
const PEER: &str = "192.0.2.1";

/// A store in which `admin` may sign in with [`PASSWORD`].
async fn store() -> (TempDir, Arc<dyn Store>, ManualClock) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&url(&dir)).await.unwrap();
    let password_hash = hash_password(PASSWORD).unwrap();
    let admin = Administrator { name: "admin".into(), role: Role::Admin, password_hash };
    store.create_administrator(&admin).await.unwrap();
    (dir, store, ManualClock::new(NOW))
}

async fn wrong(store: &dyn Store, clock: &ManualClock, name: &str, peer: &str) -> SignInError {
    sign_in(store, clock, name, "incorrect horse", peer).await.unwrap_err()
}

fn wait(error: SignInError) -> u32 {
    match error {
        SignInError::Throttled { retry_after_seconds } => retry_after_seconds,
        other => panic!("expected to be throttled, got {other}"),
    }
}

#[tokio::test]
async fn a_session_is_over_after_idle_time_or_half_a_day_or_by_signing_out() {
    let (_dir, store, clock) = store().await;
    let store = store.as_ref();
    let token = sign_in(store, &clock, "admin", PASSWORD, PEER).await.unwrap();
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let name = |token: String| {
        let clock = &clock;
        async move { authenticate(store, clock, &token).await.unwrap().map(|principal| principal.name) }
    };
    assert_eq!(name(token.clone()).await.as_deref(), Some("admin"));
    assert_eq!(name(token.replace('a', "b").replace('1', "2")).await, None);
    assert_eq!(name(String::new()).await, None);
    for _ in 0..6 {
        clock.advance(7_000);
        assert_eq!(name(token.clone()).await.as_deref(), Some("admin"), "in use");
    }
    clock.advance(1_200);
    assert_eq!(name(token).await, None, "half a day is over");

    let idle = sign_in(store, &clock, "admin", PASSWORD, PEER).await.unwrap();
    clock.advance(2 * 3_600 + 1);
    assert_eq!(name(idle).await, None, "not used for two hours");
    let ended = sign_in(store, &clock, "admin", PASSWORD, PEER).await.unwrap();
    sign_out(store, &ended).await.unwrap();
    assert_eq!(name(ended).await, None);
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_read_the_same() {
    let (_dir, store, clock) = store().await;
    let store = store.as_ref();
    for (name, password) in [("admin", "incorrect horse"), ("nobody", PASSWORD), ("Admin", PASSWORD), ("", "")] {
        let error = sign_in(store, &clock, name, password, PEER).await.unwrap_err();
        assert!(matches!(error, SignInError::Wrong), "{name}");
        assert_eq!(error.to_string(), "name or password is wrong");
    }
}

#[tokio::test]
async fn tries_under_one_name_are_slowed_down_from_any_address() {
    let (_dir, store, clock) = store().await;
    let store = store.as_ref();
    for number in 0..5 {
        let error = wrong(store, &clock, "admin", &format!("192.0.2.{number}")).await;
        assert!(matches!(error, SignInError::Wrong));
    }
    assert_eq!(wait(wrong(store, &clock, "admin", "198.51.100.1").await), 5);
    let right = sign_in(store, &clock, "admin", PASSWORD, "198.51.100.1").await.unwrap_err();
    assert_eq!(wait(right), 5, "the right password has to wait too");
    assert!(matches!(wrong(store, &clock, "other", "198.51.100.1").await, SignInError::Wrong));
    clock.advance(5);
    assert!(matches!(wrong(store, &clock, "admin", PEER).await, SignInError::Wrong));
    assert_eq!(wait(wrong(store, &clock, "admin", PEER).await), 10);
    clock.advance(10);
    sign_in(store, &clock, "admin", PASSWORD, PEER).await.unwrap();
    assert_eq!(store.login_failures("name:admin").await.unwrap().count, 0, "a success forgets the vain tries");
}

#[tokio::test]
async fn tries_from_one_address_are_slowed_down_under_any_name() {
    let (_dir, store, clock) = store().await;
    let store = store.as_ref();
    for number in 0..20 {
        assert!(matches!(wrong(store, &clock, &format!("name{number}"), PEER).await, SignInError::Wrong));
    }
    assert_eq!(wait(wrong(store, &clock, "admin", PEER).await), 5);
    assert!(sign_in(store, &clock, "admin", PASSWORD, "198.51.100.1").await.is_ok(), "others are not");
    clock.advance(86_401);
    let now = clock.now();
    assert!(matches!(wrong(store, &clock, "admin", PEER).await, SignInError::Wrong));
    let failures = store.login_failures("peer:192.0.2.1").await.unwrap();
    assert_eq!((failures.count, failures.last_at), (1, now), "a quiet day forgets");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_at_the_same_time_cannot_slip_through_together() {
    let (_dir, store, clock) = store().await;
    let clock = Arc::new(clock);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (store, clock) = (store.clone(), clock.clone());
        tasks.spawn(async move { wrong(store.as_ref(), &clock, "admin", PEER).await });
    }
    let verified = tasks.join_all().await.into_iter().filter(|error| matches!(error, SignInError::Wrong)).count();
    assert!((5..40).contains(&verified), "{verified} of 40 were verified");
}
