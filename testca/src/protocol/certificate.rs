//! Download of chains (RFC 8555, section 7.4.2), of the intermediates, and of the revocation list.

use http::StatusCode;

use super::authentication::by_account;
use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    faults::Fault,
    names::Identifier,
    pki::{Serial, pem},
    problem::Problem,
    state::OrderStatus,
};

/// Two chains exist, to one root each.
const CHAINS: usize = 2;

pub(super) fn certificate(
    ca: &Authority,
    exchange: &mut Exchange,
    serial: &Serial,
    chain: usize,
) -> Result<Reply, Problem> {
    let signed = by_account(ca, exchange)?;
    signed.must_be_get()?;
    let state = ca.state();
    let found = state.certificates.get(serial).ok_or_else(|| Problem::not_found("certificate"))?;
    exchange.names = found.identifiers.iter().map(Identifier::text).collect();
    if found.account != signed.account {
        return Err(Problem::unauthorized("the certificate is another account's"));
    }
    let order = state.orders.get(&found.order);
    if order.is_some_and(|order| state.order_status(order, ca.now()) == OrderStatus::Processing) {
        return Err(Problem::not_found("certificate yet"));
    }
    if chain > 0 && exchange.fault == Some(Fault::AlternateMissing) {
        return Err(Problem::not_found("alternate chain"));
    }
    let leaf = pem("CERTIFICATE", &found.der);
    let intermediate = pem("CERTIFICATE", &ca.hierarchy.intermediates[chain]);
    let text = match exchange.fault {
        Some(Fault::ChainReversed) => intermediate + &leaf,
        Some(Fault::ChainIncomplete) => leaf,
        _ => leaf + &intermediate,
    };
    let url = ca.certificate_url(serial);
    let other = if chain == 0 { format!("{url}/1") } else { url };
    let reply = Reply::of(StatusCode::OK, "application/pem-certificate-chain", text);
    Ok(reply.link(&other, "alternate").link(&ca.url(&format!("/issuer/{chain}")), "up"))
}

pub(super) fn issuer(ca: &Authority, chain: usize) -> Result<Reply, Problem> {
    if chain >= CHAINS {
        return Err(Problem::not_found("issuer"));
    }
    let der = ca.hierarchy.intermediates[chain].to_vec();
    Ok(Reply::of(StatusCode::OK, "application/pkix-cert", der))
}

pub(super) fn revocation_list(ca: &Authority) -> Result<Reply, Problem> {
    let now = ca.now();
    let mut revoked: Vec<_> = {
        let state = ca.state();
        let certificates = state.certificates.iter();
        certificates.filter_map(|(serial, it)| it.revoked.map(|it| (*serial, it.at, it.reason))).collect()
    };
    revoked.sort();
    let number = u64::try_from(now.as_second()).unwrap_or_default();
    let der = ca.hierarchy.sign_crl(number, now, revoked).map_err(Problem::internal)?;
    Ok(Reply::of(StatusCode::OK, "application/pkix-crl", der))
}
