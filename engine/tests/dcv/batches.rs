//! Many names at once: one token, shared answers, bounded concurrency.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use engine::dcv::{CheckRequest, Code, LocalDcv, Verdict};
use futures::StreamExt;

use crate::{
    lab::Lab,
    web::{Behaviour, Web},
};

async fn all(lab: &Lab, names: &[String], at_a_time: usize) -> Vec<Verdict> {
    let dcv = LocalDcv::new(lab.settings.clone());
    let request = Arc::new(lab.request.clone());
    let wanted: Vec<(String, Arc<CheckRequest>)> = names.iter().map(|name| (name.clone(), request.clone())).collect();
    dcv.check_all(&lab.board, wanted, NonZeroUsize::new(at_a_time).unwrap()).collect().await
}

#[tokio::test]
async fn a_batch_shares_one_token_and_takes_it_back() {
    let records: String = (0..200).map(|number| format!("n{number} A 127.0.0.1\n")).collect();
    let mut lab = Lab::with(&records).await;
    let web = Web::start(&[("127.0.0.1", lab.board.served())]).await;
    lab.settings.http_port = web.port;
    let names: Vec<String> = (0..201).map(|number| format!("n{number}.test")).collect();
    let start = Instant::now();
    let verdicts = all(&lab, &names, 16).await;
    println!("{} names in {:?}", names.len(), start.elapsed());
    let failed: Vec<_> = verdicts.iter().filter(|verdict| !verdict.passed()).collect();
    assert_eq!(verdicts.len(), 201);
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].name.as_str(), failed[0].findings[0].code), ("n200.test", Code::DnsNoSuchName));
    assert_eq!(lab.board.counts(), (0, 1));
    let start = Instant::now();
    lab.clean("n0.test").await;
    println!("one name in {:?}", start.elapsed());
}

#[tokio::test]
async fn no_more_names_are_checked_at_a_time_than_asked_for() {
    let lab = Lab::with(&(0..20).map(|number| format!("n{number} A 127.0.0.1\n")).collect::<String>()).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // Each request waits in its redirect's wake: the second request of a name is its last.
    let (now_here, most_here) = (now.clone(), most.clone());
    let web = Web::start(&[(
        "127.0.0.1",
        Behaviour::http(move |request| {
            if request.uri().path() == "/end" {
                now_here.fetch_sub(1, Ordering::SeqCst);
                return crate::web::reply(404, &[], "");
            }
            most_here.fetch_max(now_here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            crate::web::reply(302, &[("location", "/end")], "")
        }),
    )])
    .await;
    let mut lab = lab;
    lab.settings.http_port = web.port;
    let names: Vec<String> = (0..20).map(|number| format!("n{number}.test")).collect();
    let verdicts = all(&lab, &names, 3).await;
    assert!(verdicts.iter().all(|verdict| verdict.findings[0].code == Code::HttpNotFound), "{verdicts:?}");
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)), "{most:?} at a time");
    assert_eq!(now.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_verdict_survives_storage() {
    let lab = Lab::with("").await;
    let verdict = lab.check("gone.test").await;
    let text = serde_json::to_string(&verdict).unwrap();
    assert!(text.contains("\"method\":\"none\"") && text.contains("\"code\":\"dns_no_such_name\""), "{text}");
    assert!(text.contains("\"severity\":\"blocking\""), "{text}");
    assert_eq!(serde_json::from_str::<Verdict>(&text).unwrap(), verdict);
}

#[tokio::test]
async fn checks_can_move_between_threads() {
    let lab = Lab::with("").await;
    let dcv = Arc::new(LocalDcv::new(lab.settings.clone()));
    let (one, board, request) = (dcv.clone(), lab.board.clone(), Arc::new(lab.request.clone()));
    let first = tokio::spawn(async move { one.check(&board, "gone.test", &request).await }).await.unwrap();
    let (board, wanted) = (lab.board.clone(), vec![("gone.test".to_owned(), Arc::new(lab.request.clone()))]);
    let all =
        tokio::spawn(async move { dcv.check_all(&board, wanted, NonZeroUsize::MIN).collect::<Vec<Verdict>>().await });
    assert_eq!(all.await.unwrap(), [first]);
}
