//! Certificates in services: facts by service, and which websites are behind.

use crate::certificates::issue;
use crate::sample::{DAY, NOW, finish, import, site_of, user};
use engine::store::{CertificateId, LEFT_ALONE, ServedCertificate, ServiceFact, ServiceStanding, Store};

fn fact(certificate: CertificateId, service: &str, standing: ServiceStanding) -> ServiceFact {
    ServiceFact { certificate, service: service.into(), standing }
}

fn failed(detail: &str) -> ServiceStanding {
    ServiceStanding::Failed { code: "service_down".into(), detail: detail.into() }
}

pub(crate) async fn what_became_of_a_certificate_is_told_service_by_service(store: &dyn Store) {
    import(store, vec![user("services", &[&["services.test"]])]).await.unwrap();
    let first = site_of(store, "services").await.id;
    let services = ["apache".to_owned(), "exim".to_owned()];
    assert!(!store.unserved_websites(&services, NOW).await.unwrap().contains(&first), "it has no certificate");
    let (job, certificate) = issue(store, first, &["services.test"], NOW).await;
    assert!(store.unserved_websites(&services, NOW).await.unwrap().contains(&first), "nothing is known yet");
    assert_eq!(store.unserved_websites(&[], NOW).await.unwrap(), []);
    assert_eq!(store.service_records(certificate).await.unwrap(), []);

    let facts = [fact(certificate, "apache", ServiceStanding::Served), fact(certificate, "exim", failed("it is down"))];
    store.record_service_facts(&facts, NOW).await.unwrap();
    let records = store.service_records(certificate).await.unwrap();
    assert_eq!((records[0].installed_at, records[0].served_at, &records[0].problem), (Some(NOW), Some(NOW), &None));
    let problem = records[1].problem.clone().unwrap();
    assert_eq!((problem.code.as_str(), problem.detail.as_str(), problem.tries), ("service_down", "it is down", 1));
    assert_eq!((problem.at, problem.retry_at), (NOW, NOW.plus(60)));
    assert!(store.unserved_websites(&services, NOW).await.unwrap().contains(&first));
    assert!(!store.unserved_websites(&services[..1], NOW).await.unwrap().contains(&first));

    assert_eq!(store.services_due(&services, NOW.plus(59), 9).await.unwrap(), []);
    assert_eq!(store.services_due(&services, NOW.plus(60), 9).await.unwrap(), [first]);
    assert_eq!(store.services_due(&services[..1], NOW.plus(60), 9).await.unwrap(), [], "it is not configured any more");

    let later = NOW.plus(DAY);
    store.record_service_facts(&[fact(certificate, "exim", failed("still"))], later).await.unwrap();
    let problem = store.service_records(certificate).await.unwrap()[1].problem.clone().unwrap();
    assert_eq!((problem.at, problem.tries, problem.retry_at), (NOW, 2, later.plus(300)), "since when it is known");
    store.record_service_facts(&[fact(certificate, "apache", failed("now, too"))], later).await.unwrap();
    let apache = store.service_records(certificate).await.unwrap().remove(0);
    assert_eq!((apache.served_at, apache.problem.is_some()), (Some(NOW), true), "when it was served stays known");

    let done =
        [fact(certificate, "apache", ServiceStanding::Served), fact(certificate, "exim", ServiceStanding::Unconcerned)];
    store.record_service_facts(&done, later).await.unwrap();
    let records = store.service_records(certificate).await.unwrap();
    assert_eq!((records[0].installed_at, records[0].served_at), (Some(NOW), Some(later)));
    assert_eq!((records[1].installed_at, records[1].served_at, &records[1].problem), (None, None, &None));
    assert!(!store.unserved_websites(&services, NOW).await.unwrap().contains(&first));
    assert_eq!(store.services_due(&services, later.plus(DAY), 9).await.unwrap(), []);

    let served = store.served_certificates("apache").await.unwrap();
    let of_site = |one: &&ServedCertificate| one.certificate == certificate;
    let one = served.iter().find(of_site).unwrap();
    assert_eq!(
        (one.website.as_str(), one.names.as_slice(), one.is_left_alone),
        ("services.test", &["services.test".to_owned()][..], false)
    );
    assert!(!store.served_certificates("exim").await.unwrap().iter().any(|one| one.certificate == certificate));
    let (until, alone) = (later.plus(30 * DAY), "it is another's");
    let alone = ServiceStanding::LeftAlone { detail: alone.into(), until };
    store.record_service_facts(&[fact(certificate, "apache", alone)], later).await.unwrap();
    assert!(store.served_certificates("apache").await.unwrap().iter().find(of_site).unwrap().is_left_alone);
    assert!(!store.unserved_websites(&services, until.plus(-1)).await.unwrap().contains(&first));
    assert!(store.unserved_websites(&services, until).await.unwrap().contains(&first), "it ends");
    assert_eq!(store.services_due(&services, until.plus(-1), 9).await.unwrap(), []);
    assert_eq!(store.services_due(&services, until, 9).await.unwrap(), [first]);
    let (website, problem) = store.service_problems("apache", 9).await.unwrap().remove(0);
    assert_eq!((website.as_str(), problem.code.as_str()), ("services.test", LEFT_ALONE));
    finish(store, job, NOW).await;
    import(store, vec![user("services", &[])]).await.unwrap();
}
