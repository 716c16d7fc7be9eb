//! Leases: of two that want one, one gets it.

use crate::sample::NOW;
use engine::store::Store;

pub(crate) async fn a_lease_changes_hands_only_as_it_was_seen(store: &dyn Store) {
    assert_eq!(store.lease("work").await.unwrap(), None);
    let first = store.take_lease("work", None, "one", NOW.plus(30)).await.unwrap().unwrap();
    assert_eq!((first.holder.as_str(), first.generation), ("one", 1));
    assert_eq!(store.take_lease("work", None, "two", NOW.plus(30)).await.unwrap(), None, "somebody was quicker");
    assert_eq!(store.lease("work").await.unwrap(), Some(first.clone()));

    assert!(store.renew_lease(&first, NOW.plus(40)).await.unwrap());
    assert_eq!(store.take_lease("work", Some(&first), "two", NOW.plus(60)).await.unwrap(), None, "it was renewed");
    let seen = store.lease("work").await.unwrap();
    let second = store.take_lease("work", seen.as_ref(), "two", NOW.plus(70)).await.unwrap().unwrap();
    assert_eq!((second.holder.as_str(), second.generation, second.expires_at), ("two", 2, NOW.plus(70)));

    assert!(!store.renew_lease(&first, NOW.plus(80)).await.unwrap(), "it has changed hands");
    store.release_lease(&first).await.unwrap();
    assert_eq!(store.lease("work").await.unwrap(), Some(second.clone()), "what one has lost one cannot give back");
    store.release_lease(&second).await.unwrap();
    assert!(store.lease("work").await.unwrap().unwrap().expires_at < NOW);
    assert_eq!(store.lease("another").await.unwrap(), None);
}
