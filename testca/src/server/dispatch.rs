//! One request from the wire to the handlers and back: faults, limits on requests, methods, nonces, the journal.

use std::{io, net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use super::wire::Reset;
use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    faults::{Endpoint, Fault},
    journal,
    limits::Counted,
    problem::Problem,
    protocol::{self, Resource},
};

const BODY_LIMIT: usize = 1024 * 1024;
const REPLAY_NONCE: HeaderName = HeaderName::from_static("replay-nonce");

/// Answer a request, or let its connection die.
pub(super) async fn answer(
    ca: &Arc<Authority>,
    peer: IpAddr,
    reset: &Reset,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    if !ca.settings.answer_after.is_zero() {
        tokio::time::sleep(ca.settings.answer_after).await;
    }
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(io::Error::other)?.to_bytes();
    let resource = Resource::of(head.uri.path(), head.uri.query());
    let endpoint = resource.endpoint();
    let mut exchange = Exchange {
        url: ca.url(head.uri.path_and_query().map_or("/", |path| path.as_str())),
        content_type: head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned),
        method: head.method,
        body,
        peer,
        fault: ca.faults.meet(endpoint),
        account: None,
        names: Vec::new(),
    };
    let outcome = match early(&exchange) {
        Early::Silence => {
            record(ca, endpoint, &exchange, None, None);
            return std::future::pending().await;
        }
        Early::Reset => {
            record(ca, endpoint, &exchange, None, None);
            reset.pull();
            return std::future::pending().await;
        }
        Early::Answer(reply) => Ok(reply),
        Early::Refuse(problem) => Err(problem),
        Early::Nothing => work(ca, &mut exchange, &resource),
    };
    let problem = outcome.as_ref().err().cloned();
    let reply = late(&exchange, outcome.unwrap_or_else(|problem| refusal(&problem)));
    let Some(reply) = reply else {
        record(ca, endpoint, &exchange, None, problem.as_ref());
        reset.pull();
        return std::future::pending().await;
    };
    record(ca, endpoint, &exchange, Some(reply.status.as_u16()), problem.as_ref());
    finish(ca, reply)
}

/// What a fault does before any work is done.
enum Early {
    Silence,
    Reset,
    Answer(Reply),
    Refuse(Problem),
    Nothing,
}

fn early(exchange: &Exchange) -> Early {
    match &exchange.fault {
        Some(Fault::Hang) => Early::Silence,
        Some(Fault::Reset) => Early::Reset,
        Some(Fault::Refusal(problem)) => Early::Refuse(problem.clone()),
        Some(Fault::Page { status, retry_after }) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n");
            let reply = Reply::of(status, "text/html", page);
            Early::Answer(match retry_after {
                Some(value) => reply.header(RETRY_AFTER, value),
                None => reply,
            })
        }
        _ => Early::Nothing,
    }
}

fn work(ca: &Arc<Authority>, exchange: &mut Exchange, resource: &Resource<'_>) -> Result<Reply, Problem> {
    let counted = Counted::Requests { address: exchange.peer.to_string() };
    {
        let now = ca.now();
        let mut state = ca.state();
        state.buckets.check(&counted, now)?;
        state.buckets.spend(counted, now);
    }
    if !resource.takes(&exchange.method) {
        let mut problem = Problem::malformed(format!("{} is not allowed here", exchange.method));
        problem.extra.allow = resource.allowed();
        return Err(problem.with_status(StatusCode::METHOD_NOT_ALLOWED.as_u16()));
    }
    protocol::answer(ca, exchange, resource)
}

/// What a fault does to the answer. Nothing is left of a lost one.
fn late(exchange: &Exchange, mut reply: Reply) -> Option<Reply> {
    match exchange.fault {
        Some(Fault::AnswerLost) => return None,
        Some(Fault::Oversized(size)) => {
            let mut body = reply.body.to_vec();
            body.resize(size.max(body.len()), b' ');
            reply.body = body.into();
        }
        Some(Fault::MalformedJson) => reply.body.truncate(reply.body.len() / 2),
        Some(Fault::NoRetryAfter) => drop(reply.headers.remove(RETRY_AFTER)),
        _ => {}
    }
    Some(reply)
}

fn refusal(problem: &Problem) -> Reply {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = Reply::of(status, "application/problem+json", problem.to_json().to_string());
    if let Some(seconds) = problem.extra.retry_after {
        reply = reply.retry_after(seconds);
    }
    if let Some(terms) = &problem.extra.terms {
        reply = reply.link(terms, "terms-of-service");
    }
    if let Some(location) = &problem.extra.location {
        reply = reply.location(location);
    }
    if let Some(allow) = problem.extra.allow {
        reply = reply.header(ALLOW, allow);
    }
    reply
}

fn record(ca: &Authority, endpoint: Endpoint, exchange: &Exchange, status: Option<u16>, problem: Option<&Problem>) {
    ca.journal.record(journal::Request {
        at: ca.now(),
        endpoint,
        line: format!("{} {}", exchange.method, exchange.url.strip_prefix(&ca.base).unwrap_or(&exchange.url)),
        account: exchange.account.map(|id| ca.account_url(id)),
        names: exchange.names.clone(),
        status,
        problem: problem.map(|problem| problem.kind),
        detail: problem.map(|problem| problem.detail.clone()),
        fault: exchange.fault.as_ref().map(Fault::name),
    });
}

/// Add what every answer has, but a load balancer's page would not: that one is a fault's.
fn finish(ca: &Authority, reply: Reply) -> io::Result<Response<Full<Bytes>>> {
    let page = reply.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "text/html");
    let mut reply = if page { reply } else { reply.link(&ca.url(protocol::DIRECTORY), "index") };
    if !page {
        let nonce = ca.state().nonces.issue().map_err(io::Error::other)?;
        reply.headers.insert(REPLAY_NONCE, HeaderValue::from_str(&nonce).map_err(io::Error::other)?);
    }
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}
