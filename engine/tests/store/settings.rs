//! Challenges and providers.

use crate::sample::{NOW, assert_refused, import, names, site_of, user};
use engine::model::{DirectoryAbout, RunId};
use engine::plan::Occasion;
use engine::store::{
    AccountRecord, AddedProvider, Agreement, Breaker, Challenge, Circuit, JobState, NewJob, OrderChoices,
    ProviderRecord, Refusal, SealedExternalAccount, Step, Store, Wait,
};

pub(crate) async fn challenges_are_answered_until_removed_or_old(store: &dyn Store) {
    let challenge = |token: &str, answer: &str| Challenge {
        token: token.into(),
        key_authorization: answer.into(),
        domain: "alice.test".into(),
    };
    assert_eq!(store.key_authorization("one").await.unwrap(), None);
    for (token, answer, at) in [("one", "one.old", NOW), ("one", "one.key", NOW), ("two", "two.key", NOW.plus(10))] {
        store.put_challenges(&[challenge(token, answer)], at).await.unwrap();
    }
    store.put_challenges(&[challenge("three", "three.key")], NOW.plus(20)).await.unwrap();
    assert_eq!(store.key_authorization("one").await.unwrap().as_deref(), Some("one.key"), "the last answer counts");
    store.remove_challenges(&names(&["three", "unknown"])).await.unwrap();
    assert_eq!(store.key_authorization("three").await.unwrap(), None);
    assert_eq!(store.sweep_challenges(NOW.plus(10)).await.unwrap(), 1);
    assert_eq!(store.key_authorization("one").await.unwrap(), None);
    assert_eq!(store.key_authorization("two").await.unwrap().as_deref(), Some("two.key"));
}

/// Let orders go to these.
async fn reorder(store: &dyn Store, ids: &[&str]) {
    let after = store.reorder_providers(Box::new(|_| names(ids)), NOW).await.unwrap();
    assert_eq!(after, ids);
    assert_eq!(store.provider_order().await.unwrap(), ids);
    assert_eq!(store.selected_provider().await.unwrap().as_deref(), ids.first().copied());
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
    reorder(store, &["first"]).await;
    store.set_provider_error("first", Some("no answer"), NOW).await.unwrap();
    reorder(store, &["second"]).await;
    assert_eq!(store.provider("second").await.unwrap(), empty("second"));
    reorder(store, &["first"]).await;
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
    reorder(store, &[]).await;
    store.set_account("first", None).await.unwrap();
    store.set_external_account("first", None).await.unwrap();
    store.set_provider_error("first", None, NOW.plus(60)).await.unwrap();
    let succeeded_at = Some(NOW.plus(60));
    let bare = ProviderRecord { account: None, external: None, last_error: None, succeeded_at, ..first };
    assert_eq!(store.provider("first").await.unwrap(), bare, "the last failure stays known");
}

pub(crate) async fn providers_are_kept_in_their_order_with_how_they_do(store: &dyn Store) {
    reorder(store, &["first", "second", "third"]).await;
    reorder(store, &["third", "first"]).await;
    let seen = |order: &[String]| {
        assert_eq!(order, ["third", "first"], "who decides sees what is stored");
        order.to_vec()
    };
    store.reorder_providers(Box::new(seen), NOW).await.unwrap();
    assert_eq!(store.provider("first").await.unwrap().breaker, Breaker::default());
    let closed = Breaker { circuit: Circuit::Closed { outages: 2 }, openings: 1 };
    let open = Breaker { circuit: Circuit::Open { since: NOW, retry_at: NOW.plus(60) }, openings: 4 };
    for breaker in [closed, open, Breaker::default()] {
        store.set_breaker("first", breaker).await.unwrap();
        assert_eq!(store.provider("first").await.unwrap().breaker, breaker);
    }
    reorder(store, &[]).await;
}

pub(crate) async fn jobs_without_an_order_wait_no_longer_when_other_providers_may_take_them(store: &dyn Store) {
    let all = ["free", "ordering", "ordered"];
    import(store, all.iter().map(|name| user(name, &[&[&format!("{name}.test")]])).collect()).await.unwrap();
    let mut jobs = Vec::new();
    for name in all {
        let new = NewJob {
            run: RunId("order".into()),
            website: site_of(store, name).await.id,
            names: names(&[&format!("{name}.test")]),
            provider: "first".into(),
            detail: "to be ordered from First".into(),
            replaces: Some("aki.01".into()),
            occasion: Occasion::Ordinary,
        };
        jobs.push(store.plan_job(&new, NOW).await.unwrap().id);
    }
    let [free, ordering, ordered] = jobs[..] else { panic!("three jobs") };
    store.step_job(ordering, Step::Order, "", NOW).await.unwrap();
    store.step_job(ordered, Step::Order, "", NOW).await.unwrap();
    store.record_order(ordered, "https://ca.test/order/of-first", NOW).await.unwrap();
    for job in &jobs {
        let wait = Wait { until: NOW.plus(600), code: "ca_rate_limited".into(), detail: "slow down".into() };
        store.let_wait(*job, &wait, NOW).await.unwrap();
    }
    assert_eq!(store.orders_open_at("first").await.unwrap(), 1);
    let due = async || store.due_jobs(NOW, 10).await.unwrap().into_iter().map(|job| job.id).collect::<Vec<_>>();
    reorder(store, &["first"]).await;
    assert_eq!(due().await, [free, ordering]);
    let wait = Wait { until: NOW.plus(600), code: "ca_rate_limited".into(), detail: "slow down".into() };
    store.let_wait(free, &wait, NOW).await.unwrap();
    reorder(store, &["first"]).await;
    assert_eq!(due().await, [ordering], "nothing changed");

    store.hand_over_job(ordering, "second", None, "to be ordered from Second, since First is down", NOW).await.unwrap();
    let handed = store.open_job(site_of(store, "ordering").await.id).await.unwrap().unwrap();
    assert_eq!((handed.provider.as_str(), handed.replaces, handed.state), ("second", None, JobState::Planned));
    assert!(store.job_events(ordering).await.unwrap().pop().unwrap().detail.contains("since First is down"));
    let refused = store.hand_over_job(ordered, "second", None, "", NOW).await;
    assert_refused(refused, ordered, Refusal::OutOfTurn(JobState::Ordered));
    assert_eq!(store.queued(ordered, NOW).await.unwrap().provider, "first");
    store.step_job(ordered, Step::Fail, "", NOW).await.unwrap();
    assert_eq!(store.orders_open_at("first").await.unwrap(), 0);
    reorder(store, &[]).await;
    import(store, all.iter().map(|name| user(name, &[])).collect()).await.unwrap();
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
