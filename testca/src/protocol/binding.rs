//! External account bindings (RFC 8555, section 7.3.4): a customer's key, given out elsewhere, vouches for the account.

use serde_json::Value;

use crate::{
    authority::Authority,
    exchange::Exchange,
    jws::{Jws, Key},
    problem::{Problem, ProblemKind},
    settings::ExternalAccounts,
};

/// Check the binding of a new account that has `key`. A key identifier may vouch for any number of accounts.
pub(super) fn check(ca: &Authority, exchange: &Exchange, key: &Key, binding: Option<&Value>) -> Result<(), Problem> {
    let Some(binding) = binding else {
        return match ca.settings.external_accounts {
            ExternalAccounts::Optional => Ok(()),
            ExternalAccounts::Required => {
                let detail = "new accounts need an external account binding";
                Err(Problem::new(ProblemKind::ExternalAccountRequired, detail))
            }
        };
    };
    let jws = Jws::parse(binding.to_string().as_bytes())?;
    if jws.header.nonce.is_some() || jws.header.jwk.is_some() {
        return Err(Problem::malformed("an external account binding has a kid, and neither nonce nor jwk"));
    }
    if jws.header.url.as_deref() != Some(&exchange.url) {
        return Err(Problem::malformed("the external account binding is for another URL"));
    }
    let kid = jws.header.kid.as_deref().ok_or_else(|| Problem::malformed("the external account binding has no kid"))?;
    let secret = ca.state().external_keys.get(kid).cloned();
    let secret = secret.ok_or_else(|| Problem::unauthorized(format!("the external account key {kid} is unknown")))?;
    let payload = jws.verify_hmac(&secret)?;
    let bound = serde_json::from_slice(&payload).ok().and_then(|jwk: Value| Key::from_jwk(&jwk).ok());
    if bound.as_ref() != Some(key) {
        return Err(Problem::malformed("the external account binding is for another account key"));
    }
    Ok(())
}
