//! Pending jobs: one open per website, and a journal of every order.

use crate::sample::{NOW, assert_conflict, assert_not_found, assert_refused, import, names, site_of, user};
use engine::model::RunId;
use engine::plan::Occasion;
use engine::store::{Job, JobId, JobState, NewJob, Refusal, Step, Store, WebsiteId};

fn run(name: &str) -> RunId {
    RunId(name.into())
}

async fn plan(store: &dyn Store, website: WebsiteId) -> Job {
    let new = NewJob {
        run: run("first"),
        website,
        names: names(&["jobs.test", "www.jobs.test"]),
        provider: "ca".into(),
        detail: String::new(),
        replaces: None,
        occasion: Occasion::Ordinary,
    };
    store.plan_job(&new, NOW).await.unwrap()
}

pub(crate) async fn a_website_has_one_open_job(store: &dyn Store) {
    import(store, vec![user("jobs", &[&["jobs.test", "www.jobs.test"]])]).await.unwrap();
    let website = site_of(store, "jobs").await.id;
    assert_eq!(store.open_job(website).await.unwrap(), None);
    let job = plan(store, website).await;
    assert_eq!((job.state, job.tries, job.order_url.as_deref()), (JobState::Planned, 0, None));
    assert_eq!(job.names, ["jobs.test", "www.jobs.test"]);
    assert_eq!(store.open_job(website).await.unwrap(), Some(job.clone()));

    let second = NewJob {
        run: run("second"),
        website,
        names: names(&["jobs.test"]),
        provider: "ca".into(),
        detail: String::new(),
        replaces: None,
        occasion: Occasion::Ordinary,
    };
    assert_conflict(store.plan_job(&second, NOW).await, "job", "jobs.test");
    let nowhere = NewJob { website: WebsiteId(987_654), ..second.clone() };
    assert_not_found(store.plan_job(&nowhere, NOW).await, "website", "987654");

    store.adopt_job(job.id, &run("second")).await.unwrap();
    assert_eq!(store.open_job(website).await.unwrap().unwrap().run, run("second"));
    for end in [JobState::Failed, JobState::Cancelled] {
        let open = store.open_job(website).await.unwrap().unwrap();
        match end {
            JobState::Failed => store.step_job(open.id, Step::Fail, "over", NOW).await.unwrap(),
            _ => store.cancel_job(open.id, "root", NOW).await.unwrap(),
        }
        assert_eq!(store.open_job(website).await.unwrap(), None);
        assert_not_found(store.adopt_job(open.id, &run("third")).await, "job", &open.id.0.to_string());
        let next = plan(store, website).await;
        assert_ne!(next.id, open.id, "a job's number is never given again");
        let again = store.step_job(open.id, Step::Order, "again", NOW).await;
        assert_not_found(again, "job", &open.id.0.to_string());
    }
}

pub(crate) async fn a_job_keeps_a_journal_of_its_order(store: &dyn Store) {
    let website = site_of(store, "jobs").await.id;
    let job = store.open_job(website).await.unwrap().unwrap().id;
    let url = "https://ca.test/order/1";
    store.step_job(job, Step::Order, "asking", NOW).await.unwrap();
    store.record_order(job, url, NOW.plus(1)).await.unwrap();
    let second = store.record_order(job, "https://ca.test/order/2", NOW.plus(1)).await;
    assert_refused(second, job, Refusal::OutOfTurn(JobState::Ordered));
    let ordered = store.jobs_in(JobState::Ordered).await.unwrap();
    assert_eq!(ordered.len(), 1);
    assert_eq!((ordered[0].id, ordered[0].order_url.as_deref(), ordered[0].tries), (job, Some(url), 1));
    assert!(store.jobs_in(JobState::Planned).await.unwrap().is_empty());

    store.replan_job(job, &names(&["www.jobs.test"]), "the order expired", NOW.plus(2)).await.unwrap();
    let again = store.open_job(website).await.unwrap().unwrap();
    assert_eq!((again.state, again.order_url.as_deref(), again.tries), (JobState::Planned, None, 1));
    assert_eq!(again.names, ["www.jobs.test"]);
    store.step_job(job, Step::Order, "asking again", NOW.plus(3)).await.unwrap();
    assert_eq!(store.open_job(website).await.unwrap().unwrap().tries, 2);

    let events = store.job_events(job).await.unwrap();
    let states: Vec<JobState> = events.iter().map(|event| event.state).collect();
    use JobState::{Ordered, Ordering, Planned};
    assert_eq!(states, [Planned, Ordering, Ordered, Planned, Ordering]);
    assert_eq!((events[3].detail.as_str(), events[3].at), ("the order expired", NOW.plus(2)));

    let urls = names(&["https://ca.test/order/9", url, "https://ca.test/order/3"]);
    let unknown = ["https://ca.test/order/9", "https://ca.test/order/3"];
    assert_eq!(store.unknown_orders(&urls).await.unwrap(), unknown, "also of orders that a job gave up");
    import(store, vec![user("jobs", &[])]).await.unwrap();
    assert_eq!(store.open_job(website).await.unwrap(), None, "a website takes its jobs with it");
    assert_eq!(store.unknown_orders(&urls).await.unwrap(), unknown, "but orders are remembered for good");
    assert_not_found(store.step_job(job, Step::Fail, "", NOW).await, "job", &job.0.to_string());
    assert_not_found(store.record_order(JobId(-1), url, NOW).await, "job", "-1");
    assert!(store.unknown_orders(&[]).await.unwrap().is_empty());
}
