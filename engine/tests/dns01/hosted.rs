//! A zone at a provider. PowerDNS's interface is played here: what is read, what is written, with which key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::dns01::{Hosted, PublishError, Publisher, Secret, TxtValue};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Records = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

/// Serve zone a.test to whoever has the key `right`; return the interface's URL and what is in the zone.
async fn powerdns() -> (String, Records) {
    let records = Records::default();
    records.lock().unwrap().insert("_acme-challenge.a.test.".into(), vec!["\"theirs\"".into()]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let zone = records.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, zone.clone()));
        }
    });
    (url, records)
}

async fn answer(mut stream: TcpStream, zone: Records) {
    let mut request = Vec::new();
    let (head, length) = loop {
        let mut part = [0; 4_096];
        let length = stream.read(&mut part).await.unwrap();
        request.extend(&part[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            break (head.to_owned(), length.unwrap_or(0));
        }
    };
    while request.len() < head.len() + 4 + length {
        let mut part = [0; 4_096];
        let length = stream.read(&mut part).await.unwrap();
        request.extend(&part[..length]);
    }
    let body = &request[head.len() + 4..];
    let (status, text) = reply(&head, body, &zone);
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}", text.len());
    let _ = stream.write_all(text.as_bytes()).await;
}

fn reply(head: &str, body: &[u8], zone: &Records) -> (&'static str, String) {
    if !head.to_ascii_lowercase().contains("x-api-key: right") {
        return ("401 Unauthorized", "no".into());
    }
    if !head.contains(" /api/v1/servers/localhost/zones/a.test.") {
        return ("404 Not Found", "no such zone".into());
    }
    let mut zone = zone.lock().unwrap();
    if head.starts_with("PATCH") {
        let change: Value = serde_json::from_slice(body).unwrap();
        for set in change["rrsets"].as_array().unwrap() {
            let name = set["name"].as_str().unwrap().to_owned();
            assert_eq!(set["type"], "TXT");
            match set["changetype"].as_str() {
                Some("DELETE") => drop(zone.remove(&name)),
                _ => {
                    let values = set["records"].as_array().unwrap().iter();
                    zone.insert(name, values.map(|record| record["content"].as_str().unwrap().to_owned()).collect());
                }
            }
        }
        return ("204 No Content", String::new());
    }
    let set = |(name, values): (&String, &Vec<String>)| {
        let records: Vec<Value> = values.iter().map(|value| json!({"content": value, "disabled": false})).collect();
        json!({"name": name, "type": "TXT", "ttl": 60, "records": records})
    };
    ("200 OK", json!({"rrsets": zone.iter().map(set).collect::<Vec<_>>()}).to_string())
}

fn hosted(url: &str, key: &str) -> Hosted {
    Hosted::new("powerdns", &Secret::from_text(key).unwrap(), Some(url), 60, Duration::from_secs(10)).unwrap()
}

fn value(name: &str, value: &str) -> TxtValue {
    TxtValue { name: name.into(), value: value.into() }
}

#[tokio::test]
async fn values_are_added_and_removed_beside_those_of_somebody_else() {
    let (url, zone) = powerdns().await;
    let powerdns = hosted(&url, "right");
    let ours = [value("_acme-challenge.a.test", "one"), value("_acme-challenge.www.a.test", "two")];
    powerdns.publish("a.test", &ours).await.unwrap();
    assert_eq!(zone.lock().unwrap()["_acme-challenge.a.test."], ["\"theirs\"", "\"one\""]);
    assert_eq!(powerdns.list("a.test", "_acme-challenge.www.a.test").await.unwrap().unwrap(), ["two"]);
    powerdns.remove("a.test", &ours).await.unwrap();
    powerdns.remove("a.test", &ours).await.unwrap();
    assert_eq!(*zone.lock().unwrap(), [("_acme-challenge.a.test.".to_owned(), vec!["\"theirs\"".to_owned()])].into());
}

#[tokio::test]
async fn what_a_provider_refuses_is_told_without_the_token() {
    let (url, _) = powerdns().await;
    let ours = [value("_acme-challenge.a.test", "one")];
    let error = hosted(&url, "wrong-token").publish("a.test", &ours).await.unwrap_err();
    assert_eq!(error.to_string(), "DNS provider powerdns refuses to change zone a.test: it does not accept the token");
    let error = hosted(&url, "right").publish("b.test", &ours).await.unwrap_err();
    assert_eq!(error.to_string(), "DNS provider powerdns refuses to change zone b.test: it does not know the zone");
    let error = hosted("http://127.0.0.1:1", "secret-token").publish("a.test", &ours).await.unwrap_err();
    assert!(matches!(error, PublishError::Failed { .. }), "{error}");
    assert!(!error.to_string().contains("secret-token"), "{error}");
    let shown = format!("{:?}", hosted(&url, "secret-token"));
    assert!(!shown.contains("secret-token"), "{shown}");
}

#[test]
fn a_provider_that_is_not_known_is_refused_with_those_that_are() {
    let token = Secret::from_text("x").unwrap();
    let said = Hosted::new("nobody", &token, None, 60, Duration::from_secs(1)).unwrap_err();
    assert!(said.starts_with("provider \"nobody\" is not one of bunny, cloudflare, "), "{said}");
    assert!(Hosted::new("powerdns", &token, None, 60, Duration::from_secs(1)).is_err());
    assert!(Hosted::new("cloudflare", &token, None, 60, Duration::from_secs(1)).is_ok());
}
