//! The management port: plain HTTP with JSON, for whoever runs the demo. It is not protected: keep it on loopback.

use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use testca::TestCa;
use tokio::net::TcpListener;

use crate::fault_request::FaultRequest;

const BODY_LIMIT: usize = 64 * 1024;

#[derive(Deserialize)]
struct Advance {
    seconds: u64,
}

/// By serial number or identifier; by name; or all.
#[derive(Deserialize)]
struct RenewNow {
    certificate: Option<String>,
    name: Option<String>,
    explanation: Option<String>,
}

/// Serve until dropped, one connection after the other: nobody is in a hurry here.
pub(crate) async fn serve(listener: TcpListener, ca: &TestCa) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await.context("the management port is gone")?;
        let service = service_fn(|request| answer(ca, request));
        // A broken connection is the client's affair.
        let _ = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
    }
}

async fn answer(ca: &TestCa, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, http::Error> {
    let (head, body) = request.into_parts();
    let (status, document) = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => match act(ca, &head.method, head.uri.path(), &body.to_bytes()) {
            Ok(Some(document)) => (StatusCode::OK, document),
            Ok(None) => (StatusCode::NOT_FOUND, json!({"error": "there is no such thing"})),
            Err(error) => (StatusCode::BAD_REQUEST, json!({"error": format!("{error:#}")})),
        },
        Err(error) => (StatusCode::BAD_REQUEST, json!({"error": error.to_string()})),
    };
    let response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    response.body(Full::new(Bytes::from(document.to_string())))
}

fn act(ca: &TestCa, method: &Method, path: &str, body: &[u8]) -> Result<Option<Value>> {
    Ok(Some(match (method, path) {
        (&Method::GET, "/journal") => journal(ca),
        (&Method::POST, "/advance") => {
            let request: Advance = serde_json::from_slice(body)?;
            ca.advance(Duration::from_secs(request.seconds));
            json!({"now": ca.now().to_string()})
        }
        (&Method::POST, "/fault") => {
            let request: FaultRequest = serde_json::from_slice(body)?;
            ca.faults().add(request.rule()?)?;
            json!({"waiting": ca.faults().waiting()})
        }
        (&Method::POST, "/heal") => {
            ca.faults().clear();
            json!({"waiting": 0})
        }
        (&Method::POST, "/renew-now") => json!({"certificates": renew_now(ca, &serde_json::from_slice(body)?)?}),
        _ => return Ok(None),
    }))
}

fn renew_now(ca: &TestCa, request: &RenewNow) -> Result<usize> {
    let explanation = request.explanation.as_deref();
    let found = match (&request.certificate, &request.name) {
        (Some(certificate), _) => vec![certificate.clone()],
        (None, Some(name)) => ca.journal().certificates_for(name).into_iter().map(|issued| issued.serial).collect(),
        (None, None) => return Ok(ca.renew_all_now(explanation)),
    };
    found.iter().try_for_each(|certificate| ca.renew_now(certificate, explanation))?;
    Ok(found.len())
}

fn journal(ca: &TestCa) -> Value {
    let journal = ca.journal();
    let certificates = journal.certificates();
    let certificates = certificates.iter().map(|issued| {
        json!({
            "at": issued.at.to_string(),
            "names": issued.names,
            "serial": issued.serial,
            "certificate_id": issued.certificate_id,
            "not_before": issued.not_before.to_string(),
            "not_after": issued.not_after.to_string(),
            "account": issued.account,
            "order": issued.order,
            "profile": issued.profile,
            "replaces": issued.replaces,
        })
    });
    let requests = journal.all_requests();
    let requests = requests.iter().map(|request| {
        json!({
            "at": request.at.to_string(),
            "endpoint": request.endpoint.name(),
            "line": request.line,
            "account": request.account,
            "names": request.names,
            "status": request.status,
            "problem": request.problem.map(|problem| problem.name()),
            "detail": request.detail,
            "fault": request.fault,
        })
    });
    json!({
        "now": ca.now().to_string(),
        "accounts_created": journal.accounts_created(),
        "orders_created": journal.orders_created(),
        "certificates_issued": journal.certificates_issued(),
        "validations_failed": journal.validations_failed(),
        "certificates": certificates.collect::<Vec<Value>>(),
        "requests": requests.collect::<Vec<Value>>(),
    })
}
