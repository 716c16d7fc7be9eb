//! No other site may make a visitor's browser change anything here (cross-site request forgery).
//!
//! Browsers say where a request comes from: in `Sec-Fetch-Site` to secure origins, in `Origin` everywhere else. Neither is
//! sent by programs, which hold no cookie that somebody could abuse; a cookie without either is refused.

use crate::state::AppState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode, header};

/// Refuse changes that another site asked for.
pub(crate) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let own = state.public_url.as_deref().map(|url| url.origin());
    // HTTP/2 has the host in the request's target.
    let host = request.uri().authority().map(Authority::as_str);
    let host = host.or_else(|| request.headers().get(header::HOST).map(|value| value.to_str().unwrap_or("?")));
    if is_reading || is_same_site(request.headers(), host, own) {
        return next.run(request).await;
    }
    tracing::warn!(
        "refused a request that another site asked for; behind a proxy that changes Host, set server.public_url"
    );
    (StatusCode::FORBIDDEN, "this request did not come from AutoSSL's own pages").into_response()
}

fn is_same_site(headers: &HeaderMap, host: Option<&str>, own: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), host) {
        (Some(origin), host) => own == Some(origin) || host.is_some_and(|host| authority(origin) == Some(host)),
        (None, _) => !headers.contains_key(header::COOKIE),
    }
}

fn authority(origin: &str) -> Option<&str> {
    origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))
}

#[cfg(test)]
mod tests {
    use super::is_same_site;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn allowed(pairs: &[(&'static str, &'static str)]) -> bool {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let host = pairs.iter().find(|(name, _)| *name == "host").map(|(_, value)| *value);
        is_same_site(&pairs.iter().map(pair).collect::<HeaderMap>(), host, Some("https://panel.example"))
    }

    #[test]
    fn own_pages_may_change_things() {
        assert!(allowed(&[("sec-fetch-site", "same-origin"), ("origin", "https://anything"), ("cookie", "a=b")]));
        assert!(allowed(&[("sec-fetch-site", "none")]));
        assert!(allowed(&[("origin", "https://panel.example"), ("host", "127.0.0.1:3000"), ("cookie", "a=b")]));
        assert!(allowed(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
    }

    #[test]
    fn other_sites_may_not() {
        assert!(!allowed(&[("sec-fetch-site", "cross-site"), ("origin", "https://panel.example")]));
        assert!(!allowed(&[("sec-fetch-site", "same-site")]));
        assert!(!allowed(&[("origin", "https://evil.test"), ("host", "panel.example")]));
        assert!(!allowed(&[("origin", "https://panel.example.evil.test"), ("host", "panel.example")]));
        assert!(!allowed(&[("origin", "null"), ("host", "panel.example")]));
    }

    #[test]
    fn programs_send_no_origin_and_no_cookie() {
        assert!(allowed(&[("host", "panel.example")]));
        assert!(!allowed(&[("host", "panel.example"), ("cookie", "autossl_session=x")]));
    }
}
