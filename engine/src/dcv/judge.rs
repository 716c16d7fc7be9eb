//! Facts in, verdict out. Pure: what each part means is in `judge/`, `caa/judge.rs` and `zone.rs`.

mod address;
mod fetched;
mod host;

use super::caa::{self, Caa};
use super::dns::Host;
use super::fetch::Fetch;
use super::name::Form;
use super::zone::{self, Zone};
use super::{CheckRequest, Code, Dns01, Finding, Method, Settings, Severity, Verdict};

/// What was seen of HTTP-01.
#[derive(Clone, Debug)]
pub(super) struct HttpFacts {
    pub(super) host: Host,
    /// One per address that was tried.
    pub(super) fetches: Vec<Fetch>,
    /// The zone, where it has a DS record although the answers were not validated.
    pub(super) unvalidated_zone: Option<String>,
    /// Why the test token was not published.
    pub(super) unpublished: Option<String>,
}

/// Which addresses are worth a fetch.
pub(super) use address::fetchable;

/// Judge HTTP-01: nothing that blocks means that it would succeed.
pub(super) fn http01(settings: &Settings, facts: &HttpFacts, caa: &Caa, request: &CheckRequest) -> Vec<Finding> {
    let mut findings = host::judge(&facts.host, facts.unvalidated_zone.as_deref());
    findings.extend(facts.unpublished.as_ref().map(|reason| Finding::new(Code::TokenNotPublished, reason.clone())));
    findings.extend(address::judge(settings, &facts.host));
    findings.extend(fetched::judge(settings, &facts.fetches));
    findings.extend(caa::judge(caa, Form::Host, request, Method::Http01));
    once_each(findings)
}

/// Judge DNS-01, for a wildcard or where HTTP-01 fails.
pub(super) fn dns01(zone: &Zone, caa: &Caa, form: Form, request: &CheckRequest) -> Vec<Finding> {
    let mut findings: Vec<Finding> = zone::judge(zone).into_iter().collect();
    findings.extend(caa::judge(caa, form, request, Method::Dns01));
    findings
}

/// Tell whether something blocks.
pub(super) fn blocked(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Blocking)
}

/// Put both methods together. `dns` is `None` where it was not looked at: HTTP-01 succeeds, or DNS-01 is unavailable.
pub(super) fn verdict(name: &str, http: Option<Vec<Finding>>, dns: Option<Vec<Finding>>) -> Verdict {
    match (http, dns) {
        (Some(http), _) if !blocked(&http) => Verdict::passing(name, Method::Http01, http),
        (http, Some(dns)) if !blocked(&dns) => {
            Verdict::passing(name, Method::Dns01, [dns, http.unwrap_or_default()].concat())
        }
        (Some(http), dns) => Verdict::failing(name, once_each([http, dns.unwrap_or_default()].concat())),
        (None, Some(dns)) => Verdict::failing(name, dns),
        (None, None) => Verdict::failing(name, vec![Finding::new(Code::WildcardNeedsDns01, name)]),
    }
}

/// Keep the first finding of each code: a resolver that is down is one fault, however many questions it leaves open.
fn once_each(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        if !kept.iter().any(|known| known.code == finding.code) {
            kept.push(finding);
        }
    }
    kept
}

/// Tell whether DNS-01 is worth looking at.
pub(super) fn wants_dns01(request: &CheckRequest, http: Option<&[Finding]>) -> bool {
    request.dns01 == Dns01::Available && http.is_none_or(blocked)
}
