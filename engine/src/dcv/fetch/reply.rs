//! What an HTTP answer means for the challenge. Pure.

use super::Failure;
use crate::dcv::{Code, evidence};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, LOCATION};

/// What was read of an answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// The body, as far as it was read.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Whole(Vec<u8>),
    TooLarge,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Served,
    Redirect(String),
}

/// Redirects that CAs follow (Baseline Requirements, section 3.2.2.4.19).
const FOLLOWED: [u16; 4] = [301, 302, 307, 308];

/// Statuses with a meaning of their own: first, last, code.
const STATUSES: &[(u16, u16, Code)] = &[
    (300, 399, Code::RedirectStatusRefused),
    (401, 401, Code::HttpAuthRequired),
    (403, 403, Code::HttpForbidden),
    (404, 404, Code::HttpNotFound),
    (407, 407, Code::HttpAuthRequired),
    (410, 410, Code::HttpNotFound),
    (500, 599, Code::HttpServerError),
];

/// How servers complain, with status 400, about plain HTTP where they expect TLS: nginx, Apache, Go, Node.
const TLS_WANTED: &[&str] = &[
    "plain http request was sent to https port",
    "speaking plain http to an ssl-enabled",
    "http request to an https server",
];

/// Judge an answer by its status and body.
pub(super) fn judge(reply: &Reply, answer: &str) -> Result<Step, Failure> {
    let body = match &reply.body {
        Body::Whole(bytes) => bytes.as_slice(),
        Body::TooLarge => &[],
    };
    let text = String::from_utf8_lossy(body);
    let failed = |code: Code| Err(Failure::new(code, describe(reply, &text)));
    if FOLLOWED.contains(&reply.status) {
        let location = reply.headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        return match location {
            Some(location) => Ok(Step::Redirect(location)),
            None => Err(Failure::new(Code::RedirectBadUrl, format!("status {} without a Location", reply.status))),
        };
    }
    if reply.status != 200 {
        let lower = text.to_ascii_lowercase();
        if reply.status == 400 && TLS_WANTED.iter().any(|phrase| lower.contains(phrase)) {
            return failed(Code::HttpTlsOnly);
        }
        let special = STATUSES.iter().find(|(first, last, _)| (*first..=*last).contains(&reply.status));
        return failed(special.map_or(Code::HttpStatusUnexpected, |(_, _, code)| *code));
    }
    if matches!(reply.body, Body::TooLarge) {
        return failed(Code::HttpBodyTooLarge);
    }
    // CAs forgive white space at the end.
    match text.trim_end() {
        text if text == answer => Ok(Step::Served),
        "" => failed(Code::HttpEmptyBody),
        _ if is_page(reply, &text) => failed(Code::HttpPageInstead),
        _ => failed(Code::HttpWrongToken),
    }
}

fn is_page(reply: &Reply, text: &str) -> bool {
    let kind = reply.headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase()).unwrap_or_default();
    let start = text.trim_start().to_ascii_lowercase();
    kind.starts_with(b"text/html") || start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// Name the status, the server and the first words; never more, since the website's content is not ours to keep.
fn describe(reply: &Reply, text: &str) -> String {
    let mut description = format!("status {}", reply.status);
    if let Some(server) = reply.headers.get(http::header::SERVER) {
        description += &format!(", server {}", evidence::quoted(&String::from_utf8_lossy(server.as_bytes())));
    }
    let words: Vec<&str> = text.split_whitespace().take(20).collect();
    match (&reply.body, words.is_empty()) {
        (Body::TooLarge, _) => description += ", a long body",
        (_, true) => description += ", no body",
        (_, false) => description += &format!(", body {}", evidence::quoted(&words.join(" "))),
    }
    description
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(status: u16, kind: &'static str, body: &str) -> Option<Code> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, http::HeaderValue::from_static(kind))]);
        let reply = Reply { status, headers, body: Body::Whole(body.into()) };
        judge(&reply, "t.k").err().map(|failure| failure.code)
    }

    #[test]
    fn only_the_answer_is_the_answer() {
        assert_eq!(code(200, "text/html", "t.k \r\n\t"), None);
        assert_eq!(code(200, "text/plain", " t.k"), Some(Code::HttpWrongToken));
        assert_eq!(code(200, "text/plain", "t.k2"), Some(Code::HttpWrongToken));
        assert_eq!(code(200, "text/plain", "\n"), Some(Code::HttpEmptyBody));
        assert_eq!(code(200, "text/plain", " <HTML>"), Some(Code::HttpPageInstead));
        assert_eq!(code(200, "text/html; charset=x", "Welcome"), Some(Code::HttpPageInstead));
        assert_eq!(code(204, "text/plain", "t.k"), Some(Code::HttpStatusUnexpected));
        assert_eq!(code(303, "text/plain", ""), Some(Code::RedirectStatusRefused));
        assert_eq!(code(301, "text/plain", ""), Some(Code::RedirectBadUrl));
        assert_eq!(code(400, "text/html", "The plain HTTP request was sent to HTTPS port"), Some(Code::HttpTlsOnly));
        assert_eq!(code(400, "text/html", "no"), Some(Code::HttpStatusUnexpected));
    }
}
