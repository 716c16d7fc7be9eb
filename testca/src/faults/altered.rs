//! Answers in which a text is not what it should be, such as a URL that leads away from the CA.

use http::{
    HeaderValue,
    header::{LINK, LOCATION},
};
use serde_json::Value;

use crate::exchange::Reply;

/// Put another text into an answer: into a header field's URL, or into every member of this name in its JSON.
pub(crate) fn alter(mut reply: Reply, place: &str, text: &str) -> Reply {
    match place {
        "location" => {
            if reply.headers.remove(LOCATION).is_some() {
                reply = reply.location(text);
            }
        }
        "link" => {
            let links: Vec<HeaderValue> = reply.headers.get_all(LINK).iter().cloned().collect();
            reply.headers.remove(LINK);
            for link in links {
                let relation = link.to_str().ok().and_then(|link| link.split('>').nth(1)).unwrap_or_default();
                reply = reply.header(LINK, &format!("<{text}>{relation}"));
            }
        }
        member => {
            if let Ok(mut document) = serde_json::from_slice(&reply.body) {
                replace(&mut document, member, text);
                reply.body = document.to_string().into();
            }
        }
    }
    reply
}

fn replace(value: &mut Value, member: &str, text: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(old) if name == member => text.clone_into(old),
                    Value::Array(texts) if name == member => *texts = vec![text.into()],
                    other => replace(other, member, text),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, member, text)),
        _ => {}
    }
}
