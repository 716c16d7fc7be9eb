//! One request on its way through the handlers, and the answer that comes of it.

use std::net::IpAddr;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{CONTENT_TYPE, LINK, LOCATION, RETRY_AFTER},
};
use serde_json::Value;

use crate::faults::Fault;

/// A request, with what handlers find out about it for the journal.
pub(crate) struct Exchange {
    pub(crate) method: Method,
    /// The URL that a signed header has to name.
    pub(crate) url: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) peer: IpAddr,
    pub(crate) fault: Option<Fault>,
    pub(crate) account: Option<u64>,
    pub(crate) names: Vec<String>,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    pub(crate) fn json(status: StatusCode, document: &Value) -> Self {
        Self::of(status, "application/json", document.to_string())
    }

    pub(crate) fn of(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::empty(status);
        reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        reply.body = body.into();
        reply
    }

    pub(crate) fn location(self, url: &str) -> Self {
        self.header(LOCATION, url)
    }

    pub(crate) fn link(self, url: &str, relation: &str) -> Self {
        self.header(LINK, &format!("<{url}>;rel=\"{relation}\""))
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER, &seconds.to_string())
    }

    /// Add a field. What cannot stand in a header is left out; only a test's own text could be so.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }
}
