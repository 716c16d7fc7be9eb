//! Live progress.

use crate::support::{DEADLINE, Installation};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::time::timeout;

/// Reads events off an answer.
struct Events {
    body: Incoming,
    text: String,
}

impl Events {
    /// Wait for the next `run` event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if event.lines().any(|line| line == "event: run") {
                    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).expect("an event has data");
                    return Some(serde_json::from_str(data).expect("data are JSON"));
                }
            }
            let frame = timeout(DEADLINE, self.body.frame()).await.expect("something arrives in time")?;
            let data = frame.ok()?.into_data().unwrap_or_default();
            self.text.push_str(&String::from_utf8_lossy(&data));
        }
    }
}

#[tokio::test]
async fn a_run_is_seen_until_its_end_and_a_late_comer_sees_it_at_once() {
    let installation = Installation::with_administrator();
    let mut server = installation.serve();
    let mut client = server.administrator().await;
    let answer = client.exchange("GET", "/events", &[], "").await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.headers()["cache-control"], "no-cache");
    let mut events = Events { body: answer.into_body(), text: String::new() };
    let asked = client.send("POST", "/fn/run_all", &[("origin", &format!("http://{}", server.interface))], "").await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    let last = loop {
        let run = events.next().await.expect("the stream goes on");
        if !["queued", "running"].contains(&run["state"].as_str().expect("a state")) {
            break run;
        }
    };
    assert_eq!(last["scope"], "all_users");
    let late = client.exchange("GET", "/events", &[], "").await;
    let mut late = Events { body: late.into_body(), text: String::new() };
    assert_eq!(late.next().await, Some(last));

    server.terminate();
    assert_eq!(late.next().await, None, "a stop ends the stream");
    assert!(server.ended().await.success());
}
