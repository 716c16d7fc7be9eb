//! Listing, searching, paging and bulk overrides.

use crate::sample::{NOW, assert_not_found, eligible, everything, import, names, package, user};
use engine::model::{Direction, FeatureSetting, Override, UserQuery, UserSort};
use engine::store::{Inventory, Store};

async fn listed(store: &dyn Store, query: &UserQuery) -> Vec<String> {
    store.users(query, NOW).await.unwrap().rows.into_iter().map(|row| row.name).collect()
}

fn search(text: &str) -> UserQuery {
    UserQuery { search: text.into(), ..UserQuery::default() }
}

pub(crate) async fn users_are_listed_in_pages_and_orders(store: &dyn Store) {
    let mut erin = user("erin", &[&["erin.test"]]);
    erin.package = "a-first".into();
    let packages = vec![package("a-first", FeatureSetting::On)];
    store.import(&Inventory { packages, users: vec![erin], ..Inventory::default() }).await.unwrap();

    let all = ["alice", "bob", "carol", "dave", "erin"];
    assert_eq!(listed(store, &UserQuery::default()).await, all);
    let page = |page, per_page| UserQuery { page, per_page, ..UserQuery::default() };
    assert_eq!(listed(store, &page(1, 2)).await, ["alice", "bob"]);
    assert_eq!(listed(store, &page(3, 2)).await, ["erin"]);
    let beyond = store.users(&page(9, 2), NOW).await.unwrap();
    assert_eq!(
        (beyond.page, beyond.pages(), beyond.total, beyond.rows.len()),
        (3, 3, 5, 1),
        "the last page stands for later ones"
    );
    let first = store.users(&page(0, 0), NOW).await.unwrap();
    assert_eq!((first.page, first.per_page, first.total), (1, 25, 5));
    assert_eq!(store.users(&page(1, u32::MAX), NOW).await.unwrap().per_page, 500);

    for sort in [UserSort::Name, UserSort::Package, UserSort::Coverage, UserSort::Checked] {
        let query = |direction| UserQuery { sort, direction, ..UserQuery::default() };
        let mut ascending = listed(store, &query(Direction::Ascending)).await;
        ascending.reverse();
        assert_eq!(listed(store, &query(Direction::Descending)).await, ascending, "{sort:?}");
    }
    let by_package = UserQuery { sort: UserSort::Package, ..UserQuery::default() };
    assert_eq!(listed(store, &by_package).await, ["erin", "alice", "bob", "carol", "dave"]);
}

pub(crate) async fn users_are_found_by_parts_of_names(store: &dyn Store) {
    assert_eq!(listed(store, &search("ali")).await, ["alice"]);
    assert_eq!(listed(store, &search(" ERIN.te ")).await, ["erin"], "spaces round it and case do not matter");
    assert_eq!(listed(store, &search("BÜCH")).await, ["carol"], "as people write the name");
    assert_eq!(listed(store, &search("xn--bcher")).await, ["carol"], "as the DNS has the name");
    assert_eq!(listed(store, &search(".test")).await, ["alice", "bob", "carol", "erin"]);
    for nothing in ["%", "_", "nobody", "test\nerin"] {
        assert!(listed(store, &search(nothing)).await.is_empty(), "{nothing:?}");
    }
    let enabled = UserQuery { decision: Some(Override::Enabled), ..search("b") };
    assert_eq!(listed(store, &enabled).await, ["bob"]);
    assert_eq!(store.users(&enabled, NOW).await.unwrap().total, 1);
    // What a user no longer has finds the user no longer.
    import(store, vec![user("erin", &[&["erin.example"]])]).await.unwrap();
    assert_eq!(listed(store, &search("erin.test")).await, [""; 0]);
    assert_eq!(listed(store, &search("erin.ex")).await, ["erin"]);
}

pub(crate) async fn overrides_are_set_for_all_or_for_none(store: &dyn Store) {
    let before = everything(store, NOW).await;
    let unknown = store.set_override(&names(&["alice", "nobody", "erin"]), Override::Disabled).await;
    assert_not_found(unknown, "user", "nobody");
    assert_eq!(everything(store, NOW).await, before);

    let twice = names(&["alice", "erin", "alice"]);
    assert_eq!(store.set_override(&twice, Override::Disabled).await.unwrap(), 2);
    assert_eq!(store.set_override(&[], Override::Disabled).await.unwrap(), 0);
    assert_eq!(store.user("alice", NOW).await.unwrap().row.autossl(), FeatureSetting::Off);
    let disabled = UserQuery { decision: Some(Override::Disabled), page: 7, per_page: 1, ..UserQuery::default() };
    assert_eq!(store.users(&disabled, NOW).await.unwrap().total, 2);

    let matching = UserQuery { per_page: 1, page: 2, sort: UserSort::Checked, ..search(".test") };
    assert_eq!(store.set_override_matching(&matching, Override::Enabled).await.unwrap(), 3, "all pages of it");
    assert_eq!(store.set_override_matching(&search("nobody"), Override::Enabled).await.unwrap(), 0);
    assert_eq!(store.set_override_matching(&disabled, Override::Inherited).await.unwrap(), 1, "erin alone was left");
    assert_eq!(eligible(store, &["alice", "bob", "carol", "dave", "erin"]).await, ["alice", "bob", "dave", "erin"]);
    let all = UserQuery::default();
    assert_eq!(store.set_override_matching(&all, Override::Inherited).await.unwrap(), 5);
}
