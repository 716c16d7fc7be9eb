//! The pending queue in the interface, by plain forms.

use crate::support::{Installation, RunningServer};
use engine::model::{RunId, Timestamp};
use engine::plan::Occasion;
use engine::store::{self, JobId, NewJob, Wait};
use std::sync::Arc;

const USERS: &str = "[[user]]\nname = 'alice'\n[[user.website]]\ndomain = 'alice.test'\ndocument_root = '/srv'\n";
const AT: Timestamp = Timestamp(1_900_000_000);

/// A server with one job, which waits for a limit.
async fn waiting() -> (Installation, RunningServer, Arc<dyn store::Store>, JobId) {
    let installation = Installation::with_administrator();
    let file = installation.write("users.toml", USERS);
    installation.succeed(&["user", "import", file.to_str().unwrap()]);
    let url = format!("sqlite://{}", installation.path("data/autossl.db").display());
    let store = store::open(&url).await.unwrap();
    let website = store.websites_of("alice").await.unwrap().remove(0).id;
    let new = NewJob {
        run: RunId("2030-03-17T17:46:40Z".into()),
        website,
        names: vec!["alice.test".into()],
        provider: "ca".into(),
        detail: "to be ordered from Test CA".into(),
        replaces: None,
        occasion: Occasion::Ordinary,
    };
    let job = store.plan_job(&new, AT).await.unwrap().id;
    let wait = Wait {
        until: Timestamp(4_000_000_000),
        code: "rate_limit".into(),
        detail: "the limit of new orders is used up".into(),
    };
    store.let_wait(job, &wait, AT).await.unwrap();
    let server = installation.serve();
    (installation, server, store, job)
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_shown_with_their_reason_and_held_released_and_cancelled() {
    let (_installation, server, _store, job) = waiting().await;
    let mut browser = server.administrator().await;
    let list = browser.get("/queue").await.text();
    for part in ["alice.test", "the limit of new orders is used up", "Waiting", "Select the job of alice.test"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert!(browser.get("/queue?q=nobody").await.text().contains("No job matches"));
    let id = job.0.to_string();
    for (verb, state) in [("hold", "Held"), ("release", "Waiting"), ("cancel", "Cancelled")] {
        let answer = browser.post("/fn/change_jobs", &[("verb", verb), ("jobs[]", &id)]).await;
        assert!(answer.status < 400, "{verb}: {} {}", answer.status, answer.text());
        let page = browser.get(&format!("/queue/{id}")).await.text();
        assert!(page.contains(&format!("</svg> {state}")) || page.contains(state), "{verb}: {page}");
    }
    let page = browser.get(&format!("/queue/{id}")).await.text();
    for part in ["What happened", "to be ordered from Test CA", "admin"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Retry now"), "nothing can be done with a job that is over");
    assert!(browser.get("/queue").await.text().contains("Nothing is pending"));
    assert!(browser.get("/queue?state=cancelled").await.text().contains("alice.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_with_a_job_is_said_and_strangers_do_nothing() {
    let (_installation, server, store, job) = waiting().await;
    let mut stranger = server.client();
    let id = job.0.to_string();
    assert_eq!(stranger.post("/fn/change_jobs", &[("verb", "cancel"), ("jobs[]", &id)]).await.status, 401);
    let mut browser = server.administrator().await;
    let none = browser.post("/fn/change_jobs", &[("verb", "hold")]).await;
    assert!(none.text().contains("no job is selected"), "{}", none.text());
    let unknown = browser.post("/fn/change_jobs", &[("verb", "hold"), ("jobs[]", "999")]).await;
    assert!(unknown.status == 404 && unknown.text().contains("999"), "{} {}", unknown.status, unknown.text());
    assert_eq!(browser.get("/queue/999").await.status, 404);
    assert_eq!(store.queued(job, AT).await.unwrap().state, engine::model::QueueState::Waiting);
}
