//! Imports and exclusions.

use crate::sample::{NOW, assert_conflict, assert_not_found, eligible, everything, import, names, package, user};
use engine::model::{Coverage, DomainState, FeatureSetting, Override, RunScope};
use engine::store::{Inventory, Store, WebsitePlace};

pub(crate) async fn an_import_adds_users_websites_and_names(store: &dyn Store) {
    assert!(everything(store, NOW).await.is_empty());
    assert_eq!(store.totals(NOW, NOW).await.unwrap(), (0, 0, 0));
    let mut bob = user("bob", &[&["bob.test", "www.bob.test"]]);
    bob.package = "basic".into();
    let mut carol = user("carol", &[&["xn--bcher-kva.test"]]);
    carol.suspended = true;
    carol.owner = "reseller".into();
    let alice = user("alice", &[&["www.shop.test"], &["alice.test", "www.alice.test", "mail.alice.test"]]);
    let inventory = Inventory {
        packages: vec![package("basic", FeatureSetting::Off)],
        users: vec![carol, alice, bob],
        ..Inventory::default()
    };
    store.import(&inventory).await.unwrap();

    let detail = store.user("alice", NOW).await.unwrap();
    assert_eq!(detail.email, "alice@example.test");
    assert_eq!((detail.row.package.as_str(), detail.row.feature), ("default", FeatureSetting::On));
    assert_eq!(detail.row.primary_domain.as_deref(), Some("www.shop.test"), "the file's first website");
    assert_eq!((detail.row.names_total, detail.row.names_secured), (4, 0));
    assert_eq!((detail.row.checked_at, detail.row.result), (None, None));
    let site = &detail.websites[0];
    assert_eq!(site.domain, "alice.test", "websites are by primary name");
    assert_eq!((site.coverage, site.document_root.as_str()), (Coverage::Unsecured, "/home/alice.test"));
    let listed: Vec<&str> = site.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(listed, ["alice.test", "www.alice.test", "mail.alice.test"]);
    assert!(site.domains.iter().all(|domain| domain.state == DomainState::Unsecured && domain.problem.is_none()));

    let carol = store.user("carol", NOW).await.unwrap();
    assert_eq!((carol.row.owner.as_str(), carol.row.suspended), ("reseller", true));
    assert_eq!(carol.row.primary_domain.as_deref(), Some("bücher.test"));
    assert_eq!(
        (carol.websites[0].domain.as_str(), carol.websites[0].display.as_str()),
        ("xn--bcher-kva.test", "bücher.test")
    );

    assert_eq!(
        eligible(store, &["alice", "bob", "carol"]).await,
        ["alice"],
        "bob's package is off, carol is suspended"
    );
    assert_eq!(store.totals(NOW, NOW).await.unwrap(), (3, 4, 0));
    let coverage = store.coverage(NOW).await.unwrap();
    assert_eq!((coverage.unsecured, coverage.off, coverage.secured, coverage.failing), (4, 3, 0, 0));
    assert_not_found(store.user("nobody", NOW).await, "user", "nobody");
    assert!(store.websites_of("nobody").await.unwrap().is_empty());
    assert_eq!(store.count_eligible(&RunScope::AllUsers).await.unwrap(), (1, 2));
    assert_eq!(store.count_eligible(&RunScope::User("nobody".into())).await.unwrap(), (0, 0));
    let mut after = None;
    for domain in ["www.shop.test", "alice.test"] {
        let page = store.websites_after(&RunScope::AllUsers, after.as_ref(), 1).await.unwrap();
        assert_eq!((page.len(), page[0].domain.as_str()), (1, domain));
        after = Some(WebsitePlace { user: page[0].user.clone(), id: page[0].id });
    }
    assert!(store.websites_after(&RunScope::AllUsers, after.as_ref(), 1).await.unwrap().is_empty());
    assert!(
        store.websites_after(&RunScope::User("bob".into()), None, 9).await.unwrap().is_empty(),
        "it is off for bob"
    );
}

pub(crate) async fn what_cannot_be_imported_changes_nothing(store: &dyn Store) {
    let before = everything(store, NOW).await;
    let users = vec![user("alice", &[&["new.test"]]), user("dave", &[&["dave.test", "www.bob.test"]])];
    assert_conflict(import(store, users).await, "domain", "www.bob.test");
    let mut dave = user("dave", &[&["dave.test"]]);
    dave.package = "unheard".into();
    assert_not_found(import(store, vec![user("alice", &[]), dave]).await, "package", "unheard");
    assert_eq!(everything(store, NOW).await, before);
}

pub(crate) async fn a_name_is_excluded_or_nothing_is(store: &dyn Store) {
    let before = everything(store, NOW).await;
    let foreign = names(&["mail.alice.test", "bob.test"]);
    assert_not_found(store.exclude("alice", &foreign).await, "domain", "bob.test");
    assert_not_found(store.exclude("nobody", &names(&["bob.test"])).await, "user", "nobody");
    assert_eq!(everything(store, NOW).await, before);

    store.exclude("alice", &names(&["mail.alice.test", "www.shop.test"])).await.unwrap();
    let detail = store.user("alice", NOW).await.unwrap();
    assert_eq!(detail.row.names_total, 2);
    assert_eq!(detail.websites[0].domains[2].state, DomainState::Excluded);
    let websites = store.websites_of("alice").await.unwrap();
    let counted: Vec<(&str, usize)> = websites.iter().map(|site| (site.domain.as_str(), site.names.len())).collect();
    assert_eq!(counted, [("www.shop.test", 0), ("alice.test", 2)]);
    assert_eq!(websites[1].names, ["alice.test", "www.alice.test"]);
    let alice = RunScope::User("alice".into());
    assert_eq!(store.count_eligible(&alice).await.unwrap(), (1, 1), "one website has no name left");
    assert_eq!(store.coverage(NOW).await.unwrap().unsecured, 2);
}

pub(crate) async fn a_second_import_keeps_what_people_decided(store: &dyn Store) {
    store.set_override(&names(&["bob"]), Override::Enabled).await.unwrap();
    assert_eq!(eligible(store, &["alice", "bob", "carol"]).await, ["alice", "bob"]);
    let kept = store.websites_of("alice").await.unwrap()[1].id;

    let users =
        vec![user("alice", &[&["alice.test", "blog.alice.test", "mail.alice.test"]]), user("bob", &[&["bob.test"]])];
    import(store, users).await.unwrap();
    let alice = store.user("alice", NOW).await.unwrap();
    let listed: Vec<(&str, DomainState)> =
        alice.websites[0].domains.iter().map(|domain| (domain.name.as_str(), domain.state)).collect();
    assert_eq!(
        listed,
        [
            ("alice.test", DomainState::Unsecured),
            ("blog.alice.test", DomainState::Unsecured),
            ("mail.alice.test", DomainState::Excluded)
        ]
    );
    assert_eq!(alice.websites.len(), 1, "a website that the file no longer names is gone");
    assert_eq!(store.websites_of("alice").await.unwrap()[0].id, kept);
    let bob = store.user("bob", NOW).await.unwrap();
    assert_eq!((bob.row.decision, bob.row.package.as_str()), (Override::Enabled, "default"));
    assert!(store.user("carol", NOW).await.is_ok(), "a user that the file does not name is left alone");
    assert_eq!(store.coverage(NOW).await.unwrap().unsecured, 3);
    // The name that bob's website no longer has is free.
    import(store, vec![user("dave", &[&["www.bob.test"]])]).await.unwrap();
    import(store, vec![user("dave", &[])]).await.unwrap();
    assert!(store.user("dave", NOW).await.unwrap().websites.is_empty());
}

pub(crate) async fn names_move_between_users_of_one_file(store: &dyn Store) {
    let kept = store.websites_of("bob").await.unwrap()[0].id;
    let users = vec![
        user("alice", &[&["alice.test"]]),
        user("bob", &[]),
        user("dave", &[&["mail.alice.test", "alice-old.test"], &["bob.test", "blog.alice.test"]]),
    ];
    import(store, users).await.unwrap();
    let dave = store.user("dave", NOW).await.unwrap();
    assert_eq!(dave.row.names_total, 4, "what alice excluded is not excluded for dave");
    assert_eq!(store.user("bob", NOW).await.unwrap().row.primary_domain, None);
    assert_eq!(store.user("alice", NOW).await.unwrap().row.names_total, 1);
    let moved = store.websites_of("dave").await.unwrap();
    assert_eq!(moved.iter().map(|site| site.id == kept).collect::<Vec<_>>(), [true, false], "a website keeps its row");

    import(store, vec![user("bob", &[&["bob.test"]]), user("dave", &[])]).await.unwrap();
}
