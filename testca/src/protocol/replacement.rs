//! The certificate that an order replaces (RFC 9773, section 5).

use jiff::Timestamp;

use super::order_request::Wanted;
use crate::{
    authority::Authority,
    pki::Serial,
    problem::{Problem, ProblemKind},
    state::State,
};

/// Check `replaces`, and return the certificate that is meant.
pub(super) fn check(
    ca: &Authority,
    state: &State,
    account: u64,
    replaces: &str,
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> Result<Serial, Problem> {
    let serial = ca.serial_of(replaces);
    let serial = serial.ok_or_else(|| Problem::malformed(format!("{replaces} is not a certificate of this CA")))?;
    let certificate = state.certificates.get(&serial).ok_or_else(|| Problem::not_found("certificate to replace"))?;
    if certificate.account != account {
        return Err(Problem::unauthorized("the certificate to replace belongs to another account"));
    }
    if certificate.identifiers.is_disjoint(&wanted.identifiers) {
        return Err(Problem::malformed("the order shares no name with the certificate to replace"));
    }
    if state.is_replaced(certificate, now) {
        let detail = format!("another order replaces the certificate {serial} already");
        return Err(Problem::new(ProblemKind::AlreadyReplaced, detail));
    }
    Ok(serial)
}
