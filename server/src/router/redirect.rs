//! The way from the plain port to the TLS port: the same path on the same host.

use crate::state::AppState;
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use http::uri::Authority;
use http::{Uri, header};

/// Answer 308 (RFC 9110, section 15.4.9), so that a form is sent again as it was.
pub(super) async fn answer(state: AppState, port: u16, request: Request) -> Response {
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let public = state.public_url.as_deref().filter(|url| url.is_https());
    let origin = match public {
        Some(url) => url.origin().to_owned(),
        None => origin(asked, &state.host, port),
    };
    Redirect::permanent(&format!("{origin}{}", path(request.uri()))).into_response()
}

/// Write the origin on the TLS port of the host that was asked for, or of this one where that is no host.
fn origin(asked: Option<&str>, own: &str, port: u16) -> String {
    let authority = asked.and_then(|host| host.parse::<Authority>().ok());
    let host = authority.as_ref().map(Authority::host).filter(|host| !host.is_empty()).unwrap_or(own);
    if port == 443 { format!("https://{host}") } else { format!("https://{host}:{port}") }
}

fn path(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn the_host_stays_and_the_port_changes() {
        assert_eq!(origin(Some("panel.example:2086"), "own.example", 2087), "https://panel.example:2087");
        assert_eq!(origin(Some("[::1]:2086"), "own.example", 443), "https://[::1]");
        for odd in [None, Some(""), Some("a b"), Some("panel.example/x")] {
            assert_eq!(origin(odd, "own.example", 443), "https://own.example", "{odd:?}");
        }
        assert_eq!(origin(Some("evil@panel.example"), "own.example", 443), "https://panel.example");
    }
}
