//! Account key rollover (RFC 8555, section 7.3.5): signed by the old key outside, by the new one inside.

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{account, authentication::by_account};
use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    jws::{Jws, Key},
    problem::{Problem, ProblemKind},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    account: String,
    old_key: Value,
}

pub(super) fn key_change(ca: &Authority, exchange: &mut Exchange) -> Result<Reply, Problem> {
    let outer = by_account(ca, exchange)?;
    let jws = Jws::parse(&outer.payload)?;
    jws.check_algorithm()?;
    if jws.header.kid.is_some() || jws.header.nonce.is_some() {
        return Err(Problem::malformed("the inner JWS has neither kid nor nonce"));
    }
    let jwk = jws.header.jwk.as_ref().ok_or_else(|| Problem::malformed("the inner JWS has no jwk"))?;
    let new_key = Key::from_jwk(jwk)?;
    let inner: Inner = serde_json::from_slice(&jws.verify(&new_key)?)
        .map_err(|error| Problem::malformed(format!("the inner payload is wrong: {error}")))?;
    if jws.header.url.as_deref() != Some(&exchange.url) {
        return Err(Problem::malformed("the inner JWS is for another URL"));
    }
    if inner.account != ca.account_url(outer.account) {
        return Err(Problem::malformed("the inner JWS is for another account"));
    }
    if Key::from_jwk(&inner.old_key)? != outer.key {
        return Err(Problem::malformed("the old key is not the account's"));
    }

    let thumbprint = new_key.thumbprint();
    let mut state = ca.state();
    if let Some(holder) = state.account_by_key.get(&thumbprint) {
        let mut problem = Problem::new(ProblemKind::Conflict, "the new key belongs to an account already");
        problem.extra.location = Some(ca.account_url(*holder));
        return Err(problem);
    }
    state.account_by_key.remove(&outer.key.thumbprint());
    state.account_by_key.insert(thumbprint, outer.account);
    if let Some(account) = state.accounts.get_mut(&outer.account) {
        account.key = new_key;
    }
    Ok(account::reply(ca, &state, outer.account, StatusCode::OK))
}
