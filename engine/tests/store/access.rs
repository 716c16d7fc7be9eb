//! Administrators, sessions and vain tries.

use crate::sample::{DAY, NOW, assert_conflict, assert_not_found};
use engine::model::{Principal, Role, Timestamp};
use engine::store::{Administrator, LoginFailures, SessionRecord, Store};

fn person(name: &str, role: Role) -> Administrator {
    Administrator { name: name.into(), role, password_hash: format!("hash of {name}") }
}

fn session(token_hash: &str, name: &str, expires_at: Timestamp) -> SessionRecord {
    SessionRecord { token_hash: token_hash.into(), name: name.into(), expires_at }
}

pub(crate) async fn administrators_have_unique_names(store: &dyn Store) {
    assert_eq!(store.count_administrators().await.unwrap(), 0);
    store.create_administrator(&person("root", Role::Admin)).await.unwrap();
    store.create_administrator(&person("seller", Role::Reseller)).await.unwrap();
    assert_conflict(store.create_administrator(&person("root", Role::User)).await, "administrator", "root");
    assert_eq!(store.administrator("root").await.unwrap(), Some(person("root", Role::Admin)));
    assert_eq!(store.administrator("nobody").await.unwrap(), None);
    assert_eq!(store.count_administrators().await.unwrap(), 1, "those with the role admin");
    assert_not_found(store.set_password("nobody", "hash").await, "administrator", "nobody");
}

pub(crate) async fn sessions_end(store: &dyn Store) {
    let root = Some(Principal { name: "root".into(), role: Role::Admin });
    let end = NOW.plus(1_000);
    store.create_session(&session("one", "root", end), NOW).await.unwrap();
    assert_eq!(store.session("one", NOW, NOW).await.unwrap(), root);
    assert_eq!(store.session("two", NOW, NOW).await.unwrap(), None);
    assert_eq!(store.session("one", NOW.plus(999), NOW.plus(1)).await.unwrap(), None, "not used since");
    assert_eq!(store.session("one", NOW.plus(59), NOW).await.unwrap(), root);
    assert_eq!(store.session("one", NOW.plus(59), NOW.plus(1)).await.unwrap(), None, "used less than a minute later");
    assert_eq!(store.session("one", NOW.plus(60), NOW).await.unwrap(), root);
    assert_eq!(store.session("one", NOW.plus(999), NOW.plus(60)).await.unwrap(), root, "the use is remembered");
    assert_eq!(store.session("one", end, NOW).await.unwrap(), None, "over");

    store.create_session(&session("two", "root", end.plus(50)), NOW).await.unwrap();
    store.create_session(&session("three", "seller", end.plus(50)), end).await.unwrap();
    assert_eq!(store.session("one", NOW, NOW).await.unwrap(), None, "what is over is forgotten");
    store.delete_session("three").await.unwrap();
    store.delete_session("three").await.unwrap();
    assert_eq!(store.session("three", end, NOW).await.unwrap(), None);

    store.create_session(&session("four", "seller", end.plus(50)), end).await.unwrap();
    store.set_password("root", "new hash").await.unwrap();
    assert_eq!(store.session("two", NOW, NOW).await.unwrap(), None, "a new password ends the person's sessions");
    assert!(store.session("four", end, NOW).await.unwrap().is_some(), "but not those of others");
    assert_eq!(store.administrator("root").await.unwrap().unwrap().password_hash, "new hash");
}

pub(crate) async fn vain_tries_are_counted_and_forgotten(store: &dyn Store) {
    assert_eq!(store.login_failures("name:root").await.unwrap(), LoginFailures::default());
    for seconds in 0..3 {
        store.add_login_failure("name:root", NOW.plus(seconds)).await.unwrap();
    }
    store.add_login_failure("peer:192.0.2.1", NOW).await.unwrap();
    assert_eq!(store.login_failures("name:root").await.unwrap(), LoginFailures { count: 3, last_at: NOW.plus(2) });
    assert_eq!(store.login_failures("peer:192.0.2.1").await.unwrap().count, 1);
    let tomorrow = NOW.plus(DAY + 3);
    store.add_login_failure("name:root", tomorrow).await.unwrap();
    assert_eq!(store.login_failures("name:root").await.unwrap(), LoginFailures { count: 1, last_at: tomorrow });
    store.clear_login_failures("name:root").await.unwrap();
    assert_eq!(store.login_failures("name:root").await.unwrap(), LoginFailures::default());
}
