//! Certificates, and what they secure over time.

use crate::sample::{DAY, NOW, assert_not_found, finalize, finish, import, names, site_of, user};
use engine::model::{
    CheckResult, Coverage, DomainState, KeyType, Override, RunCounts, RunId, RunScope, RunState, Timestamp, UserQuery,
    UserSort,
};
use engine::plan::Occasion;
use engine::store::{
    CertificateId, Conclusion, JobId, JobState, NameProblem, NewCertificate, NewJob, NewRun, RenewalWindow, Store,
    StoreResult, WebsiteId, WebsiteOutcome,
};

/// Issue a certificate that is valid for 90 days from `at` on.
pub(crate) async fn issue(
    store: &dyn Store,
    website: WebsiteId,
    list: &[&str],
    at: Timestamp,
) -> (JobId, CertificateId) {
    let planned = NewJob {
        run: RunId("issue".into()),
        website,
        names: names(list),
        provider: "ca".into(),
        detail: String::new(),
        replaces: None,
        occasion: Occasion::Ordinary,
    };
    let job = store.plan_job(&planned, at).await.unwrap().id;
    let new = NewCertificate {
        website,
        names: names(list),
        not_before: at,
        not_after: at.plus(90 * DAY),
        issuer: "Story CA".into(),
        fingerprint: format!("f{}", at.0),
        serial: "0a".into(),
        shelf: list[0].into(),
        generation: 1,
        ari_id: Some("aki.0a".into()),
        key_type: Some(KeyType::EcdsaP256),
        profile: Some("classic".into()),
    };
    finalize(store, job, at).await;
    (job, store.record_certificate(job, &new, at).await.unwrap())
}

async fn states(store: &dyn Store, user: &str, now: Timestamp) -> Vec<DomainState> {
    let detail = store.user(user, now).await.unwrap();
    detail.websites[0].domains.iter().map(|domain| domain.state).collect()
}

async fn coverage_of(store: &dyn Store, user: &str, now: Timestamp) -> Coverage {
    store.user(user, now).await.unwrap().websites[0].coverage
}

pub(crate) async fn a_certificate_secures_names_while_it_is_valid(store: &dyn Store) {
    import(store, vec![user("cert", &[&["cert.test", "www.cert.test", "a.b.cert.test", "mail.cert.test"]])])
        .await
        .unwrap();
    let website = site_of(store, "cert").await.id;
    assert_eq!(site_of(store, "cert").await.certificate, None);
    let (job, id) = issue(store, website, &["cert.test", "*.cert.test"], NOW).await;

    let open = store.open_job(website).await.unwrap().unwrap();
    assert_eq!((open.id, open.state, open.certificate), (job, JobState::Issued, Some(id)));
    let certificate = site_of(store, "cert").await.certificate.unwrap();
    assert_eq!(certificate.names, ["cert.test", "*.cert.test"]);
    assert_eq!((certificate.id, certificate.not_after), (id, NOW.plus(90 * DAY)));
    assert_eq!((certificate.installed_at, certificate.served_at), (None, None));
    assert_eq!(certificate.provider, "ca", "the job's");

    use DomainState::{Excluded, Secured, Unsecured};
    assert_eq!(states(store, "cert", NOW).await, [Secured, Secured, Unsecured, Secured], "a wildcard is for one label");
    assert_eq!(coverage_of(store, "cert", NOW).await, Coverage::Incomplete);
    store.exclude("cert", &names(&["a.b.cert.test"])).await.unwrap();
    assert_eq!(coverage_of(store, "cert", NOW).await, Coverage::Secured);
    assert_eq!(states(store, "cert", NOW).await[2], Excluded);
    for moment in [NOW.plus(-1), NOW.plus(90 * DAY)] {
        assert_eq!(coverage_of(store, "cert", moment).await, Coverage::Defective);
        assert_eq!(states(store, "cert", moment).await, [Unsecured, Unsecured, Excluded, Unsecured]);
    }
    assert_eq!(coverage_of(store, "cert", NOW.plus(90 * DAY - 1)).await, Coverage::Secured);

    conclude(store, &[installed(website, id, None)]).await.unwrap();
    conclude(store, &[installed(website, id, Some(NOW.plus(6)))]).await.unwrap();
    let shown = &store.user("cert", NOW).await.unwrap().websites[0];
    assert_eq!((shown.served_at, shown.expires_at), (Some(NOW.plus(6)), Some(NOW.plus(90 * DAY))));
    assert_eq!((shown.issuer.as_deref(), shown.fingerprint.is_some()), (Some("Story CA"), true));
    finish(store, job, NOW).await;

    // One that cannot be recorded takes the others of its transaction back.
    let both = [installed(website, id, Some(NOW.plus(9))), installed(website, CertificateId(-1), None)];
    assert_not_found(conclude(store, &both).await, "certificate", "-1");
    let shown = &store.user("cert", NOW).await.unwrap().websites[0];
    assert_eq!(shown.served_at, Some(NOW.plus(6)));
}

pub(crate) async fn counts_follow_the_certificates_over_time(store: &dyn Store) {
    let least_first = UserQuery { sort: UserSort::Coverage, search: "cert".into(), ..UserQuery::default() };
    let order = |rows: Vec<engine::model::UserRow>| rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
    import(store, vec![user("certless", &[&["certless.test"]]), user("nocert", &[])]).await.unwrap();
    let end = NOW.plus(90 * DAY);
    for (moment, secured, names) in [
        (NOW, 3, ["certless", "cert", "nocert"]),
        (end.plus(-1), 3, ["certless", "cert", "nocert"]),
        (end, 0, ["cert", "certless", "nocert"]),
        (NOW, 3, ["certless", "cert", "nocert"]),
        (NOW.plus(-1), 0, ["cert", "certless", "nocert"]),
    ] {
        let page = store.users(&least_first, moment).await.unwrap();
        let row = page.rows.iter().find(|row| row.name == "cert").unwrap();
        assert_eq!((row.names_secured, row.names_total), (secured, 3), "at {moment:?}");
        assert_eq!(order(page.rows), names, "at {moment:?}");
        assert_eq!(store.coverage(moment).await.unwrap().secured, secured, "at {moment:?}");
    }
    let expiring = |now, before| async move { store.totals(now, before).await.unwrap().2 };
    assert_eq!(expiring(NOW, end).await, 0);
    assert_eq!(expiring(NOW, end.plus(1)).await, 1);
    assert_eq!(expiring(end, end.plus(1)).await, 0, "what has ended does not end soon");
}

pub(crate) async fn an_imported_name_is_not_in_the_old_certificate(store: &dyn Store) {
    let website = site_of(store, "cert").await.id;
    import(store, vec![user("cert", &[&["cert.test", "www.cert.test", "new.example"]])]).await.unwrap();
    assert_eq!(coverage_of(store, "cert", NOW).await, Coverage::Incomplete);
    assert_eq!(store.coverage(NOW).await.unwrap().secured, 2);
    let later = NOW.plus(DAY);
    let (job, newest) = issue(store, website, &["new.example"], later).await;
    assert_eq!(site_of(store, "cert").await.certificate.unwrap().id, newest, "the newest one counts");
    use DomainState::{Secured, Unsecured};
    assert_eq!(states(store, "cert", later).await, [Unsecured, Unsecured, Secured]);
    assert_eq!(store.coverage(later).await.unwrap().secured, 1);
    assert_eq!(store.totals(later, later.plus(100 * DAY)).await.unwrap().2, 1, "only certificates in use are counted");
    finish(store, job, later).await;
    import(store, vec![user("cert", &[])]).await.unwrap();
    assert_eq!(store.coverage(later).await.unwrap().secured, 0);
    conclude(store, &[installed(website, newest, None)]).await.unwrap();
}

/// Record how installations ended, in a run of their own.
async fn conclude(store: &dyn Store, conclusions: &[Conclusion]) -> StoreResult<()> {
    let run = a_run(store).await;
    let concluded = store.conclude(&run, conclusions).await;
    store.end_run(&run, RunState::Succeeded, None, NOW).await.unwrap();
    concluded
}

async fn a_run(store: &dyn Store) -> RunId {
    store
        .queue_run(&NewRun { scope: RunScope::AllUsers, requested_by: "test".into(), at: NOW.plus(-DAY) })
        .await
        .unwrap()
}

fn ended(problems: Vec<NameProblem>) -> WebsiteOutcome {
    WebsiteOutcome {
        result: CheckResult::Incomplete,
        problems,
        standing: Vec::new(),
        counts: RunCounts::default(),
        at: NOW,
    }
}

/// A certificate that is in place, and was shown by handshakes at this moment.
fn installed(website: WebsiteId, id: CertificateId, served: Option<Timestamp>) -> Conclusion {
    let outcome = WebsiteOutcome { result: CheckResult::Secured, ..ended(Vec::new()) };
    Conclusion { website, outcome, installed: Some((id, served)), job: None }
}

pub(crate) async fn issuers_are_asked_when_to_renew(store: &dyn Store) {
    import(store, vec![user("asked", &[&["asked.test"]])]).await.unwrap();
    let website = site_of(store, "asked").await.id;
    let (job, id) = issue(store, website, &["asked.test"], NOW).await;
    let questions = store.renewal_questions(NOW, 10).await.unwrap();
    assert_eq!(questions.len(), 1, "right after it was issued");
    assert_eq!((questions[0].certificate, questions[0].ari_id.as_str(), questions[0].failures), (id, "aki.0a", 0));
    assert_eq!(questions[0].provider, "ca", "who issued it is asked");

    store.record_renewal_window(id, None, Some(NOW.plus(60))).await.unwrap();
    assert!(store.renewal_questions(NOW.plus(59), 10).await.unwrap().is_empty());
    assert_eq!(store.renewal_questions(NOW.plus(60), 10).await.unwrap()[0].failures, 1);
    let window = RenewalWindow {
        start: NOW.plus(60 * DAY),
        end: NOW.plus(62 * DAY),
        explanation_url: Some("https://ca.test/why".into()),
    };
    store.record_renewal_window(id, Some(&window), Some(NOW.plus(DAY))).await.unwrap();
    assert_eq!(site_of(store, "asked").await.certificate.unwrap().window, Some(window.clone()));
    assert_eq!(store.renewal_questions(NOW.plus(DAY), 10).await.unwrap()[0].failures, 0);
    store.record_renewal_window(id, None, Some(NOW.plus(2 * DAY))).await.unwrap();
    assert_eq!(site_of(store, "asked").await.certificate.unwrap().window, Some(window), "the last answer stands");
    assert!(store.renewal_questions(NOW.plus(90 * DAY), 10).await.unwrap().is_empty(), "it has ended");
    finish(store, job, NOW).await;
    import(store, vec![user("asked", &[])]).await.unwrap();
}

pub(crate) async fn certificates_take_turns_unless_something_is_the_matter(store: &dyn Store) {
    import(store, vec![user("turns", &[&["turns.test", "www.turns.test"]])]).await.unwrap();
    let website = site_of(store, "turns").await.id;
    let takes_turns = async || {
        let all = store.renewable_certificates().await.unwrap();
        all.into_iter().find(|certificate| certificate.website == website)
    };
    let (job, id) = issue(store, website, &["turns.test", "www.turns.test"], NOW).await;
    assert_eq!(takes_turns().await, None, "its job is open");
    finish(store, job, NOW).await;
    let plain = takes_turns().await.unwrap();
    assert_eq!((plain.not_before, plain.not_after, plain.window), (NOW, NOW.plus(90 * DAY), None));
    let window = RenewalWindow { start: NOW.plus(60 * DAY), end: NOW.plus(62 * DAY), explanation_url: None };
    store.record_renewal_window(id, Some(&window), None).await.unwrap();
    assert_eq!(takes_turns().await.unwrap().window, Some((window.start, window.end)));

    let problem = NameProblem {
        name: "www.turns.test".into(),
        code: "dcv_dns".into(),
        detail: "no address".into(),
        retry_at: None,
    };
    let run = a_run(store).await;
    store.finish_website(&run, website, &ended(vec![problem])).await.unwrap();
    assert_eq!(takes_turns().await, None, "a name fails");
    store.finish_website(&run, website, &ended(Vec::new())).await.unwrap();
    assert!(takes_turns().await.is_some());
    store.end_run(&run, RunState::Succeeded, None, NOW).await.unwrap();
    store.set_override(&["turns".into()], Override::Disabled).await.unwrap();
    assert_eq!(takes_turns().await, None, "AutoSSL is off for the user");
    import(store, vec![user("turns", &[])]).await.unwrap();
}
