//! Accounts and websites that change without an import file.

use crate::sample::{NOW, assert_conflict, assert_not_found, eligible, everything, import, names, user};
use engine::model::{InventorySource, UserQuery};
use engine::store::{ConfiguredCertificate, Inventory, OwnedWebsite, Replaces, Store};

async fn found(store: &dyn Store, search: &str) -> Vec<String> {
    let query = UserQuery { search: search.into(), ..UserQuery::default() };
    store.users(&query, NOW).await.unwrap().rows.into_iter().map(|row| row.name).collect()
}

pub(crate) async fn accounts_are_added_suspended_and_removed(store: &dyn Store) {
    let before = everything(store, NOW).await;
    let mut frank = user("frank", &[&["frank.test"]]);
    store.add_user(&frank).await.unwrap();
    let detail = store.user("frank", NOW).await.unwrap();
    assert_eq!((detail.email.as_str(), detail.websites.len()), ("frank@example.test", 0));
    assert_eq!(found(store, "fran").await, ["frank"]);
    assert_conflict(store.add_user(&frank).await, "user", "frank");
    frank.name = "grace".into();
    frank.package = "unheard".into();
    assert_not_found(store.add_user(&frank).await, "package", "unheard");

    let eligible_before = eligible(store, &["alice", "bob", "carol", "dave", "frank"]).await;
    assert!(eligible_before.contains(&"frank"));
    store.suspend_user("frank").await.unwrap();
    assert!(store.user("frank", NOW).await.unwrap().row.suspended);
    assert!(!eligible(store, &["alice", "bob", "carol", "dave", "frank"]).await.contains(&"frank"));
    store.unsuspend_user("frank").await.unwrap();
    assert_eq!(eligible(store, &["alice", "bob", "carol", "dave", "frank"]).await, eligible_before);

    import(store, vec![user("frank", &[&["frank.test", "www.frank.test"]])]).await.unwrap();
    assert_eq!(store.owner_of("frank.test").await.unwrap(), "frank");
    store.remove_user("frank").await.unwrap();
    assert_not_found(store.remove_user("frank").await, "user", "frank");
    assert_not_found(store.suspend_user("frank").await, "user", "frank");
    assert_not_found(store.owner_of("frank.test").await, "website", "frank.test");
    assert!(found(store, "frank").await.is_empty(), "nor is it found by its domains");
    assert_eq!(everything(store, NOW).await, before);
}

pub(crate) async fn a_revision_is_made_from_what_is_stored(store: &dyn Store) {
    import(store, vec![user("frank", &[&["frank.test", "www.frank.test"], &["shop.test"]])]).await.unwrap();
    store.exclude("frank", &names(&["www.frank.test"])).await.unwrap();
    let seen = store.inventory(Some("frank")).await.unwrap();
    let listed: Vec<(&str, usize)> =
        seen.iter().map(|owned| (owned.website.domain.as_str(), owned.website.aliases.len())).collect();
    assert_eq!(listed, [("frank.test", 1), ("shop.test", 0)], "in the file's order, with names that are excluded");
    let all = store.inventory(None).await.unwrap();
    assert!(all.is_sorted_by(|one, other| one.user <= other.user) && seen.iter().all(|owned| all.contains(owned)));
    assert_not_found(store.inventory(Some("nobody")).await, "user", "nobody");
    assert_not_found(store.revise(Some("nobody"), Box::new(|_| None)).await, "user", "nobody");

    let decide = |stored: Vec<OwnedWebsite>| {
        assert_eq!(stored, seen);
        None
    };
    store.revise(Some("frank"), Box::new(decide)).await.unwrap();
    assert_eq!(store.inventory(Some("frank")).await.unwrap(), seen);

    let pair = ConfiguredCertificate { certificate: "/etc/frank.pem".into(), key: Some("/etc/frank.key".into()) };
    let configured = pair.clone();
    let decide = |stored: Vec<OwnedWebsite>| {
        let mut frank = user("frank", &[]);
        frank.websites = stored.into_iter().take(1).map(|owned| owned.website).collect();
        frank.websites[0].source = InventorySource::Apache;
        frank.websites[0].configured_certificate = Some(configured);
        frank.email = "elsewhere@example.test".into();
        Some(Inventory { users: vec![frank], replaces: Replaces::Websites, ..Inventory::default() })
    };
    store.revise(Some("frank"), Box::new(decide)).await.unwrap();
    let site = crate::sample::site_of(store, "frank").await;
    assert_eq!(site.configured_certificate, Some(pair));
    assert_eq!(site.names, ["frank.test"], "what people excluded stays so");
    let detail = store.user("frank", NOW).await.unwrap();
    assert_eq!((detail.email.as_str(), detail.websites[0].source), ("frank@example.test", InventorySource::Apache));

    let foreign = |_: Vec<OwnedWebsite>| {
        let users = vec![user("frank", &[&["alice.test"]])];
        Some(Inventory { users, replaces: Replaces::Websites, ..Inventory::default() })
    };
    assert_conflict(store.revise(Some("frank"), Box::new(foreign)).await, "domain", "alice.test");
    assert_eq!(crate::sample::site_of(store, "frank").await, site);
}

pub(crate) async fn an_import_may_leave_accounts_or_websites_alone(store: &dyn Store) {
    let site = crate::sample::site_of(store, "frank").await;
    let mut frank = user("frank", &[]);
    frank.owner = "reseller".into();
    let users = vec![frank, user("grace", &[])];
    store.import(&Inventory { users, replaces: Replaces::Accounts, ..Inventory::default() }).await.unwrap();
    assert_eq!(store.user("frank", NOW).await.unwrap().row.owner, "reseller");
    assert_eq!(crate::sample::site_of(store, "frank").await, site);
    assert_eq!(found(store, "grace").await, ["grace"]);
    assert_eq!(found(store, "frank.test").await, ["frank"], "and is still found by its domain");
    for user in ["frank", "grace"] {
        store.remove_user(user).await.unwrap();
    }
}
