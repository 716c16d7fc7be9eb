//! How visitors of websites are brought to TLS.

use engine::model::HttpsChoice;
use engine::store::Store;

pub(crate) async fn visitors_are_brought_to_tls_for_all_named_websites_or_for_none(store: &dyn Store) {
    let owned = store.inventory(None).await.unwrap();
    let domains: Vec<String> = owned.iter().map(|owned| owned.website.domain.clone()).take(2).collect();
    assert!(store.https_websites().await.unwrap().is_empty());
    let wrong = [domains[0].clone(), "nobody.test".to_owned()];
    assert!(store.set_https_redirect(&wrong, true).await.is_err());
    assert!(store.https_websites().await.unwrap().is_empty(), "none was changed");
    store.set_https_redirect(&domains, true).await.unwrap();
    store.set_hsts(&domains[..1], Some(300)).await.unwrap();
    store.set_https_redirect(&domains[1..], false).await.unwrap();
    let chosen = store.https_websites().await.unwrap();
    let [one] = &chosen[..] else { panic!("{chosen:?}") };
    assert_eq!((&one.domain, &one.user), (&domains[0], &owned[0].user));
    assert_eq!(one.choice, HttpsChoice { redirect: true, hsts: Some(300) });
    assert_eq!(one.names.first(), Some(&domains[0]), "the primary name comes first");
    store.set_https_redirect(&domains[..1], false).await.unwrap();
    store.set_hsts(&domains[..1], None).await.unwrap();
    assert!(store.https_websites().await.unwrap().is_empty());
}
