//! What is true of SQLite alone: the file, and several stores on it.

use crate::sample::{NOW, import, user};
use engine::model::{RunId, Timestamp, UserQuery};
use engine::store::{Challenge, JobId, Store, StoreError, open};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) fn url(dir: &TempDir) -> String {
    format!("sqlite://{}", dir.path().join("autossl.db").display())
}

#[tokio::test]
async fn all_files_of_the_database_are_for_their_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&url(&dir)).await.unwrap();
    import(store.as_ref(), vec![user("alice", &[&["alice.test"]])]).await.unwrap();
    let mut files: Vec<(String, u32)> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777))
        .collect();
    files.sort();
    let expected = ["autossl.db", "autossl.db-lock", "autossl.db-shm", "autossl.db-wal"];
    assert_eq!(files, expected.map(|name| (name.to_owned(), 0o600)));
}

#[tokio::test]
async fn a_database_that_is_opened_again_holds_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&url(&dir)).await.unwrap();
    import(store.as_ref(), vec![user("alice", &[&["alice.test"]])]).await.unwrap();
    drop(store);
    let store = open(&url(&dir)).await.unwrap();
    assert_eq!(store.user("alice", NOW).await.unwrap().row.names_total, 1);
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused() {
    for url in
        ["", "autossl.db", "sqlite:autossl.db", "sqlite://", "sqlite://:memory:", "sqlite://a.db?mode=ro", "mysql://x"]
    {
        match open(url).await.err() {
            Some(StoreError::UnsupportedUrl(refused)) => assert_eq!(refused, url),
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_an_error() {
    let error = open("sqlite:///nonexistent/autossl.db").await.err().unwrap();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}

/// Several stores on one file stand for several processes: their connections know nothing of each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_open_and_write_one_database_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let url: Arc<str> = url(&dir).into();
    let mut tasks = tokio::task::JoinSet::new();
    for process in 0..4 {
        let url = url.clone();
        tasks.spawn(async move {
            let store = open(&url).await.unwrap();
            for number in 0..25 {
                write_and_read(store.as_ref(), &format!("{process}-{number}")).await;
            }
        });
    }
    tasks.join_all().await;
    let store = open(&url).await.unwrap();
    assert_eq!(store.users(&UserQuery::default(), NOW).await.unwrap().total, 100);
}

async fn write_and_read(store: &dyn Store, name: &str) {
    let challenge =
        Challenge { token: name.into(), key_authorization: format!("{name}.key"), domain: "alice.test".into() };
    store.put_challenges(&[challenge], NOW).await.unwrap();
    import(store, vec![user(name, &[&[&format!("{name}.test")]])]).await.unwrap();
    assert_eq!(store.user(name, NOW).await.unwrap().row.names_total, 1);
    assert!(store.key_authorization(name).await.unwrap().is_some());
    store.coverage(NOW).await.unwrap();
}

/// Calls that wait for the connection that writes share their commits; each still stands for itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_calls_at_the_same_time_each_is_whole_whatever_becomes_of_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&url(&dir)).await.unwrap();
    import(store.as_ref(), vec![user("alice", &[&["alice.test"]])]).await.unwrap();
    let calls = (0..200_i64).map(|number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            match number % 4 {
                0 => store.adopt_job(JobId(number), &RunId("run".into())).await.map_err(|error| error.to_string()),
                // Given up somewhere in the middle.
                1 => {
                    let call = store.set_next_time("given up", Timestamp(number));
                    tokio::select! { biased; _ = call => {}, () = tokio::task::yield_now() => {} }
                    Ok(())
                }
                _ => {
                    store.set_next_time(&number.to_string(), Timestamp(number)).await.map_err(|error| error.to_string())
                }
            }
        })
    });
    for (number, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        let ended = call.await.unwrap();
        assert_eq!(ended.is_err(), number % 4 == 0, "call {number}: {ended:?}");
    }
    drop(store);
    let again = open(&url(&dir)).await.unwrap();
    for number in (0..200_i64).filter(|number| number % 4 > 1) {
        assert_eq!(again.next_time(&number.to_string()).await.unwrap(), Some(Timestamp(number)));
    }
}
