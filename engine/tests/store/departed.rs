//! Websites that are gone and still have files.

use crate::certificates::issue;
use crate::sample::{DAY, NOW, finish, import, site_of, user};
use engine::store::{ServiceFact, ServiceStanding, Store};

pub(crate) async fn since_when_a_website_is_gone_is_kept_until_it_comes_back(store: &dyn Store) {
    import(store, vec![user("leaver", &[&["stays.test", "www.stays.test"]])]).await.unwrap();
    let names = ["stays.test", "www.stays.test", "gone.test"].map(str::to_owned);
    let mut known = store.known_names(&names).await.unwrap();
    known.sort_unstable();
    assert_eq!(known, names[..2]);

    let gone = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let noted = store.note_departed(&gone(&["gone.test"]), NOW).await.unwrap();
    assert_eq!(noted, [("gone.test".to_owned(), NOW)]);
    let later = NOW.plus(DAY);
    let noted = store.note_departed(&gone(&["gone.test", "late.test"]), later).await.unwrap();
    assert_eq!(noted, [("gone.test".to_owned(), NOW), ("late.test".to_owned(), later)]);
    assert_eq!(store.note_departed(&[], later).await.unwrap(), []);
    let noted = store.note_departed(&gone(&["gone.test"]), later).await.unwrap();
    assert_eq!(noted, [("gone.test".to_owned(), later)], "it was there in between");

    let site = site_of(store, "leaver").await.id;
    let (job, certificate) = issue(store, site, &["stays.test"], NOW).await;
    let fact = |service: &str| ServiceFact { certificate, service: service.into(), standing: ServiceStanding::Served };
    store.record_service_facts(&[fact("apache"), fact("exim")], NOW).await.unwrap();
    store.forget_service("exim").await.unwrap();
    let left = store.service_records(certificate).await.unwrap();
    assert_eq!(left.iter().map(|record| record.service.as_str()).collect::<Vec<_>>(), ["apache"]);
    finish(store, job, NOW).await;
    import(store, vec![user("leaver", &[])]).await.unwrap();
}
