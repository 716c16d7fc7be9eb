//! The journal of published TXT values.

use crate::sample::NOW;
use engine::store::{DnsPurpose, DnsRecord, Store};

fn record(name: &str, value: &str, purpose: DnsPurpose) -> DnsRecord {
    DnsRecord { zone: "a.test".into(), name: name.into(), value: value.into(), purpose }
}

pub(crate) async fn published_values_are_kept_until_they_are_removed(store: &dyn Store) {
    let one = record("_acme-challenge.a.test", "one", DnsPurpose::Challenge);
    let two = record("_acme-challenge.a.test", "two", DnsPurpose::Trial);
    store.put_dns_records(&[two.clone(), one.clone()], NOW).await.unwrap();
    store.put_dns_records(std::slice::from_ref(&two), NOW.plus(5)).await.unwrap();
    assert_eq!(store.dns_records().await.unwrap(), [(one.clone(), NOW), (two.clone(), NOW.plus(5))]);
    let strange = record("_acme-challenge.b.test", "one", DnsPurpose::Challenge);
    store.remove_dns_records(&[one, strange]).await.unwrap();
    assert_eq!(store.dns_records().await.unwrap(), [(two.clone(), NOW.plus(5))]);
    store.remove_dns_records(&[two]).await.unwrap();
    assert!(store.dns_records().await.unwrap().is_empty());
    store.put_dns_records(&[], NOW).await.unwrap();
}
