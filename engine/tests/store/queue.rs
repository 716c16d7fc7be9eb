//! The pending queue, findings about names, and the schedule.

use crate::certificates::issue;
use crate::sample::{NOW, assert_not_found, assert_refused, finalize, finish, import, names, site_of, user};
use engine::model::{QueueQuery, QueueState, RunId, RunScope, Timestamp};
use engine::plan::Occasion;
use engine::store::{JobId, NewJob, Refusal, Step, Store, Wait};

async fn planned(store: &dyn Store, user: &str, name: &str) -> JobId {
    let website = site_of(store, user).await.id;
    let new = NewJob {
        run: RunId("queue".into()),
        website,
        names: names(&[name]),
        provider: "ca".into(),
        detail: String::new(),
        replaces: Some("aki.01".into()),
        occasion: Occasion::Ordinary,
    };
    store.plan_job(&new, NOW).await.unwrap().id
}

fn wait(until: Timestamp, code: &str) -> Wait {
    Wait { until, code: code.into(), detail: format!("because of {code}") }
}

async fn states(store: &dyn Store, now: Timestamp) -> Vec<(i64, QueueState)> {
    let page = store.queue(&QueueQuery::default(), now).await.unwrap();
    page.rows.into_iter().map(|row| (row.id, row.state)).collect()
}

pub(crate) async fn a_job_waits_until_its_time_and_says_why(store: &dyn Store) {
    import(store, vec![user("queue", &[&["queue.test"]]), user("quick", &[&["quick.test"]])]).await.unwrap();
    let (slow, quick) = (planned(store, "queue", "queue.test").await, planned(store, "quick", "quick.test").await);
    assert_eq!(store.next_due().await.unwrap(), None, "nothing waits");
    store.let_wait(slow, &wait(NOW.plus(300), "ca_rate_limited"), NOW).await.unwrap();
    finalize(store, quick, NOW).await;
    store.let_wait(quick, &wait(NOW.plus(200), "ca_pending"), NOW).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(NOW.plus(200)));
    assert_eq!(states(store, NOW).await, [(quick.0, QueueState::Processing), (slow.0, QueueState::Waiting)]);
    let row = store.queued(slow, NOW).await.unwrap();
    assert_eq!((row.code.as_deref(), row.reason.as_str()), (Some("ca_rate_limited"), "because of ca_rate_limited"));
    assert_eq!((row.next_attempt, row.since, row.planned_at), (Some(NOW.plus(300)), NOW, NOW));
    assert_eq!((row.website.as_str(), row.user.as_str()), ("queue.test", "queue"));

    let due =
        |at| async move { store.due_jobs(at, 10).await.unwrap().into_iter().map(|job| job.id).collect::<Vec<_>>() };
    assert!(due(NOW.plus(199)).await.is_empty());
    assert_eq!(due(NOW.plus(200)).await, [quick]);
    assert_eq!(due(NOW.plus(300)).await, [slow, quick], "in the order in which they were planned");
    let job = site_of(store, "queue").await.job.unwrap();
    assert_eq!((job.id, job.wait), (slow, Some((NOW.plus(300), "ca_rate_limited".into()))));

    store.retry_job(slow, "root", NOW).await.unwrap();
    assert_eq!(due(NOW).await, [slow]);
    store.step_job(quick, Step::Fail, "", NOW.plus(201)).await.unwrap();
    assert_not_found(store.let_wait(quick, &wait(NOW, "x"), NOW).await, "job", &quick.0.to_string());
    let searched = QueueQuery { search: "que".into(), ..QueueQuery::default() };
    assert_eq!(store.queue(&searched, NOW).await.unwrap().total, 1);
    let failed = QueueQuery { state: Some(QueueState::Failed), search: "quick".into(), ..QueueQuery::default() };
    assert_eq!(store.queue(&failed, NOW).await.unwrap().rows[0].id, quick.0);
}

pub(crate) async fn a_job_is_held_released_and_cancelled(store: &dyn Store) {
    let job = site_of(store, "queue").await.job.unwrap().id;
    store.hold_job(job, "root", NOW).await.unwrap();
    assert_eq!(store.queued(job, NOW).await.unwrap().state, QueueState::Held);
    assert!(store.due_jobs(NOW.plus(1_000), 10).await.unwrap().is_empty());
    assert_eq!(store.next_due().await.unwrap(), None);
    store.release_job(job, "root", NOW).await.unwrap();
    assert_eq!(store.due_jobs(NOW, 10).await.unwrap().len(), 1);
    let said = store.job_events(job).await.unwrap().pop().unwrap().detail;
    assert_eq!(said, "released by root");

    store.cancel_job(job, "root", NOW).await.unwrap();
    assert_eq!(store.queued(job, NOW).await.unwrap().state, QueueState::Cancelled);
    assert_not_found(store.cancel_job(job, "root", NOW).await, "job", &job.0.to_string());
    assert_not_found(store.hold_job(job, "root", NOW).await, "job", &job.0.to_string());
    let late = store.step_job(job, Step::Validate, "", NOW).await;
    assert_not_found(late, "job", &job.0.to_string());

    let (issued, _) = issue(store, site_of(store, "queue").await.id, &["queue.test"], NOW).await;
    assert_refused(store.cancel_job(issued, "root", NOW).await, issued, Refusal::CertificateIssued);
    assert_refused(store.hold_job(issued, "root", NOW).await, issued, Refusal::CertificateIssued);
    finish(store, issued, NOW).await;

    let held = planned(store, "queue", "queue.test").await;
    store.hold_job(held, "root", NOW).await.unwrap();
    assert_refused(store.step_job(held, Step::Order, "", NOW).await, held, Refusal::Held);
    import(store, vec![user("queue", &[]), user("quick", &[])]).await.unwrap();
}

pub(crate) async fn findings_about_names_are_kept_as_they_change(store: &dyn Store) {
    let found = |code: &str| vec![("seen.test".to_owned(), code.to_owned(), format!("evidence of {code}"))];
    for (at, code) in [(0, "passed"), (10, "dns_timeout"), (20, "dns_timeout"), (30, "passed")] {
        store.record_verdicts(&found(code), NOW.plus(at)).await.unwrap();
    }
    let seen = store.verdicts("seen.test").await.unwrap();
    let told: Vec<_> = seen.iter().map(|seen| (seen.code.as_str(), seen.times)).collect();
    assert_eq!(told, [("passed", 1), ("dns_timeout", 2), ("passed", 1)]);
    assert_eq!((seen[1].first_at, seen[1].last_at), (NOW.plus(10), NOW.plus(20)));
    assert!(store.verdicts("unseen.test").await.unwrap().is_empty());
}

pub(crate) async fn the_schedule_is_kept(store: &dyn Store) {
    assert_eq!(store.next_time("nightly").await.unwrap(), None);
    for at in [NOW, NOW.plus(5)] {
        store.set_next_time("nightly", at).await.unwrap();
        assert_eq!(store.next_time("nightly").await.unwrap(), Some(at));
    }
}

pub(crate) async fn a_run_of_the_queue_stands_beside_one_of_all_users(store: &dyn Store) {
    let ask = |scope| engine::store::NewRun { scope, requested_by: "scheduler".into(), at: NOW.plus(90_000) };
    let all = store.queue_run(&ask(RunScope::AllUsers)).await.unwrap();
    let queue = store.queue_run(&ask(RunScope::Queue)).await.unwrap();
    assert_ne!(all, queue);
    assert_eq!(store.queue_run(&ask(RunScope::Queue)).await.unwrap(), queue, "it is open already");
    assert_eq!(store.run(&queue).await.unwrap().scope, RunScope::Queue);
    for run in [all, queue] {
        store.end_run(&run, engine::model::RunState::Succeeded, None, NOW.plus(90_001)).await.unwrap();
    }
}
