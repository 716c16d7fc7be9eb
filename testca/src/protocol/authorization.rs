//! Authorizations: look and deactivate (RFC 8555, sections 7.5 and 7.5.2).

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{authentication::by_account, challenge};
use crate::{
    authority::Authority,
    clock::rfc3339,
    exchange::{Exchange, Reply},
    names::Identifier,
    problem::Problem,
    state::{Authorization, AuthorizationStatus, State},
};

#[derive(Deserialize)]
struct Change {
    status: String,
}

pub(super) fn authorization(ca: &Authority, exchange: &mut Exchange, id: u64) -> Result<Reply, Problem> {
    let signed = by_account(ca, exchange)?;
    let mut state = ca.state();
    let authorization = own_authorization(&mut state, signed.account, id)?;
    exchange.names = vec![authorization.identifier.text()];
    if !signed.is_get() {
        let change: Change = signed.read()?;
        if change.status != "deactivated" {
            return Err(Problem::malformed(format!("an authorization cannot be made {}", change.status)));
        }
        match authorization.status(ca.now()) {
            AuthorizationStatus::Pending | AuthorizationStatus::Valid => {
                authorization.settled = AuthorizationStatus::Deactivated;
            }
            other => return Err(Problem::malformed(format!("the authorization is {} already", other.name()))),
        }
    }
    Ok(Reply::json(StatusCode::OK, &document(ca, id, authorization)))
}

/// Find an authorization of the account.
pub(super) fn own_authorization(state: &mut State, account: u64, id: u64) -> Result<&mut Authorization, Problem> {
    let authorization = state.authorizations.get_mut(&id).ok_or_else(|| Problem::not_found("authorization"))?;
    if authorization.account != account {
        return Err(Problem::unauthorized("the authorization is another account's"));
    }
    Ok(authorization)
}

fn document(ca: &Authority, id: u64, authorization: &Authorization) -> Value {
    let challenges = authorization.challenges.iter();
    let challenges = challenges.map(|challenge| challenge::document(ca, id, &authorization.token, challenge));
    let mut document = json!({
        "status": authorization.status(ca.now()).name(),
        "expires": rfc3339(authorization.expires),
        "identifier": Identifier::of(&authorization.identifier.base()).to_json(),
        "challenges": challenges.collect::<Vec<Value>>(),
    });
    if authorization.identifier.is_wildcard() {
        document["wildcard"] = json!(true);
    }
    document
}
