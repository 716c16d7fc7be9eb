//! ACME (RFC 8555), renewal information (RFC 9773) and profiles: one file for each resource.
//!
//! A handler takes the CA and the exchange, and returns an answer or a problem. Sockets, faults on the wire and the
//! journal are in `server`.

use std::sync::Arc;

use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    problem::Problem,
};

mod account;
mod authentication;
mod authorization;
mod binding;
mod certificate;
mod challenge;
mod directory;
mod finalize;
mod key_change;
mod new_account;
mod new_order;
mod order;
mod order_request;
mod renewal_info;
mod replacement;
mod resource;
mod revocation;

pub(crate) use resource::{DIRECTORY, Resource};

/// Answer a request for `resource`. The method has been checked.
pub(crate) fn answer(ca: &Arc<Authority>, exchange: &mut Exchange, resource: &Resource) -> Result<Reply, Problem> {
    match resource {
        Resource::Directory => Ok(directory::directory(ca)),
        Resource::Terms => Ok(directory::terms()),
        Resource::NewNonce => Ok(directory::new_nonce(exchange)),
        Resource::Issuer(chain) => certificate::issuer(ca, *chain),
        Resource::RevocationList => certificate::revocation_list(ca),
        Resource::NewAccount => new_account::new_account(ca, exchange),
        Resource::Account(id) => account::account(ca, exchange, *id),
        Resource::Orders(id, page) => account::orders(ca, exchange, *id, *page),
        Resource::KeyChange => key_change::key_change(ca, exchange),
        Resource::NewOrder => new_order::new_order(ca, exchange),
        Resource::Order(id) => order::order(ca, exchange, *id),
        Resource::Finalize(id) => finalize::finalize(ca, exchange, *id),
        Resource::Authorization(id) => authorization::authorization(ca, exchange, *id),
        Resource::Challenge(id, kind) => challenge::challenge(ca, exchange, *id, kind),
        Resource::Certificate(serial, chain) => certificate::certificate(ca, exchange, serial, *chain),
        Resource::RevokeCert => revocation::revoke(ca, exchange),
        Resource::RenewalInfo(id) => renewal_info::renewal_info(ca, exchange, id),
        Resource::Unknown => Err(Problem::not_found("resource")),
    }
}
