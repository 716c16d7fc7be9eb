//! Every certificate that was ever issued: listed, found, revoked.

use crate::certificates::issue;
use crate::sample::{DAY, NOW, assert_not_found, finish, import, names, site_of, user};
use engine::model::{
    CertificateQuery, CertificateScope, Coverage, DomainState, KeyType, Revocation, RevocationReason, RevocationSigner,
    Timestamp,
};
use engine::store::{CertificateId, JobState, Store};

fn revocation(at: Timestamp) -> Revocation {
    Revocation {
        reason: RevocationReason::KeyCompromise,
        signer: RevocationSigner::CertificateKey,
        by: "root".into(),
        provider: Some("ca".into()),
        asked_at: at,
        revoked_at: None,
    }
}

pub(crate) async fn a_revoked_certificate_secures_nothing_from_then_on(store: &dyn Store) {
    import(store, vec![user("revoked", &[&["revoked.test"]])]).await.unwrap();
    let website = site_of(store, "revoked").await.id;
    let (job, id) = issue(store, website, &["revoked.test"], NOW).await;
    let state = async |at| {
        let shown = store.user("revoked", at).await.unwrap();
        (shown.websites[0].coverage, shown.websites[0].domains[0].state, shown.row.names_secured)
    };
    let later = NOW.plus(DAY);

    store.begin_revocation(id, &revocation(NOW)).await.unwrap();
    assert_eq!(state(later).await, (Coverage::Secured, DomainState::Secured, 1), "it is only written down");
    let open = store.open_revocations().await.unwrap();
    assert_eq!((open.len(), open[0].id(), open[0].shelf.as_deref()), (1, id, Some("revoked.test")));
    assert_eq!(open[0].row.revocation, Some(revocation(NOW)));

    let secured = store.coverage(later).await.unwrap().secured;
    let ending = store.totals(later, later.plus(100 * DAY)).await.unwrap().2;
    store.end_revocation(id, NOW.plus(60)).await.unwrap();
    assert!(store.open_revocations().await.unwrap().is_empty());
    assert_eq!(state(later).await, (Coverage::Defective, DomainState::Unsecured, 0));
    assert_eq!(store.coverage(later).await.unwrap().secured, secured - 1);
    assert_eq!(site_of(store, "revoked").await.certificate.unwrap().revoked_at, Some(NOW.plus(60)));
    assert_eq!(store.open_job(website).await.unwrap(), None, "it is not installed any more");
    let last = store.job_events(job).await.unwrap().pop().unwrap();
    assert_eq!((last.state, last.detail.as_str()), (JobState::Failed, "its certificate was revoked"));
    let asked = store.renewal_questions(later, 100).await.unwrap();
    assert!(asked.iter().all(|question| question.certificate != id), "its issuer is not asked when to renew it");
    let turns = store.renewable_certificates().await.unwrap();
    assert!(turns.iter().all(|certificate| certificate.website != website), "it takes no turns");
    assert_eq!(store.totals(later, later.plus(100 * DAY)).await.unwrap().2, ending - 1, "it does not end soon");

    store
        .begin_revocation(id, &Revocation { reason: RevocationReason::Superseded, ..revocation(later) })
        .await
        .unwrap();
    store.end_revocation(id, later).await.unwrap();
    let told = store.certificates_of("revoked.test").await.unwrap().remove(0).row.revocation.unwrap();
    assert_eq!((told.reason, told.revoked_at), (RevocationReason::KeyCompromise, Some(NOW.plus(60))), "once is enough");
    assert_not_found(store.begin_revocation(CertificateId(-1), &revocation(NOW)).await, "certificate", "-1");

    let (job, _) = issue(store, website, &["revoked.test"], later).await;
    assert_eq!(state(later).await.0, Coverage::Secured, "the next one secures the names");
    finish(store, job, later).await;
}

pub(crate) async fn a_revocation_that_was_refused_is_forgotten(store: &dyn Store) {
    let id = site_of(store, "revoked").await.certificate.unwrap().id;
    store.begin_revocation(id, &revocation(NOW)).await.unwrap();
    store.withdraw_revocation(id).await.unwrap();
    assert!(store.open_revocations().await.unwrap().is_empty());
    assert_eq!(store.certificates_of("revoked.test").await.unwrap()[0].row.revocation, None);
    store.end_revocation(id, NOW).await.unwrap();
    let certificate = site_of(store, "revoked").await.certificate.unwrap();
    assert_eq!(certificate.revoked_at, None, "what nobody asked for is not done");
}

pub(crate) async fn certificates_are_found_after_their_website_is_gone(store: &dyn Store) {
    let found = async |name| {
        let all = store.certificates_of(name).await.unwrap();
        all.into_iter().map(|one| (one.row.in_use, one.row.website, one.shelf.unwrap())).collect::<Vec<_>>()
    };
    let (here, shelf) = (Some("revoked.test".to_owned()), "revoked.test".to_owned());
    assert_eq!(found("revoked.test").await, [(true, here.clone(), shelf.clone()), (false, here, shelf.clone())]);
    import(store, vec![user("revoked", &[])]).await.unwrap();
    assert_eq!(found("revoked.test").await, [(false, None, shelf.clone()), (false, None, shelf)]);
    assert!(found("never.test").await.is_empty());
}

pub(crate) async fn certificates_are_listed_in_parts(store: &dyn Store) {
    import(store, vec![user("listed", &[&["listed.test", "www.listed.test"]])]).await.unwrap();
    let website = site_of(store, "listed").await.id;
    for day in 0..3 {
        let (job, _) = issue(store, website, &["listed.test", "www.listed.test"], NOW.plus(day * DAY)).await;
        finish(store, job, NOW.plus(day * DAY)).await;
    }
    let list = async |search: &str, scope, after, limit| {
        let query = CertificateQuery { search: search.into(), scope, after, limit };
        store.certificates(&query).await.unwrap()
    };
    let all = list("listed", CertificateScope::All, 0, 0).await;
    assert_eq!(all.iter().map(|row| row.in_use).collect::<Vec<_>>(), [false, false, true]);
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(all[2].names, ["listed.test", "www.listed.test"]);
    assert_eq!((all[2].user.as_deref(), all[2].key_type), (Some("listed"), Some(KeyType::EcdsaP256)));
    assert_eq!(all[2].profile.as_deref(), Some("classic"));
    assert_eq!(list("listed", CertificateScope::All, 0, 2).await, all[..2]);
    assert_eq!(list("listed", CertificateScope::All, all[1].id, 2).await, all[2..]);
    assert_eq!(list("WWW.Listed", CertificateScope::InUse, 0, 0).await, all[2..]);
    assert!(list("nobody", CertificateScope::All, 0, 0).await.is_empty());
    import(store, vec![user("listed", &[])]).await.unwrap();
    assert_eq!(list("www.listed", CertificateScope::All, 0, 0).await.len(), 3, "they outlive their website");
}

pub(crate) async fn keys_are_chosen_for_all_the_named_users_or_for_none(store: &dyn Store) {
    import(store, vec![user("keys", &[&["keys.test"]]), user("nokeys", &[])]).await.unwrap();
    let (both, none) = (names(&["keys", "nokeys"]), names(&["keys", "nobody-at-all"]));
    assert_eq!(store.set_key_type(&both, Some(KeyType::Rsa3072)).await.unwrap(), 2);
    assert_not_found(store.set_key_type(&none, None).await, "user", "nobody-at-all");
    let shown = store.user("keys", NOW).await.unwrap();
    assert_eq!((shown.key_type, shown.server_key_type), (Some(KeyType::Rsa3072), KeyType::default()));
    assert_eq!(site_of(store, "keys").await.key_type, Some(KeyType::Rsa3072));
    import(store, vec![user("keys", &[&["keys.test"]])]).await.unwrap();
    assert!(store.user("keys", NOW).await.unwrap().key_type.is_some(), "an import keeps what people decided");
    assert_eq!(store.set_key_type(&both, None).await.unwrap(), 2);
    assert_eq!(site_of(store, "keys").await.key_type, None);
    import(store, vec![user("keys", &[])]).await.unwrap();
}
