//! Orders as they are polled (RFC 8555, section 7.1.3).

use http::StatusCode;
use serde_json::{Value, json};

use super::authentication::by_account;
use crate::{
    authority::Authority,
    clock::{rfc3339, seconds_until},
    exchange::{Exchange, Reply},
    faults::Fault,
    names::Identifier,
    problem::Problem,
    state::{Order, OrderStatus, State},
};

pub(super) fn order(ca: &Authority, exchange: &mut Exchange, id: u64) -> Result<Reply, Problem> {
    let signed = by_account(ca, exchange)?;
    signed.must_be_get()?;
    let mut state = ca.state();
    let order = own_order(&mut state, signed.account, id)?;
    exchange.names = order.names();
    if exchange.fault == Some(Fault::OrderInvalid) {
        order.invalid = true;
    }
    reply(ca, &state, id, StatusCode::OK)
}

/// Find an order of the account.
pub(super) fn own_order(state: &mut State, account: u64, id: u64) -> Result<&mut Order, Problem> {
    let order = state.orders.get_mut(&id).ok_or_else(|| Problem::not_found("order"))?;
    if order.account == account { Ok(order) } else { Err(Problem::unauthorized("the order is another account's")) }
}

/// The order object.
pub(super) fn reply(ca: &Authority, state: &State, id: u64, status: StatusCode) -> Result<Reply, Problem> {
    let order = state.orders.get(&id).ok_or_else(|| Problem::not_found("order"))?;
    let now = ca.now();
    let standing = state.order_status(order, now);
    let url = ca.order_url(id);
    let authorizations: Vec<String> = order.authorizations.iter().map(|id| ca.authorization_url(*id)).collect();
    let mut document = json!({
        "status": standing.name(),
        "expires": rfc3339(order.expires),
        "identifiers": order.identifiers.iter().map(Identifier::to_json).collect::<Vec<Value>>(),
        "authorizations": authorizations,
        "finalize": format!("{url}/finalize"),
    });
    if !ca.settings.profiles_are_implied() {
        document["profile"] = json!(order.profile);
    }
    for (field, time) in [("notBefore", order.not_before), ("notAfter", order.not_after)] {
        if let Some(time) = time {
            document[field] = json!(rfc3339(time));
        }
    }
    if let Some(replaces) = &order.replaces {
        document["replaces"] = json!(replaces);
    }
    if let Some(error) = &order.error {
        document["error"] = error.to_json();
    }
    if let (OrderStatus::Valid, Some(serial)) = (standing, &order.certificate) {
        document["certificate"] = json!(ca.certificate_url(serial));
    }
    let reply = Reply::json(status, &document).location(&url);
    if standing == OrderStatus::Processing {
        return Ok(reply.retry_after(seconds_until(now, order.processing_until).max(1)));
    }
    Ok(reply)
}
