//! Revocation (RFC 8555, section 7.6), by the account, by another that controls all names, or by the certificate's key.

use http::StatusCode;
use serde::Deserialize;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::authentication::{Signed, by_account_or_key};
use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    jws::decode,
    names::Identifier,
    pki::Serial,
    problem::{Problem, ProblemKind},
    state::{Certificate, Revocation, State},
};

/// Those that Let's Encrypt takes: unspecified, keyCompromise, superseded, cessationOfOperation.
const REASONS: [u64; 4] = [0, 1, 4, 5];

#[derive(Deserialize)]
struct Revoke {
    certificate: String,
    #[serde(default)]
    reason: u64,
}

pub(super) fn revoke(ca: &Authority, exchange: &mut Exchange) -> Result<Reply, Problem> {
    let signed = by_account_or_key(ca, exchange)?;
    let request: Revoke = signed.read()?;
    let der = decode(&request.certificate, "certificate")?;
    let serial = serial(&der)?;
    if !REASONS.contains(&request.reason) {
        let detail = format!("the reason {} is not one of {REASONS:?}", request.reason);
        return Err(Problem::new(ProblemKind::BadRevocationReason, detail));
    }
    let mut state = ca.state();
    let found = state.certificates.get(&serial).filter(|found| found.der == der);
    let found = found.ok_or_else(|| Problem::not_found("certificate"))?;
    exchange.names = found.identifiers.iter().map(Identifier::text).collect();
    if !may_revoke(ca, &state, &signed, found) {
        return Err(Problem::unauthorized("neither the account nor the key may revoke this certificate"));
    }
    if found.revoked.is_some() {
        return Err(Problem::new(ProblemKind::AlreadyRevoked, "the certificate is revoked already"));
    }
    if let Some(found) = state.certificates.get_mut(&serial) {
        found.revoked = Some(Revocation { at: ca.now(), reason: request.reason });
    }
    Ok(Reply::empty(StatusCode::OK))
}

fn serial(der: &[u8]) -> Result<Serial, Problem> {
    let (_, certificate) = X509Certificate::from_der(der)
        .map_err(|error| Problem::malformed(format!("the certificate cannot be read: {error}")))?;
    Serial::from_bytes(certificate.raw_serial()).ok_or_else(|| Problem::not_found("certificate"))
}

fn may_revoke(ca: &Authority, state: &State, signed: &Signed, certificate: &Certificate) -> bool {
    if signed.account == 0 {
        return signed.key == certificate.key;
    }
    let now = ca.now();
    let authorized = |name: &Identifier| state.valid_authorization(signed.account, name, now).is_some();
    signed.account == certificate.account || certificate.identifiers.iter().all(authorized)
}
