//! What every answer tells the browser: trust only this server, show it in no frame, keep no copies.

use crate::channel::Channel;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// For answers that are no pages: nothing in them may do anything.
const INERT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Set where the handler has not.
const DEFAULTS: [(HeaderName, &str); 8] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, INERT_POLICY),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Come back over TLS only, for a year (RFC 6797). It holds for the whole host on every port, so only names of the panel's
/// promise it, and only once they have a real certificate: a browser that was told so cannot pass a self-signed one.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Complete an answer's headers.
pub(crate) async fn complete(request: Request, next: Next) -> Response {
    let channel = request.extensions().get::<Channel>().copied();
    let mut response = next.run(request).await;
    if channel == Some(Channel::TrustedTls) {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    fill(response.headers_mut());
    response
}

/// Write the policy of a page (CSP Level 3): its own files, and inline scripts that carry the nonce.
///
/// `style-src-attr` lets bars have a width; style sheets and style elements are held to the same rule as scripts.
pub(crate) fn page_policy(nonce: &str) -> Option<HeaderValue> {
    let reload = watcher().map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'{reload}; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
}

/// `cargo leptos watch` reloads pages through a port of its own.
fn watcher() -> Option<String> {
    std::env::var_os("LEPTOS_WATCH")?;
    let port = std::env::var("LEPTOS_RELOAD_PORT").unwrap_or_else(|_| "3001".into());
    Some(format!("ws://127.0.0.1:{port} ws://localhost:{port}"))
}

fn fill(headers: &mut HeaderMap) {
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::{fill, page_policy};
    use http::{HeaderMap, HeaderValue, header};

    #[test]
    fn a_handlers_own_headers_are_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        fill(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "public, no-cache");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[test]
    fn inline_scripts_need_the_nonce() {
        let policy = page_policy("abc").expect("a header");
        let policy = policy.to_str().expect("text");
        assert!(policy.contains("script-src 'self' 'nonce-abc' 'wasm-unsafe-eval';"));
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"));
    }
}
