//! Jobs at random: the same events happen in a real store and in the pure machine, side by side.

use crate::sample::{NOW, import, names, site_of, user};
use crate::sqlite::url;
use engine::model::{QueueState, RunId, Timestamp};
use engine::plan::Occasion;
use engine::queue::machine::{self, Event, JobState, OrderState, Refusal, Standing, Step};
use engine::store::{Job, JobId, NewCertificate, NewJob, Store, StoreError, StoreResult, Wait, WebsiteId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::{BTreeMap, BTreeSet};

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Plan a job for one of the websites.
    Plan(usize),
    /// Let something happen to one of the jobs that ever were, counted from the newest.
    Let(Event, usize),
}

/// What must be in the store, told by the machine alone.
#[derive(Default)]
struct Model {
    jobs: BTreeMap<JobId, (WebsiteId, Standing)>,
    urls: BTreeMap<JobId, Vec<String>>,
}

impl Model {
    fn open(&self, website: WebsiteId) -> Option<JobId> {
        let open = |(_, (of, job)): &(&JobId, &(WebsiteId, Standing))| *of == website && !job.state.is_final();
        let open: Vec<_> = self.jobs.iter().filter(open).map(|(id, _)| *id).collect();
        assert!(open.len() <= 1, "a website has {} open jobs", open.len());
        open.first().copied()
    }
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let event = prop_oneof![
        3 => Just(Event::Step(Step::Order)),
        3 => Just(Event::Record),
        2 => Just(Event::Step(Step::Validate)),
        3 => Just(Event::Step(Step::Finalize)),
        3 => Just(Event::Issue),
        2 => Just(Event::Step(Step::Install)),
        1 => Just(Event::Step(Step::Finish)),
        1 => Just(Event::Step(Step::Fail)),
        1 => Just(Event::Replan),
        1 => Just(Event::HandOver),
        1 => (0_i64..600).prop_map(|seconds| Event::Wait { until: NOW.plus(seconds) }),
        1 => Just(Event::Retry),
        1 => Just(Event::Hold),
        1 => Just(Event::Release),
        1 => Just(Event::Cancel),
    ];
    prop_oneof![1 => (0_usize..2).prop_map(Deed::Plan), 8 => (event, 0_usize..3).prop_map(|(event, job)| Deed::Let(event, job))]
}

#[test]
fn a_store_and_the_machine_agree_on_every_sequence_of_events() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (store, websites) = runtime.block_on(async {
        let store = engine::store::open(&url(&dir)).await.unwrap();
        import(store.as_ref(), vec![user("one", &[&["one.test"]]), user("two", &[&["two.test"]])]).await.unwrap();
        let websites = [site_of(store.as_ref(), "one").await.id, site_of(store.as_ref(), "two").await.id];
        (store, websites)
    });
    let deeds = proptest::collection::vec(any_deed(), 1..60);
    let outcome = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(40) })
        .run(&deeds, |deeds| runtime.block_on(live(store.as_ref(), websites, &deeds)));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// Let the same happen in the store and in the model.
async fn live(store: &dyn Store, websites: [WebsiteId; 2], deeds: &[Deed]) -> Result<(), TestCaseError> {
    for website in websites {
        if let Some(open) = store.open_job(website).await.unwrap() {
            store.step_job(open.id, Step::Fail, "a new case", NOW).await.unwrap();
        }
    }
    let mut model = Model::default();
    for (second, deed) in (0..).zip(deeds) {
        let at = NOW.plus(second);
        match *deed {
            Deed::Plan(which) => plan(store, &mut model, websites[which], at).await?,
            Deed::Let(event, back) => {
                let Some(id) = model.jobs.keys().nth_back(back).copied() else { continue };
                let_happen(store, &mut model, id, event, at).await?;
            }
        }
        agree(store, &model, websites, at).await?;
    }
    Ok(())
}

async fn plan(store: &dyn Store, model: &mut Model, website: WebsiteId, at: Timestamp) -> Result<(), TestCaseError> {
    let new = NewJob {
        run: RunId("random".into()),
        website,
        names: names(&["one.test"]),
        provider: "ca".into(),
        detail: String::new(),
        replaces: None,
        occasion: Occasion::Ordinary,
    };
    match (store.plan_job(&new, at).await, model.open(website)) {
        (Ok(job), None) => drop(model.jobs.insert(job.id, (website, Standing::planned(at)))),
        (Err(StoreError::Conflict { kind: "job", .. }), Some(_)) => {}
        (outcome, open) => prop_assert!(false, "planning beside {open:?}: {outcome:?}"),
    }
    Ok(())
}

async fn let_happen(
    store: &dyn Store,
    model: &mut Model,
    id: JobId,
    event: Event,
    at: Timestamp,
) -> Result<(), TestCaseError> {
    let (website, before) = model.jobs[&id];
    let order = format!("https://ca.test/random/{}/{}", id.0, at.0);
    let outcome = happen(store, id, website, event, &order, at).await;
    match (outcome, machine::apply(&before, event, at)) {
        (Ok(()), Ok(after)) => {
            prop_assert!(!before.state.is_final(), "{:?} after the end", event);
            if event == Event::Record {
                model.urls.entry(id).or_default().push(order);
            }
            model.jobs.insert(id, (website, after));
        }
        (Err(StoreError::NotFound { kind: "job", .. }), Err(Refusal::Over)) => {}
        (Err(StoreError::Refused { reason, .. }), Err(refusal)) => prop_assert_eq!(reason, refusal),
        (outcome, wanted) => prop_assert!(false, "{event:?} on {before:?}: {outcome:?}, not {wanted:?}"),
    }
    Ok(())
}

async fn happen(
    store: &dyn Store,
    id: JobId,
    website: WebsiteId,
    event: Event,
    order: &str,
    at: Timestamp,
) -> StoreResult<()> {
    match event {
        Event::Step(step) => store.step_job(id, step, "", at).await,
        Event::Record => store.record_order(id, order, at).await,
        Event::Issue => store.record_certificate(id, &certificate(website, at), at).await.map(drop),
        Event::Replan => store.replan_job(id, &names(&["one.test"]), "again", at).await,
        Event::HandOver => store.hand_over_job(id, "other", None, "elsewhere", at).await,
        Event::Wait { until } => {
            store.let_wait(id, &Wait { until, code: "some".into(), detail: "some".into() }, at).await
        }
        Event::Retry => store.retry_job(id, "root", at).await,
        Event::Hold => store.hold_job(id, "root", at).await,
        Event::Release => store.release_job(id, "root", at).await,
        Event::Cancel => store.cancel_job(id, "root", at).await,
    }
}

fn certificate(website: WebsiteId, at: Timestamp) -> NewCertificate {
    NewCertificate {
        website,
        names: names(&["one.test"]),
        not_before: at,
        not_after: at.plus(86_400),
        issuer: "Random CA".into(),
        fingerprint: "f0".into(),
        serial: "0a".into(),
        shelf: "alice.test".into(),
        generation: 1,
        ari_id: None,
        key_type: None,
        profile: None,
    }
}

/// What the store tells is what the model tells.
async fn agree(store: &dyn Store, model: &Model, websites: [WebsiteId; 2], at: Timestamp) -> Result<(), TestCaseError> {
    for website in websites {
        let open = store.open_job(website).await.unwrap();
        prop_assert_eq!(open.as_ref().map(|job| job.id), model.open(website));
        let Some(Job { id, state, held, wait_until, tries, order_url, certificate, .. }) = open else { continue };
        let known = model.jobs[&id].1;
        prop_assert_eq!((state, held, wait_until, tries), (known.state, known.held, known.wait_until, known.tries));
        let last = model.urls.get(&id).and_then(|urls| urls.last());
        prop_assert_eq!(order_url.as_ref(), last.filter(|_| known.order == OrderState::Known));
        prop_assert_eq!(certificate.is_some(), state.has_certificate());
    }
    for (id, (_, job)) in &model.jobs {
        let row = store.queued(*id, at).await.unwrap();
        prop_assert_eq!((row.state, row.since), (seen(job, at), job.since));
    }
    let urls: Vec<String> = model.urls.values().flatten().cloned().collect();
    prop_assert_eq!(urls.iter().collect::<BTreeSet<_>>().len(), urls.len());
    prop_assert!(store.unknown_orders(&urls).await.unwrap().is_empty(), "every order is remembered for good");
    Ok(())
}

/// What people see of a job.
fn seen(job: &Standing, at: Timestamp) -> QueueState {
    let waits = job.wait_until.is_some_and(|until| until > at);
    match job.state {
        JobState::Done => QueueState::Done,
        JobState::Failed => QueueState::Failed,
        JobState::Cancelled => QueueState::Cancelled,
        _ if job.held => QueueState::Held,
        JobState::Finalizing => QueueState::Processing,
        _ if waits => QueueState::Waiting,
        JobState::Planned => QueueState::Planned,
        JobState::Ordering | JobState::Ordered => QueueState::Ordered,
        JobState::Validating => QueueState::Validating,
        JobState::Issued => QueueState::Issued,
        JobState::Installing => QueueState::Installing,
    }
}
