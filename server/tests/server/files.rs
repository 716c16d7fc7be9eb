//! The browser's files.

use crate::support::Installation;

fn with_front() -> Installation {
    let installation = Installation::with_administrator();
    for (name, content) in [
        ("site/hash.txt", "js: AAA\nwasm: BBB\ncss: CCC\n"),
        ("site/pkg/autossl.AAA.js", "plain"),
        ("site/pkg/autossl.AAA.js.br", "brotli"),
        ("site/pkg/autossl.AAA.js.gz", "gzip"),
        ("site/pkg/autossl.BBB.wasm", "wasm"),
        ("site/pkg/autossl.CCC.css", "css"),
        ("site/favicon.svg", "<svg/>"),
    ] {
        installation.write(name, content);
    }
    installation
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever_in_the_best_encoding() {
    let installation = with_front();
    let server = installation.serve();
    let mut client = server.client();
    for (accepted, encoding, content) in
        [("gzip, deflate, br", "br", "brotli"), ("gzip", "gzip", "gzip"), ("identity", "", "plain")]
    {
        let answer = client.send("GET", "/pkg/autossl.AAA.js", &[("accept-encoding", accepted)], "").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, content), "{accepted}");
        assert_eq!(answer.header("content-encoding"), encoding);
        assert_eq!(answer.header("content-type"), "text/javascript");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(client.get("/pkg/autossl.BBB.wasm").await.header("content-type"), "application/wasm");
}

#[tokio::test]
async fn an_unhashed_file_is_asked_for_again_and_costs_nothing_while_it_is_the_same() {
    let installation = with_front();
    let server = installation.serve();
    let mut client = server.client();
    let answer = client.get("/favicon.svg").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(answer.header("cache-control"), "public, no-cache");
    let since = answer.header("last-modified").to_owned();
    let again = client.send("GET", "/favicon.svg", &[("if-modified-since", &since)], "").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test]
async fn a_missing_file_is_answered_404_and_never_with_a_page() {
    let installation = with_front();
    let server = installation.serve();
    let mut client = server.client();
    for path in ["/pkg/autossl.OLD.js", "/pkg/", "/favicon.ico"] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{path}");
    }
}

#[tokio::test]
async fn pages_name_the_hashed_files() {
    let installation = with_front();
    let server = installation.serve();
    let page = server.client().get("/login").await.text();
    assert!(page.contains("/pkg/autossl.AAA.js") && page.contains("/pkg/autossl.BBB.wasm"), "{page}");
}

#[tokio::test]
async fn a_page_asks_for_its_own_part_of_the_program_at_once() {
    let installation = with_front();
    for (name, content) in [
        ("site/hash.txt", "js: AAA\nwasm: BBB\ncss: CCC\nsplit: AAA\nmanifest: DDD\n"),
        ("site/pkg/__wasm_split.AAA.js", "loader"),
        ("site/pkg/__wasm_split_manifest.DDD.json", r#"{"login": ["split_login.EEE"], "users": ["split_users.FFF"]}"#),
        ("site/pkg/split_login.EEE.wasm", "part"),
        ("site/pkg/split_users.FFF.wasm", "part"),
    ] {
        installation.write(name, content);
    }
    let server = installation.serve();
    let mut client = server.client();
    let page = client.get("/login").await.text();
    assert!(page.contains("/pkg/split_login.EEE.wasm") && !page.contains("split_users"), "{page}");
    let part = client.get("/pkg/split_login.EEE.wasm").await;
    assert_eq!(part.header("cache-control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn files_outside_the_site_cannot_be_reached() {
    let installation = with_front();
    let server = installation.serve();
    let mut client = server.client();
    for path in
        ["/../autossl.toml", "/pkg/../../autossl.toml", "/%2e%2e/autossl.toml", "/pkg/%2e%2e%2f%2e%2e%2fautossl.toml"]
    {
        let answer = client.get(path).await;
        assert!(!answer.text().contains("site_root"), "{path} reaches the configuration");
        assert_ne!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn without_a_front_build_pages_work_and_the_log_says_so() {
    let installation = Installation::with_administrator();
    let text = std::fs::read_to_string(installation.config_file()).unwrap().replace("'site'", "'absent'");
    std::fs::write(installation.config_file(), text).unwrap();
    let server = installation.serve();
    assert!(server.said("no front build was found"));
    let mut client = server.administrator().await;
    assert_eq!(client.get("/").await.status, 200);
}
