//! Users, websites and moments that the chapters share.

use engine::model::{FeatureSetting, RunScope, Timestamp, UserDetail, UserQuery};
use engine::store::{ImportedPackage, ImportedUser, ImportedWebsite, Inventory, Store, StoreError, Website};

/// The present of the story.
pub(crate) const NOW: Timestamp = Timestamp(1_795_426_200);

pub(crate) const DAY: i64 = 86_400;

/// A user of package `default`, owned by root, with websites given as lists of names, the primary one first.
pub(crate) fn user(name: &str, websites: &[&[&str]]) -> ImportedUser {
    ImportedUser {
        name: name.into(),
        email: format!("{name}@example.test"),
        owner: "root".into(),
        package: "default".into(),
        suspended: false,
        websites: websites.iter().map(|names| website(names)).collect(),
    }
}

fn website(names: &[&str]) -> ImportedWebsite {
    ImportedWebsite {
        domain: names[0].into(),
        aliases: names[1..].iter().map(|&name| name.into()).collect(),
        document_root: format!("/home/{}", names[0]),
        certificate: None,
    }
}

pub(crate) fn package(name: &str, autossl: FeatureSetting) -> ImportedPackage {
    ImportedPackage { name: name.into(), autossl }
}

/// Import users only.
pub(crate) async fn import(store: &dyn Store, users: Vec<ImportedUser>) -> Result<(), StoreError> {
    store.import(&Inventory { packages: Vec::new(), users }).await
}

/// Everything that the interface shows of the users.
pub(crate) async fn everything(store: &dyn Store, now: Timestamp) -> Vec<UserDetail> {
    let all = UserQuery { per_page: 500, ..UserQuery::default() };
    let mut details = Vec::new();
    for row in store.users(&all, now).await.unwrap().rows {
        let detail = store.user(&row.name, now).await.unwrap();
        assert_eq!(detail.row, row, "the listing and the detail tell the same");
        details.push(detail);
    }
    details
}

/// The only website of a user.
pub(crate) async fn site_of(store: &dyn Store, user: &str) -> Website {
    let mut websites = store.websites_of(user).await.unwrap();
    assert_eq!(websites.len(), 1, "{user} has one website");
    websites.remove(0)
}

/// Those of these users for whom AutoSSL is on.
pub(crate) async fn eligible<'a>(store: &dyn Store, users: &[&'a str]) -> Vec<&'a str> {
    let mut eligible = Vec::new();
    for &user in users {
        if store.count_eligible(&RunScope::User(user.into())).await.unwrap().0 == 1 {
            eligible.push(user);
        }
    }
    let all = store.count_eligible(&RunScope::AllUsers).await.unwrap().0;
    assert_eq!(all as usize, eligible.len(), "all eligible users are among them");
    eligible
}

pub(crate) fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

/// Assert that an error says that there is no such object.
pub(crate) fn assert_not_found<T: std::fmt::Debug>(result: Result<T, StoreError>, kind: &str, name: &str) {
    match result {
        Err(StoreError::NotFound { kind: k, name: n }) => assert_eq!((k, n.as_str()), (kind, name)),
        other => panic!("expected no {kind} {name}, got {other:?}"),
    }
}

/// Assert that an error says that something stands in the way.
pub(crate) fn assert_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>, kind: &str, name: &str) {
    match result {
        Err(StoreError::Conflict { kind: k, name: n }) => assert_eq!((k, n.as_str()), (kind, name)),
        other => panic!("expected a conflict with {kind} {name}, got {other:?}"),
    }
}
