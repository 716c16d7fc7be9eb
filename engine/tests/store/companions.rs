//! Companions: beside the certificate of a website, never in its place.

use crate::certificates::issue;
use crate::sample::{DAY, NOW, assert_conflict, finalize, import, names, site_of, user};
use engine::model::{CertificateQuery, KeyType, RunId};
use engine::plan::Occasion;
use engine::store::{
    CertificateId, CompanionTrouble, Job, NewCertificate, NewJob, ServiceFact, ServiceStanding, Step, Store, WebsiteId,
};

fn new_job(website: WebsiteId) -> NewJob {
    NewJob {
        run: RunId("beside".into()),
        website,
        names: names(&["beside.test"]),
        provider: "ca".into(),
        detail: String::new(),
        replaces: None,
        occasion: Occasion::Companion,
    }
}

async fn issue_companion(store: &dyn Store, job: &Job) -> CertificateId {
    let new = NewCertificate {
        website: job.website,
        names: job.names.clone(),
        not_before: NOW,
        not_after: NOW.plus(90 * DAY),
        issuer: "Story CA".into(),
        fingerprint: "beside".into(),
        serial: "0b".into(),
        shelf: "beside.test+rsa".into(),
        generation: 1,
        ari_id: Some("aki.0b".into()),
        key_type: Some(KeyType::Rsa2048),
        profile: None,
    };
    finalize(store, job.id, NOW).await;
    store.record_certificate(job.id, &new, NOW).await.unwrap()
}

pub(crate) async fn a_companion_stands_beside_its_certificate(store: &dyn Store) {
    import(store, vec![user("beside", &[&["beside.test"]])]).await.unwrap();
    let website = site_of(store, "beside").await.id;
    let (own_job, own) = issue(store, website, &["beside.test"], NOW).await;
    let job = store.plan_job(&new_job(website), NOW).await.unwrap();
    assert_conflict(store.plan_job(&new_job(website), NOW).await, "job", "beside.test");
    assert_eq!(store.open_companion_job(website).await.unwrap(), Some(job.clone()));
    assert_eq!(store.open_job(website).await.unwrap().unwrap().id, own_job, "each has its job");

    let companion = issue_companion(store, &job).await;
    let site = site_of(store, "beside").await;
    assert_eq!(site.certificate.as_ref().unwrap().id, own, "the certificate stays");
    let issued = site.companion.issued.clone().unwrap();
    assert_eq!((issued.id, issued.of, issued.names.as_slice()), (companion, own, names(&["beside.test"]).as_slice()));
    assert_eq!((site.job.unwrap().id, site.companion.job.unwrap().id), (own_job, job.id));
    let questions = store.renewal_questions(NOW, 100).await.unwrap();
    assert!(questions.iter().all(|question| question.certificate != companion), "it is renewed with the other one");
    let query = CertificateQuery { search: "beside.test".into(), ..CertificateQuery::default() };
    let listed = store.certificates(&query).await.unwrap();
    assert_eq!(listed.iter().map(|row| (row.in_use, row.companion)).collect::<Vec<_>>(), [(true, false), (true, true)]);
    for job in [own_job, job.id] {
        store.step_job(job, Step::Install, "", NOW).await.unwrap();
        store.step_job(job, Step::Finish, "", NOW).await.unwrap();
    }

    let services = ["web".to_owned()];
    let fact = |certificate, standing| ServiceFact { certificate, service: "web".into(), standing };
    store.record_service_facts(&[fact(own, ServiceStanding::Served)], NOW).await.unwrap();
    assert!(
        store.unserved_websites(&services, NOW).await.unwrap().contains(&website),
        "the companion was not brought there"
    );
    let failed = ServiceStanding::Failed { code: "not_served".into(), detail: "seen".into() };
    store.record_service_facts(&[fact(companion, failed)], NOW).await.unwrap();
    assert!(store.services_due(&services, NOW.plus(DAY), 100).await.unwrap().contains(&website));
    store.record_service_facts(&[fact(companion, ServiceStanding::Served)], NOW).await.unwrap();
    assert!(!store.unserved_websites(&services, NOW).await.unwrap().contains(&website));

    store.retire_companion(website, companion).await.unwrap();
    assert_eq!(site_of(store, "beside").await.companion.issued, None);
    assert!(!store.certificates(&query).await.unwrap().iter().any(|row| row.companion), "it is not in use any more");
}

pub(crate) async fn a_companion_that_failed_is_due_once_at_its_time(store: &dyn Store) {
    let website = site_of(store, "beside").await.id;
    let at = NOW.plus(60);
    let trouble =
        CompanionTrouble { code: "ca_refused".into(), detail: "no RSA".into(), failures: 2, retry_at: Some(at) };
    store.note_companion_trouble(website, &trouble).await.unwrap();
    assert_eq!(site_of(store, "beside").await.companion.trouble, Some(trouble));
    assert_eq!(store.next_companion().await.unwrap(), Some(at));
    assert_eq!(store.take_due_companions(NOW, 9).await.unwrap(), []);
    assert_eq!(store.take_due_companions(at, 9).await.unwrap(), [website]);
    assert_eq!(store.take_due_companions(at, 9).await.unwrap(), [], "once");
    assert_eq!(site_of(store, "beside").await.companion.trouble.unwrap().failures, 2, "how often is not forgotten");

    let job = store.plan_job(&new_job(website), NOW).await.unwrap();
    issue_companion(store, &job).await;
    assert_eq!(site_of(store, "beside").await.companion.trouble, None);
}
