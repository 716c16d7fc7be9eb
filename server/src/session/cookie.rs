//! The session cookie: reading, setting and removing it (RFC 6265).

use http::{HeaderMap, HeaderValue, header};

const NAME: &str = "autossl_session";

/// Find the session's token in a request.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, value)| *name == NAME && !value.is_empty()).map(|(_, value)| value)
}

/// Where a cookie may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// Over TLS only.
    TlsOnly,
    /// Over whatever the interface speaks.
    Any,
}

/// Write the header that hands the token to the browser until it is closed.
pub(super) fn set(token: &str, transport: Transport) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{NAME}={token}; {}", attributes(transport))).ok()
}

/// Write the header that makes the browser forget the token.
pub(super) fn remove(transport: Transport) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{NAME}=; {}; Max-Age=0", attributes(transport))).ok()
}

const fn attributes(transport: Transport) -> &'static str {
    match transport {
        Transport::TlsOnly => "Path=/; HttpOnly; SameSite=Lax; Secure",
        Transport::Any => "Path=/; HttpOnly; SameSite=Lax",
    }
}

#[cfg(test)]
mod tests {
    use super::{Transport, set, token};
    use http::{HeaderMap, header};

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "theme=dark; autossl_session=abc".parse().expect("a header"));
        assert_eq!(token(&headers), Some("abc"));
        headers.insert(header::COOKIE, "xautossl_session=abc; autossl_session=".parse().expect("a header"));
        assert_eq!(token(&headers), None);
    }

    #[test]
    fn over_tls_the_cookie_is_secure() {
        let header = set("abc", Transport::TlsOnly).expect("a header");
        assert_eq!(header, "autossl_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    }
}
