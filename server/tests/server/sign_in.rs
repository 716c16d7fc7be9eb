//! Signing in and out.

use crate::support::{Installation, PASSWORD};

#[tokio::test]
async fn a_page_without_a_session_leads_to_signing_in_and_back() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.client();
    let answer = client.get("/users?page=2&q=a").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/login?next=%2Fusers%3Fpage%3D2%26q%3Da"));
    let form = client.get("/login?next=%2Fusers%3Fpage%3D2%26q%3Da").await;
    assert_eq!(form.status, 200);
    let answer =
        client.post("/login", &[("name", "admin"), ("password", PASSWORD), ("next", "/users?page=2&q=a")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/users?page=2&q=a"));
    assert_eq!(client.get("/users?page=2&q=a").await.status, 200);
    assert_eq!(client.get("/login").await.header("location"), "/");
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let answer = server.client().post("/login", &[("name", "admin"), ("password", PASSWORD)]).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("autossl_session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn behind_tls_the_session_cookie_is_secure() {
    let installation = Installation::with_administrator();
    installation.configure("public_url = 'https://panel.example'\n");
    let server = installation.serve();
    let body = format!("name=admin&password={}", PASSWORD.replace(' ', "+"));
    let headers = [("origin", "https://panel.example"), ("content-type", "application/x-www-form-urlencoded")];
    let answer = server.client().send("POST", "/login", &headers, &body).await;
    assert!(answer.header("set-cookie").ends_with("; SameSite=Lax; Secure"), "{:?}", answer.headers);
}

#[tokio::test]
async fn a_wrong_password_leads_back_to_the_form_without_telling_what_was_wrong() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.client();
    for name in ["admin", "nobody"] {
        let answer = client.post("/login", &[("name", name), ("password", "wrong"), ("next", "/logs")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/login?error=wrong&next=%2Flogs"));
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn too_many_tries_are_slowed_down_whatever_the_password() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.client();
    let mut last = String::new();
    for _ in 0..20 {
        let answer = client.post("/login", &[("name", "admin"), ("password", "wrong")]).await;
        last = answer.header("location").to_owned();
        if last.starts_with("/login?error=throttled") {
            break;
        }
    }
    let seconds = last.strip_prefix("/login?error=throttled&retry=").expect("tries are throttled");
    assert!(seconds.parse::<u32>().expect("seconds") > 0);
    let answer = client.post("/login", &[("name", "admin"), ("password", PASSWORD)]).await;
    assert!(answer.header("location").starts_with("/login?error=throttled"), "{:?}", answer.headers);
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    for next in ["https://evil.test/", "//evil.test/", "/\\evil.test/", "javascript:alert(1)", "/\tevil"] {
        let answer = server.client().post("/login", &[("name", "admin"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{next}");
    }
}

#[tokio::test]
async fn another_site_can_neither_sign_anybody_in_nor_out() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.administrator().await;
    for headers in [[("origin", "https://evil.test")], [("sec-fetch-site", "cross-site")], [("accept", "*/*")]] {
        for path in ["/logout", "/login", "/fn/run_all"] {
            let answer = client.send("POST", path, &headers, "").await;
            assert_eq!(answer.status, 403, "{path} with {headers:?}");
        }
    }
    assert_eq!(client.get("/").await.status, 200);
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.administrator().await;
    let before = client.clone();
    let answer = client.post("/logout", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/login"));
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{:?}", answer.headers);
    assert_eq!(before.clone().get("/").await.header("location"), "/login");
}

#[tokio::test]
async fn a_new_password_ends_earlier_sessions() {
    let installation = Installation::with_administrator();
    let server = installation.serve();
    let mut client = server.administrator().await;
    installation.succeed_with_input(&["admin", "passwd", "admin", "--password-stdin"], "another long password");
    assert_eq!(client.get("/").await.header("location"), "/login");
}

#[tokio::test]
async fn without_an_administrator_every_page_leads_to_the_first_step() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut client = server.client();
    for path in ["/", "/users", "/login"] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/login?setup=1"), "{path}");
    }
    assert_eq!(client.get("/login?setup=1").await.status, 200);
}
