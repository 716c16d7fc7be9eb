//! Challenges and providers.

use crate::sample::{NOW, names};
use engine::model::DirectoryAbout;
use engine::store::{
    AccountRecord, AddedProvider, Agreement, Challenge, OrderChoices, ProviderRecord, SealedExternalAccount, Store,
};

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
    let account = AccountRecord { url: "https://ca.test/account/1".into(), contact: Some("a@ours.test".into()) };
    let external = SealedExternalAccount { key_id: "kid".into(), mac_key: vec![0, 255] };
    let choices = OrderChoices { profile: Some("shortlived".into()), preferred_chain: Some("Root X1".into()) };
    let about = DirectoryAbout { external_account_required: true, ..DirectoryAbout::default() };
    store.set_account("first", Some(&account)).await.unwrap();
    store.set_agreement("first", &agreement).await.unwrap();
    store.set_external_account("first", Some(&external)).await.unwrap();
    store.set_order_choices("first", &choices).await.unwrap();
    store.set_directory("first", &about, NOW).await.unwrap();
    store.select_provider(Some("first")).await.unwrap();
    store.set_provider_error("first", Some("no answer"), NOW).await.unwrap();
    store.select_provider(Some("second")).await.unwrap();
    assert_eq!(store.selected_provider().await.unwrap().as_deref(), Some("second"));
    assert_eq!(store.provider("second").await.unwrap(), empty("second"));
    store.select_provider(Some("first")).await.unwrap();
    let first = ProviderRecord {
        agreement: Some(agreement),
        account: Some(account),
        external: Some(external),
        choices,
        about: Some((about, NOW)),
        last_error: Some("no answer".into()),
        failure: Some(("no answer".into(), NOW)),
        ..empty("first")
    };
    assert_eq!(store.provider("first").await.unwrap(), first, "what was agreed to stays agreed to");
    store.select_provider(None).await.unwrap();
    assert_eq!(store.selected_provider().await.unwrap(), None);
    store.set_account("first", None).await.unwrap();
    store.set_external_account("first", None).await.unwrap();
    store.set_provider_error("first", None, NOW.plus(60)).await.unwrap();
    let succeeded_at = Some(NOW.plus(60));
    let bare = ProviderRecord { account: None, external: None, last_error: None, succeeded_at, ..first };
    assert_eq!(store.provider("first").await.unwrap(), bare, "the last failure stays known");
}

pub(crate) async fn an_added_provider_is_kept_until_it_is_removed(store: &dyn Store) {
    let added = AddedProvider {
        id: "ours".into(),
        name: "Our CA".into(),
        directory_url: "https://ca.ours.test/directory".into(),
        allow_private: true,
        root_pem: Some("PEM".into()),
    };
    store.add_provider(&added).await.unwrap();
    assert_eq!(store.added_providers().await.unwrap(), std::slice::from_ref(&added));
    assert_eq!(store.add_provider(&added).await.unwrap_err().to_string(), "provider ours exists already");
    let moved = AddedProvider {
        name: "Our new CA".into(),
        directory_url: "https://ca2.ours.test/directory".into(),
        allow_private: false,
        root_pem: None,
        ..added.clone()
    };
    store.change_provider(&moved).await.unwrap();
    assert_eq!(store.added_providers().await.unwrap(), [moved]);
    let nobody = AddedProvider { id: "nobody".into(), ..added };
    assert_eq!(store.change_provider(&nobody).await.unwrap_err().to_string(), "no provider named nobody");
    store.set_provider_error("ours", Some("no answer"), NOW).await.unwrap();
    store.remove_provider("ours").await.unwrap();
    assert_eq!(store.added_providers().await.unwrap(), []);
    assert_eq!(store.provider("ours").await.unwrap().last_error, None, "nothing is left of it");
    assert_eq!(store.remove_provider("ours").await.unwrap_err().to_string(), "no provider named ours");
}
