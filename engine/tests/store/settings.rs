//! Challenges and providers.

use crate::sample::{NOW, names};
use engine::store::{Agreement, Challenge, ProviderRecord, Store};

pub(crate) async fn challenges_are_answered_until_removed_or_old(store: &dyn Store) {
    let challenge = |token: &str, answer: &str| Challenge {
        token: token.into(),
        key_authorization: answer.into(),
        domain: "alice.test".into(),
    };
    assert_eq!(store.key_authorization("one").await.unwrap(), None);
    for (token, answer, at) in [("one", "one.old", NOW), ("one", "one.key", NOW), ("two", "two.key", NOW.plus(10))] {
        store.put_challenge(&challenge(token, answer), at).await.unwrap();
    }
    store.put_challenge(&challenge("three", "three.key"), NOW.plus(20)).await.unwrap();
    assert_eq!(store.key_authorization("one").await.unwrap().as_deref(), Some("one.key"), "the last answer counts");
    store.remove_challenges(&names(&["three", "unknown"])).await.unwrap();
    assert_eq!(store.key_authorization("three").await.unwrap(), None);
    assert_eq!(store.sweep_challenges(NOW.plus(10)).await.unwrap(), 1);
    assert_eq!(store.key_authorization("one").await.unwrap(), None);
    assert_eq!(store.key_authorization("two").await.unwrap().as_deref(), Some("two.key"));
}

pub(crate) async fn one_provider_is_selected_at_a_time(store: &dyn Store) {
    let empty = |id: &str| ProviderRecord { id: id.into(), ..ProviderRecord::default() };
    assert_eq!(store.selected_provider().await.unwrap(), None);
    assert_eq!(store.provider("first").await.unwrap(), empty("first"));
    let agreement = Agreement { by: "admin".into(), at: NOW, url: "https://ca.test/terms".into() };
    store.set_account_url("first", Some("https://ca.test/account/1")).await.unwrap();
    store.select_provider(Some("first"), Some(&agreement)).await.unwrap();
    store.set_provider_error("first", Some("no answer")).await.unwrap();
    store.select_provider(Some("second"), None).await.unwrap();
    assert_eq!(store.selected_provider().await.unwrap().as_deref(), Some("second"));
    assert_eq!(store.provider("second").await.unwrap(), empty("second"));
    store.select_provider(Some("first"), None).await.unwrap();
    let first = ProviderRecord {
        agreement: Some(agreement),
        account_url: Some("https://ca.test/account/1".into()),
        last_error: Some("no answer".into()),
        ..empty("first")
    };
    assert_eq!(store.provider("first").await.unwrap(), first, "what was agreed to stays agreed to");
    store.select_provider(None, None).await.unwrap();
    assert_eq!(store.selected_provider().await.unwrap(), None);
    store.set_account_url("first", None).await.unwrap();
    store.set_provider_error("first", None).await.unwrap();
    assert_eq!(store.provider("first").await.unwrap(), ProviderRecord { account_url: None, last_error: None, ..first });
}
