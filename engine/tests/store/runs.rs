//! Runs, and how websites end in them.

use crate::sample::{NOW, assert_not_found, import, user};
use engine::model::{CheckResult, RunCounts, RunId, RunScope, RunState, RunSummary, Timestamp, UserQuery};
use engine::store::{NameProblem, NewRun, Store, WebsiteOutcome};

async fn queue(store: &dyn Store, scope: RunScope, at: Timestamp) -> RunId {
    store.queue_run(&NewRun { scope, requested_by: "admin".into(), at }).await.unwrap()
}

async fn next(store: &dyn Store) -> Option<RunId> {
    store.next_run().await.unwrap().map(|run| run.id)
}

pub(crate) async fn a_run_is_queued_once_per_scope(store: &dyn Store) {
    assert_eq!(next(store).await, None);
    let before = store.runs(1, 1).await.unwrap().total;
    let all = queue(store, RunScope::AllUsers, NOW).await;
    assert_eq!(all.0, "2026-11-23T09:30:00Z");
    assert_eq!(queue(store, RunScope::AllUsers, NOW.plus(60)).await, all);
    let alice = queue(store, RunScope::User("alice".into()), NOW).await;
    assert_eq!(alice.0, "2026-11-23T09:30:01Z", "no two runs have one name");
    assert_eq!(
        store.run(&alice).await.unwrap(),
        RunSummary {
            id: alice.clone(),
            scope: RunScope::User("alice".into()),
            provider: String::new(),
            requested_by: "admin".into(),
            state: RunState::Queued,
            started_at: NOW.plus(1),
            ended_at: None,
            counts: RunCounts::default(),
            reason: None,
        }
    );
    let bob = queue(store, RunScope::User("bob".into()), NOW).await;
    assert_eq!(bob.0, "2026-11-23T09:30:02Z");
    assert_eq!(next(store).await, Some(all.clone()), "the oldest one first");
    store.start_run(&alice, "Story CA", 1, 2).await.unwrap();
    assert_eq!(next(store).await, Some(alice.clone()), "the one that is in progress before all");
    store.end_run(&alice, RunState::Succeeded, None, NOW.plus(9)).await.unwrap();
    store.end_run(&bob, RunState::Failed, Some("no provider is selected"), NOW.plus(9)).await.unwrap();
    assert_eq!(next(store).await, Some(all.clone()));

    let page = store.runs(1, 2).await.unwrap();
    let newest = (page.rows[0].id.clone(), page.rows[1].id.clone(), page.total - before);
    assert_eq!(newest, (bob, alice, 3), "newest first");
    assert_eq!(page.rows[0].reason.as_deref(), Some("no provider is selected"));
    assert_eq!(store.runs(2, 2).await.unwrap().rows[0].id, all);
}

pub(crate) async fn a_run_is_started_stopped_and_ended(store: &dyn Store) {
    let all = next(store).await.unwrap();
    store.start_run(&all, "Story CA", 3, 5).await.unwrap();
    assert!(!store.stop_requested(&all).await.unwrap());
    store.request_stop(&all).await.unwrap();
    assert!(store.stop_requested(&all).await.unwrap());
    store.count_served(&all, 2).await.unwrap();
    store.start_run(&all, "Story CA", 4, 6).await.unwrap();
    let counts = RunCounts { users: 4, websites: 6, served: 2, ..RunCounts::default() };
    assert_eq!(store.run(&all).await.unwrap().counts, counts, "what was collected before the interruption is kept");
    store.end_run(&all, RunState::Stopped, None, NOW.plus(99)).await.unwrap();
    let ended = store.run(&all).await.unwrap();
    assert_eq!((ended.state, ended.ended_at), (RunState::Stopped, Some(NOW.plus(99))));
    assert_eq!(next(store).await, None);

    assert_not_found(store.request_stop(&all).await, "run", &all.0);
    assert_not_found(store.start_run(&all, "", 0, 0).await, "run", &all.0);
    assert_not_found(store.end_run(&all, RunState::Failed, None, NOW).await, "run", &all.0);
    assert_not_found(store.run(&RunId("never".into())).await, "run", "never");
    assert_not_found(store.stop_requested(&RunId("never".into())).await, "run", "never");
    assert_ne!(queue(store, RunScope::AllUsers, NOW).await, all, "a run that is over is not taken up again");
    let open = next(store).await.unwrap();
    store.end_run(&open, RunState::Succeeded, None, NOW.plus(100)).await.unwrap();
}

fn outcome(result: CheckResult, problems: &[(&str, &str)], at: Timestamp) -> WebsiteOutcome {
    let problem = |&(name, code): &(&str, &str)| NameProblem {
        name: name.into(),
        code: code.into(),
        detail: format!("{name} did not answer"),
        retry_at: None,
    };
    WebsiteOutcome {
        result,
        problems: problems.iter().map(problem).collect(),
        standing: Vec::new(),
        counts: RunCounts { websites_done: 1, failed: 1, names_failed: 2, ..RunCounts::default() },
        at,
    }
}

pub(crate) async fn a_finished_website_counts_once(store: &dyn Store) {
    import(store, vec![user("finish", &[&["finish.test", "www.finish.test"], &["other.finish.test"]])]).await.unwrap();
    let websites = store.websites_of("finish").await.unwrap();
    let run = queue(store, RunScope::AllUsers, NOW.plus(1_000)).await;
    let broken = [("finish.test", "dcv_refused"), ("www.finish.test", "dcv_timeout")];
    let failed = outcome(CheckResult::Failed, &broken, NOW);
    store.finish_website(&run, websites[0].id, &failed).await.unwrap();
    store.finish_website(&run, websites[0].id, &failed).await.unwrap();
    let counts = RunCounts { websites_done: 1, failed: 1, names_failed: 2, ..RunCounts::default() };
    assert_eq!(store.run(&run).await.unwrap().counts, counts);
    assert_eq!(store.websites_of("finish").await.unwrap()[0].last_run, Some(run.clone()));

    let detail = store.user("finish", NOW).await.unwrap();
    let problem = detail.websites[0].domains[1].problem.as_ref().unwrap();
    assert_eq!((problem.code.as_str(), problem.detail.as_str()), ("dcv_timeout", "www.finish.test did not answer"));
    assert_eq!((detail.row.checked_at, detail.row.result), (Some(NOW), Some(CheckResult::Failed)));
    assert_eq!(store.coverage(NOW).await.unwrap().failing, 2);
    let groups = store.problems(NOW).await.unwrap();
    let codes: Vec<(&str, u32, &str)> = groups.iter().map(|g| (g.code.as_str(), g.names, g.user.as_str())).collect();
    assert_eq!(codes, [("dcv_refused", 1, "finish"), ("dcv_timeout", 1, "finish")]);

    let other = outcome(CheckResult::Failed, &[("other.finish.test", "dcv_timeout")], NOW);
    store.finish_website(&run, websites[1].id, &other).await.unwrap();
    let groups = store.problems(NOW).await.unwrap();
    assert_eq!((groups[0].code.as_str(), groups[0].names), ("dcv_timeout", 2), "the most frequent first");
    assert_eq!(
        (groups[0].example.as_str(), groups[0].detail.as_str()),
        ("other.finish.test", "other.finish.test did not answer")
    );
    store.end_run(&run, RunState::Incomplete, None, NOW).await.unwrap();

    let never =
        store.finish_website(&RunId("never".into()), websites[0].id, &outcome(CheckResult::Secured, &[], NOW)).await;
    assert_not_found(never, "run", "never");
    assert_eq!(store.coverage(NOW).await.unwrap().failing, 3, "nothing of it was kept");
}

pub(crate) async fn the_worst_website_decides_a_users_result(store: &dyn Store) {
    let websites = store.websites_of("finish").await.unwrap();
    let run = queue(store, RunScope::User("finish".into()), NOW.plus(2_000)).await;
    let result = || async { store.user("finish", NOW).await.unwrap().row.result };
    store.finish_website(&run, websites[0].id, &outcome(CheckResult::Secured, &[], NOW.plus(1))).await.unwrap();
    assert_eq!(result().await, Some(CheckResult::Secured), "the other website's failure was in an earlier run");
    assert_eq!(store.coverage(NOW).await.unwrap().failing, 1, "problems of the website's names are cleared");
    let half = outcome(CheckResult::Incomplete, &[("other.finish.test", "caa")], NOW.plus(2));
    store.finish_website(&run, websites[1].id, &half).await.unwrap();
    assert_eq!(result().await, Some(CheckResult::Incomplete));
    let incomplete = UserQuery { result: Some(CheckResult::Incomplete), ..UserQuery::default() };
    assert_eq!(store.users(&incomplete, NOW).await.unwrap().total, 1);
    store.end_run(&run, RunState::Incomplete, None, NOW).await.unwrap();
    import(store, vec![user("finish", &[])]).await.unwrap();
    assert_not_found(store.finish_website(&run, websites[0].id, &half).await, "website", &websites[0].id.0.to_string());
    assert_not_found(store.website(websites[0].id).await, "website", &websites[0].id.0.to_string());
    assert!(store.problems(NOW).await.unwrap().is_empty());
}

pub(crate) async fn a_name_that_fails_again_and_again_is_counted_until_it_passes(store: &dyn Store) {
    import(store, vec![user("failing", &[&["failing.test", "www.failing.test"]])]).await.unwrap();
    let run = queue(store, RunScope::AllUsers, NOW.plus(5_000)).await;
    let site = || async { store.websites_of("failing").await.unwrap().remove(0) };
    let id = site().await.id;
    for (count, at) in [(1, NOW), (2, NOW.plus(60))] {
        let mut failed = outcome(CheckResult::Incomplete, &[("www.failing.test", "dcv_connection")], at);
        failed.problems[0].retry_at = Some(at.plus(600));
        store.finish_website(&run, id, &failed).await.unwrap();
        let troubles = site().await.troubles;
        assert_eq!(troubles.len(), 1);
        assert_eq!((troubles[0].name.as_str(), troubles[0].code.as_str()), ("www.failing.test", "dcv_connection"));
        assert_eq!((troubles[0].failures, troubles[0].since), (count, Some(NOW)), "since the first failure");
        assert_eq!(troubles[0].retry_at, Some(at.plus(600)));
    }
    let mut untried = outcome(CheckResult::Incomplete, &[], NOW.plus(120));
    untried.standing = vec!["www.failing.test".into()];
    store.finish_website(&run, id, &untried).await.unwrap();
    assert_eq!(site().await.troubles[0].failures, 2, "what was not tried stands");
    let outage = outcome(CheckResult::Failed, &[("www.failing.test", "ca_unreachable")], NOW.plus(180));
    store.finish_website(&run, id, &outage).await.unwrap();
    assert_eq!(site().await.troubles[0].failures, 2, "an outage of the provider is not the name's failure");
    store.finish_website(&run, id, &outcome(CheckResult::Secured, &[], NOW.plus(240))).await.unwrap();
    assert!(site().await.troubles.is_empty());
    store.end_run(&run, RunState::Succeeded, None, NOW.plus(6_000)).await.unwrap();
    import(store, vec![user("failing", &[])]).await.unwrap();
}
