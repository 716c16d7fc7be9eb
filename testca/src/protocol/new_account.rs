//! Account creation and look-up (RFC 8555, sections 7.3 and 7.3.1).

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{account, authentication::by_key, binding};
use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    limits::Counted,
    problem::{Problem, ProblemKind},
    state::{Account, AccountStatus},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewAccount {
    #[serde(default)]
    contact: Vec<String>,
    #[serde(default)]
    terms_of_service_agreed: bool,
    #[serde(default)]
    only_return_existing: bool,
    external_account_binding: Option<Value>,
}

pub(super) fn new_account(ca: &Authority, exchange: &mut Exchange) -> Result<Reply, Problem> {
    let signed = by_key(ca, exchange)?;
    let request: NewAccount = signed.read()?;
    let thumbprint = signed.key.thumbprint();
    if let Some(found) = existing(ca, exchange, &thumbprint) {
        return found;
    }
    if request.only_return_existing {
        return Err(Problem::new(ProblemKind::AccountDoesNotExist, "no account has this key"));
    }
    check_contacts(&request.contact)?;
    binding::check(ca, exchange, &signed.key, request.external_account_binding.as_ref())?;

    let now = ca.now();
    let mut state = ca.state();
    // The key may have become an account since the first look.
    if let Some(id) = state.account_by_key.get(&thumbprint).copied() {
        exchange.account = Some(id);
        return Ok(account::reply(ca, &state, id, StatusCode::OK));
    }
    if let Some(terms) = state.terms.as_deref().filter(|_| !request.terms_of_service_agreed) {
        return Err(Problem::terms_not_agreed(terms));
    }
    let counted = Counted::Accounts { address: exchange.peer.to_string() };
    state.buckets.check(&counted, now)?;
    state.buckets.spend(counted, now);
    let id = state.next_id();
    state.account_by_key.insert(thumbprint, id);
    let account = Account {
        key: signed.key,
        contacts: request.contact,
        status: AccountStatus::Valid,
        terms_agreed: request.terms_of_service_agreed,
        external_binding: request.external_account_binding,
        orders: Vec::new(),
    };
    state.accounts.insert(id, account);
    ca.journal.count_account();
    exchange.account = Some(id);
    Ok(account::reply(ca, &state, id, StatusCode::CREATED))
}

fn existing(ca: &Authority, exchange: &mut Exchange, thumbprint: &str) -> Option<Result<Reply, Problem>> {
    let state = ca.state();
    let id = *state.account_by_key.get(thumbprint)?;
    exchange.account = Some(id);
    match state.accounts.get(&id)?.status {
        AccountStatus::Valid => Some(Ok(account::reply(ca, &state, id, StatusCode::OK))),
        AccountStatus::Deactivated => Some(Err(Problem::unauthorized("the account with this key is deactivated"))),
    }
}

/// Accept mail addresses, one in each contact and without header fields (RFC 8555, section 7.3).
pub(super) fn check_contacts(contacts: &[String]) -> Result<(), Problem> {
    let invalid = |why: String| Err(Problem::new(ProblemKind::InvalidContact, why));
    if contacts.len() > 10 {
        return Err(Problem::malformed("an account has at most 10 contacts"));
    }
    for contact in contacts {
        let Some(address) = contact.strip_prefix("mailto:") else {
            let detail = format!("the contact {contact} is not a mailto address");
            return Err(Problem::new(ProblemKind::UnsupportedContact, detail));
        };
        if address.contains('?') || address.contains(',') {
            return invalid(format!("the contact {contact} has more than one address, or header fields"));
        }
        let domain = address.split_once('@').filter(|(local, _)| !local.is_empty()).map(|(_, domain)| domain);
        if !domain.is_some_and(|domain| domain.contains('.') && !domain.contains('@') && address.is_ascii()) {
            return invalid(format!("the contact {contact} is not an address with a domain"));
        }
    }
    Ok(())
}
