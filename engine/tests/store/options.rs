//! Options, certificates of others, and what is counted for names that pass again.

use crate::certificates::issue;
use crate::sample::{DAY, NOW, import, names, site_of, user};
use engine::analyze::{CertificateFacts, KeyAlgorithm, KeyFacts, KeyMatch, SignatureHash, Trust, Validation, Validity};
use engine::model::{Coverage, RunId, RunScope, Timestamp, UserQuery};
use engine::plan::Occasion;
use engine::store::{
    ConfiguredCertificate, ImportedUser, InPlace, NewJob, Reading, SeenCertificate, Step, Store, WebsiteId,
};

pub(crate) async fn options_are_kept_with_who_and_when(store: &dyn Store) {
    assert!(store.option_values().await.unwrap().is_empty());
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    store.set_option_values(&[set("b", "1"), set("a", "on")], "ann", NOW).await.unwrap();
    store.set_option_values(&[set("b", "2")], "bob", NOW.plus(5)).await.unwrap();
    let values = store.option_values().await.unwrap();
    let told: Vec<_> = values.iter().map(|v| (v.key.as_str(), v.value.as_str(), v.set_by.as_str(), v.set_at)).collect();
    assert_eq!(told, [("a", "on", "ann", NOW), ("b", "2", "bob", NOW.plus(5))]);
}

fn configured(name: &str, names: &[&str], certificate: Option<&str>) -> ImportedUser {
    let mut user = user(name, &[names]);
    user.websites[0].configured_certificate = certificate
        .map(|path| ConfiguredCertificate { certificate: path.into(), key: Some(format!("{path}.key").into()) });
    user
}

fn facts(list: &[&str], trust: Trust) -> CertificateFacts {
    CertificateFacts {
        names: names(list),
        validity: Validity { not_before: NOW, not_after: NOW.plus(200 * DAY) },
        issuer: "Other CA".into(),
        serial: "07".into(),
        ari_id: None,
        validation: Validation::Organization,
        trust,
        key: KeyFacts { algorithm: KeyAlgorithm::Rsa, bits: 2048 },
        signature: SignatureHash::Strong,
        key_match: KeyMatch::Matches,
        revoked_at: None,
    }
}

fn seen(website: WebsiteId, stamp: &str, reading: Reading) -> SeenCertificate {
    SeenCertificate {
        website,
        path: "/etc/ssl/others.pem".into(),
        stamp: stamp.into(),
        in_place: InPlace::Foreign,
        fingerprint: format!("print-{stamp}"),
        reading,
    }
}

async fn secured(store: &dyn Store, name: &str, at: Timestamp) -> (u32, Coverage) {
    let query = UserQuery { search: name.into(), ..UserQuery::default() };
    let row = store.users(&query, at).await.unwrap().rows.remove(0);
    (row.names_secured, store.user(name, at).await.unwrap().websites[0].coverage)
}

pub(crate) async fn a_certificate_of_others_secures_names_until_autossl_issues_one(store: &dyn Store) {
    let list = ["others.test", "www.others.test", "a.b.others.test"];
    import(store, vec![configured("others", &list, Some("/etc/ssl/others.pem"))]).await.unwrap();
    let website = site_of(store, "others").await.id;
    let scope = RunScope::User("others".into());
    let known = store.configured_certificates(&scope).await.unwrap().remove(0);
    assert_eq!((known.website, known.stamp, known.own), (website, None, None));
    assert_eq!(known.files.key, Some("/etc/ssl/others.pem.key".into()));
    assert!(store.configured_certificates(&RunScope::Queue).await.unwrap().is_empty());
    assert_eq!(site_of(store, "others").await.foreign, None, "it was not read yet");

    let (from, until) = (NOW, NOW.plus(90 * DAY));
    let good = facts(&["others.test", "*.others.test"], Trust::TrustedUntil(until));
    store.record_seen(&[seen(website, "1", Reading::Facts(Box::new(good.clone())))], NOW).await.unwrap();
    assert_eq!(secured(store, "others", from).await, (2, Coverage::Incomplete), "a wildcard is for one label");
    assert_eq!(secured(store, "others", until).await, (0, Coverage::Defective), "its chain has ended");
    let foreign = site_of(store, "others").await.foreign.unwrap();
    assert_eq!((foreign.reading, foreign.seen_at), (Reading::Facts(Box::new(good)), NOW));
    let shown = store.user("others", NOW).await.unwrap().websites.remove(0);
    assert_eq!((shown.issuer.as_deref(), shown.fingerprint.as_deref()), (Some("Other CA"), Some("print-1")));
    assert_eq!(shown.others.unwrap().words, "organization validated (OV)");

    let own_root = facts(&list, Trust::SelfSigned);
    store.record_seen(&[seen(website, "2", Reading::Facts(Box::new(own_root)))], NOW.plus(9)).await.unwrap();
    assert_eq!(secured(store, "others", NOW).await, (0, Coverage::Defective));
    store.record_seen(&[seen(website, "", Reading::Unreadable("no".into()))], NOW).await.unwrap();
    assert_eq!(secured(store, "others", NOW).await, (0, Coverage::Unsecured));

    let (_, id) = issue(store, website, &list, NOW).await;
    let site = site_of(store, "others").await;
    assert_eq!((site.foreign, site.certificate.map(|own| own.id)), (None, Some(id)));
    assert_eq!(secured(store, "others", NOW).await, (3, Coverage::Secured));
    let own = store.configured_certificates(&scope).await.unwrap().remove(0).own.unwrap();
    assert_eq!(store.own_fingerprints(&names(&["other", own.as_str()])).await.unwrap(), [own]);
}

pub(crate) async fn a_certificate_of_others_is_forgotten_with_its_configuration(store: &dyn Store) {
    import(store, vec![configured("former", &["former.test"], Some("/a.pem"))]).await.unwrap();
    let website = site_of(store, "former").await.id;
    let good = Reading::Facts(Box::new(facts(&["former.test"], Trust::TrustedUntil(NOW.plus(DAY)))));
    store.record_seen(&[seen(website, "1", good.clone())], NOW).await.unwrap();
    assert_eq!(secured(store, "former", NOW).await, (1, Coverage::Secured));

    import(store, vec![configured("former", &["former.test"], None)]).await.unwrap();
    assert_eq!(secured(store, "former", NOW).await, (0, Coverage::Unsecured));
    assert!(store.configured_certificates(&RunScope::User("former".into())).await.unwrap().is_empty());
    store.record_seen(&[seen(website, "1", good)], NOW).await.unwrap();
    assert_eq!(site_of(store, "former").await.foreign, None, "what is not configured is passed over");
}

pub(crate) async fn orders_for_names_that_pass_again_are_remembered(store: &dyn Store) {
    import(store, vec![user("again", &[&["again.test"]])]).await.unwrap();
    let website = site_of(store, "again").await.id;
    for (day, occasion) in [(0, Occasion::Readd), (1, Occasion::Ordinary), (2, Occasion::Readd)] {
        let new = NewJob {
            run: RunId("again".into()),
            website,
            names: names(&["again.test"]),
            provider: "ca".into(),
            detail: String::new(),
            replaces: None,
            occasion,
        };
        let job = store.plan_job(&new, NOW.plus(day * DAY)).await.unwrap().id;
        store.step_job(job, Step::Order, "", NOW.plus(day * DAY)).await.unwrap();
        store.step_job(job, Step::Fail, "", NOW.plus(day * DAY)).await.unwrap();
    }
    assert_eq!(site_of(store, "again").await.readded, [NOW.plus(2 * DAY), NOW]);
}
