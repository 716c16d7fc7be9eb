//! Pages, and what every answer has in common.

use crate::support::Installation;

#[tokio::test]
async fn a_page_allows_only_its_own_scripts_and_is_never_kept_or_framed() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.administrator().await;
    let page = client.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").to_owned();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(policy.contains(&format!("script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'")), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(page.text().contains(&format!("nonce=\"{nonce}\"")), "the page's scripts carry the nonce");
    for script in page.text().split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        assert!(tag.contains(" src=") || tag.contains(nonce), "<script{tag}> would not run");
    }
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert!(
        !client.get("/").await.header("content-security-policy").contains(nonce),
        "each page has a nonce of its own"
    );
}

#[tokio::test]
async fn an_unknown_page_is_answered_404_with_the_application() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.administrator().await;
    for path in ["/nothing", "/nothing/here", "/nothing/here.html"] {
        let page = client.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
    }
}

#[tokio::test]
async fn a_server_function_without_a_session_is_answered_401() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.client();
    let answer = client.send("POST", "/fn/run_all", &[("accept", "application/json")], "").await;
    assert_eq!((answer.status, answer.text().as_str()), (401, "\"signed_out\""));
    let headers = [("accept", "text/html"), ("referer", "http://panel.example/users?page=2")];
    let answer = client.send("POST", "/fn/run_all", &headers, "").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/login?next=%2Fusers%3Fpage%3D2"));
    assert_eq!(client.get("/events").await.status, 401);
}

#[tokio::test]
async fn an_oversized_request_is_refused() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.client();
    let large = "a".repeat(2 * 1024 * 1024);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    for path in ["/login", "/fn/run_all"] {
        assert_eq!(client.send("POST", path, &headers, &large).await.status, 413, "{path}");
    }
    let large = format!("name=admin&password={}", "a".repeat(20 * 1024));
    assert_eq!(client.send("POST", "/login", &headers, &large).await.status, 413);
}

#[tokio::test]
async fn health_needs_no_session() {
    let installation = Installation::new();
    let server = installation.serve();
    let answer = server.client().get("/healthz").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
}

#[tokio::test]
async fn a_log_is_downloaded_by_administrators_only() {
    let installation = Installation::with_administrator();
    installation.succeed_with_input(
        &["admin", "create", "robin", "--role", "reseller", "--password-stdin"],
        "a password for robin",
    );
    let server = installation.serve();
    let mut client = server.administrator().await;
    assert_eq!(installation.run(&["check", "--all", "--wait"]).code, Some(1), "no provider is selected");
    let id = latest_run(&installation);
    let text = client.get(&format!("/logs/{id}/txt")).await;
    assert_eq!((text.status, text.header("content-type")), (200, "text/plain; charset=utf-8"));
    let name = text.header("content-disposition");
    assert!(
        name.starts_with("attachment; filename=\"autossl-") && name.ends_with(".txt\"") && !name.contains(':'),
        "{name}"
    );
    let json = client.get(&format!("/logs/{id}/json")).await;
    assert_eq!(json.header("content-type"), "application/x-ndjson");
    for line in json.text().lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
    }
    assert_eq!(client.get("/logs/2000-01-01T00:00:00Z/txt").await.status, 404);
    assert_eq!(client.get("/logs/..%2f..%2fetc%2fpasswd/txt").await.status, 404);
    let location = server.client().get(&format!("/logs/{id}/txt")).await.header("location").to_owned();
    assert!(location.starts_with("/login?next=%2Flogs%2F"), "{location}");
    let mut reseller = server.client();
    reseller.post("/login", &[("name", "robin"), ("password", "a password for robin")]).await;
    assert_eq!(reseller.get(&format!("/logs/{id}/txt")).await.status, 403);
}

fn latest_run(installation: &Installation) -> String {
    let runs: serde_json::Value =
        serde_json::from_str(&installation.succeed(&["log", "list", "--json"])).expect("JSON");
    runs[0]["id"].as_str().expect("a run").to_owned()
}
