//! Accounts: look, change, deactivate, list orders (RFC 8555, sections 7.1.2.1, 7.3.2 and 7.3.6).

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{authentication::by_account, new_account::check_contacts};
use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    problem::Problem,
    settings::OrderList,
    state::{AccountStatus, AuthorizationStatus, OrderStatus, State},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    contact: Option<Vec<String>>,
    status: Option<String>,
    #[serde(default)]
    terms_of_service_agreed: bool,
}

pub(super) fn account(ca: &Authority, exchange: &mut Exchange, id: u64) -> Result<Reply, Problem> {
    let signed = by_account(ca, exchange)?;
    own_account(signed.account, id)?;
    if signed.is_get() {
        return Ok(reply(ca, &ca.state(), id, StatusCode::OK));
    }
    let change: Change = signed.read()?;
    check_contacts(change.contact.as_deref().unwrap_or_default())?;
    let mut state = ca.state();
    match change.status.as_deref() {
        None | Some("valid") => {}
        Some("deactivated") => deactivate(&mut state, id),
        Some(other) => return Err(Problem::malformed(format!("an account cannot be made {other}"))),
    }
    if let Some(account) = state.accounts.get_mut(&id) {
        account.terms_agreed |= change.terms_of_service_agreed;
        if let Some(contacts) = change.contact {
            account.contacts = contacts;
        }
    }
    Ok(reply(ca, &state, id, StatusCode::OK))
}

pub(super) fn orders(ca: &Authority, exchange: &mut Exchange, id: u64, page: usize) -> Result<Reply, Problem> {
    let OrderList::Pages(size) = ca.settings.order_list else { return Err(Problem::not_found("resource")) };
    let signed = by_account(ca, exchange)?;
    own_account(signed.account, id)?;
    signed.must_be_get()?;
    let now = ca.now();
    let state = ca.state();
    let all = state.accounts.get(&id).map(|account| account.orders.as_slice()).unwrap_or_default();
    // RFC 8555 asks for invalid orders to be left out.
    let listed = all
        .iter()
        .filter(|id| state.orders.get(*id).is_some_and(|order| state.order_status(order, now) != OrderStatus::Invalid));
    let rest: Vec<String> = listed.map(|id| ca.order_url(*id)).skip(page * size).take(size + 1).collect();
    let more = rest.len() > size;
    let orders = &rest[..rest.len().min(size)];
    let answer = Reply::json(StatusCode::OK, &json!({"orders": orders}));
    if !more {
        return Ok(answer);
    }
    Ok(answer.link(&format!("{}/orders?page={}", ca.account_url(id), page + 1), "next"))
}

/// The account object.
pub(super) fn reply(ca: &Authority, state: &State, id: u64, status: StatusCode) -> Reply {
    let url = ca.account_url(id);
    let Some(account) = state.accounts.get(&id) else { return Reply::empty(StatusCode::NOT_FOUND) };
    let mut document = json!({"status": account.status.name(), "contact": account.contacts});
    if account.terms_agreed {
        document["termsOfServiceAgreed"] = json!(true);
    }
    if let Some(binding) = &account.external_binding {
        document["externalAccountBinding"] = binding.clone();
    }
    if ca.settings.order_list != OrderList::Absent {
        document["orders"] = json!(format!("{url}/orders"));
    }
    Reply::json(status, &document).location(&url)
}

fn own_account(signer: u64, id: u64) -> Result<(), Problem> {
    if signer == id { Ok(()) } else { Err(Problem::unauthorized("this is another account")) }
}

/// Nothing of a deactivated account can be used any more (RFC 8555, section 7.3.6).
fn deactivate(state: &mut State, id: u64) {
    if let Some(account) = state.accounts.get_mut(&id) {
        account.status = AccountStatus::Deactivated;
    }
    for authorization in state.authorizations.values_mut().filter(|authorization| authorization.account == id) {
        if matches!(authorization.settled, AuthorizationStatus::Pending | AuthorizationStatus::Valid) {
            authorization.settled = AuthorizationStatus::Deactivated;
        }
    }
}
