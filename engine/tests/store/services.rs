//! Certificates in services: facts by service, and which websites are behind.

use crate::sample::{DAY, NOW};
use engine::model::RunScope;
use engine::store::{CertificateId, ServiceFact, ServiceStanding, Store, WebsiteId};

fn fact(certificate: CertificateId, service: &str, standing: ServiceStanding) -> ServiceFact {
    ServiceFact { certificate, service: service.into(), standing }
}

fn failed(detail: &str) -> ServiceStanding {
    ServiceStanding::Failed { code: "service_down".into(), detail: detail.into() }
}

/// The websites that have a certificate, with it.
async fn certificates(store: &dyn Store) -> Vec<(WebsiteId, CertificateId)> {
    let websites = store.websites_after(&RunScope::AllUsers, None, 100).await.unwrap();
    websites.into_iter().filter_map(|website| Some((website.id, website.certificate?.id))).collect()
}

pub(crate) async fn what_became_of_a_certificate_is_told_service_by_service(store: &dyn Store) {
    let certificates = certificates(store).await;
    let &(first, certificate) = certificates.first().unwrap();
    let services = ["apache".to_owned(), "exim".to_owned()];
    let unserved = store.unserved_websites(&services).await.unwrap();
    assert!(certificates.iter().all(|(website, _)| unserved.contains(website)), "nothing is known yet");
    assert_eq!(store.unserved_websites(&[]).await.unwrap(), []);

    let facts = [fact(certificate, "apache", ServiceStanding::Served), fact(certificate, "exim", failed("it is down"))];
    store.record_service_facts(&facts, NOW).await.unwrap();
    let records = store.service_records(certificate).await.unwrap();
    assert_eq!((records[0].installed_at, records[0].served_at, &records[0].problem), (Some(NOW), Some(NOW), &None));
    let problem = records[1].problem.clone().unwrap();
    assert_eq!((problem.code.as_str(), problem.detail.as_str(), problem.tries), ("service_down", "it is down", 1));
    assert_eq!((problem.at, problem.retry_at), (NOW, NOW.plus(60)));
    assert!(store.unserved_websites(&services).await.unwrap().contains(&first));
    assert!(!store.unserved_websites(&services[..1]).await.unwrap().contains(&first));

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
    assert!(!store.unserved_websites(&services).await.unwrap().contains(&first));
    assert_eq!(store.services_due(&services, later.plus(DAY), 9).await.unwrap(), []);
}
