//! The challenge port.

use crate::support::{Client, Installation};
use engine::model::Timestamp;
use engine::store::{self, Challenge};

#[tokio::test]
async fn a_token_of_ours_is_answered_with_its_key_authorization() {
    let installation = Installation::new();
    let server = installation.serve();
    let store =
        store::open(&format!("sqlite://{}", installation.path("data/autossl.db").display())).await.expect("the store");
    let challenge =
        Challenge { token: "tok-en_1".into(), key_authorization: "tok-en_1.thumb".into(), domain: "alice.test".into() };
    store.put_challenges(&[challenge], Timestamp(0)).await.expect("the token is stored");
    let mut ca = Client::new(server.challenges);
    let answer = ca.get("/.well-known/acme-challenge/tok-en_1").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "tok-en_1.thumb"));
    assert_eq!(answer.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn everything_else_is_answered_404() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut ca = Client::new(server.challenges);
    for path in [
        "/",
        "/login",
        "/healthz",
        "/.well-known/acme-challenge/",
        "/.well-known/acme-challenge/unknown",
        "/.well-known/acme-challenge/a%20b",
    ] {
        assert_eq!(ca.get(path).await.status, 404, "{path}");
    }
    let mut browser = server.client();
    assert_ne!(browser.get("/.well-known/acme-challenge/unknown").await.status, 200);
}
